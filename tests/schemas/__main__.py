"""Dumps a database of the newest migration, with a round in every phase: `python -m tests.schemas`.

The upgrade tests migrate from each dump. Run it once for each new migration. Do not run it again after the release:
the dump must stay what that release wrote.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.rounds import Phase, Round, RoundCode
from bot.rules.moves import Decision
from tests.builders import account, act, answers, collecting, draft, question, seat, status_card
from tests.contract.stores import CLOSE, DONE, Stores, kept_as, sql_stores

HERE = Path(__file__).parent


def code_of(phase: Phase) -> RoundCode:
    return RoundCode(f"R-{phase.value.upper()}")


async def fill(file: Path) -> None:
    """In each round but the draft Ann has sealed "in time" and Bob has a draft, as far as they outlive the phase."""
    async with sql_stores(file) as (stores, _):
        await stores.rounds.start(draft(code_of(Phase.DRAFT)), act())
        await stores.vault.put("token", b"secret")
        for phase in (Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED, Phase.ENDED, Phase.CANCELLED):
            await _bring_to(stores, phase)


async def _bring_to(stores: Stores, phase: Phase) -> None:
    code = code_of(phase)
    people = collecting(seat("ann"), seat("bob"), code=code)
    round_ = await stores.keep_round(people, question(code, "ann"), question(code, "bob"), status_card(code))
    await stores.replies.keep(code, account("ann"), act("ann"), answers("in time"), kept_as("reply"))
    await stores.replies.keep(code, account("bob"), act("bob"), answers("half"), kept_as("draft"))
    if phase is Phase.CANCELLED:
        await _decide(stores, round_, phase)
    if phase in (Phase.CLOSED, Phase.REVEALED, Phase.ENDED):
        await stores.rounds.close([round_.id], CLOSE)
    if phase in (Phase.REVEALED, Phase.ENDED):
        await stores.reveal(round_)
        await stores.deliver_all(CLOSE)
    if phase is Phase.ENDED:
        await _decide(stores, round_, phase)


async def _decide(stores: Stores, round_: Round, phase: Phase) -> None:
    def rule(before: Round) -> Decision:
        return Decision(outcome=DONE, round_=replace(before, phase=phase), destroy_all_words=True)

    await stores.rounds.change(round_.id, None, rule, CLOSE)


def main() -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "filled.db"
        asyncio.run(fill(file))
        with closing(sqlite3.connect(file)) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
            lines = [line + "\n" for line in database.iterdump()]
    (HERE / f"{revision}.sql").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
