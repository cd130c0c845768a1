"""What is stored of acts: a repeat gets the same answer, and the file does not tell whose act it was, or when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.acts import Said
from bot.errors import Closed
from bot.messages import line
from bot.rounds import Phase, RoundCode
from bot.rules.moves import SeatDecision
from storage.database import tables as t
from storage.migrations import migrate
from storage.rounds.acts import act_key
from storage.settings import url_of
from tests.builders import NOON, account, act, answers, collecting, seat
from tests.contract.stores import CLOSE, deciding, kept_as, sql_stores
from tests.schemas.__main__ import code_of

CODE = RoundCode("R-7F3K")
DUMP = Path(__file__).parents[1] / "schemas" / "0001.sql"
AT = NOON + timedelta(minutes=7, seconds=13, microseconds=123_456)
TOLD = Said(content=(line("said.declined"),))


async def test_what_people_did_is_kept_without_seat_and_time_and_cannot_be_read(tmp_path: Path) -> None:
    async with sql_stores(tmp_path / "acts.db") as (stores, database):
        round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
        held = await stores.replies.keep(CODE, account("ann"), act("ann", at=AT), answers(), kept_as("reply"))
        await stores.replies.withdraw(CODE, account("ann"), act("ann", at=AT), 1)
        decided = SeatDecision(outcome=TOLD)
        await stores.rounds.change_seat(CODE, account("bob"), act("bob", id="no").id, lambda *_: decided, AT)
        await stores.rounds.change(round_.id, act("sam").id, deciding(), AT)
        rows = await database.read(lambda db: db.execute(select(t.act)).all())
        again = await stores.rounds.change_seat(CODE, account("bob"), act("bob", id="no").id, lambda *_: None, AT)  # type: ignore[arg-type]
    assert held.receipt
    assert len(rows) == 4
    assert {row.at for row in rows} == {None}
    sealed = [bytes(row.done) for row in rows if row.done]
    assert len(sealed) == 3
    assert not any(told in done for told in (b"reply", b"declined", b"said") for done in sealed)
    assert again.outcome == TOLD  # by whoever presses the same again


async def test_a_submission_that_comes_again_after_the_upgrade_is_answered_from_what_is_held(tmp_path: Path) -> None:
    """Its act was noted by the release before, which did not encrypt what acts did."""
    file, known, code = tmp_path / "old.db", act("ann", id="pressed"), code_of(Phase.COLLECTING)
    with closing(sqlite3.connect(file)) as old, old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
        noted = "INSERT INTO act (id, at, seat_id, kind, revision, round_id) SELECT ?, ?, 1, 'reply', 1, id FROM round"
        old.execute(f"{noted} WHERE code = ?", [act_key(known.id), AT.isoformat(" "), code])
    migrate(url_of(file))
    assert AT.isoformat(" ")[:26].encode() not in file.read_bytes()
    async with sql_stores(file, new=False) as (stores, _):
        own = await stores.replies.own(code, account("ann"))
        again = await stores.replies.keep(code, account("ann"), known, answers("other"), kept_as("reply"))
        assert own
        assert own.receipt
        assert (again.kind, again.receipt, again.answers) == ("reply", own.receipt, own.answers)
        await stores.rounds.close([(await stores.rounds.get(code)).id], CLOSE)
        with pytest.raises(Closed):
            await stores.replies.keep(code, account("ann"), known, answers("other"), kept_as("reply"))
