"""A process that keeps replies and kills itself at a named point: `python -m tests.contract.crashing FILE POINT`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.rounds import RoundCode
from tests.builders import account, act, answers, collecting, seat, status_card

CODE = RoundCode("R-7F3K")
USERS = ("ann", "bob", "cem")
POINTS = ("in the rule", "after the envelope", "before the commit", "in the plan", "before the plan commits")


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """Stands where a statement stood."""

    run = staticmethod(die)


async def main(file: Path, point: str) -> None:
    from storage.words import store as replies
    from tests.contract.stores import CLOSE, arrange, kept_as, sql_stores

    async with sql_stores(file) as (stores, database):
        round_ = await stores.keep_round(collecting(*(seat(user) for user in USERS)), status_card())
        last = USERS[-1] if "plan" not in point else ""
        for user in USERS:
            rule = kept_as("reply")
            if user == last and point == "in the rule":
                rule = lambda header, seat, whole: str(die())  # noqa: E731
            if user == last and point == "after the envelope":
                replies.HELD = Dying()  # type: ignore[misc, assignment]
            if user == last and point == "before the commit":
                event.listen(database._writer._engine, "commit", die)
            held = await stores.replies.keep(CODE, account(user), act(user), answers(user), rule)
            sys.stdout.write(f"{user} {held.receipt}\n")
            sys.stdout.flush()
        await stores.rounds.close([round_.id], CLOSE)
        if point == "before the plan commits":
            event.listen(database._writer._engine, "commit", die)
        await stores.replies.prepare(round_.id, die if point == "in the plan" else arrange, CLOSE)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
