"""A database in which a headline was claimed and never stood: its round is closed again, and waits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import Sealed
from bot.rounds import Phase
from storage.migrations import migrate
from tests.contract.stores import sql_stores
from tests.schemas.__main__ import code_of

DUMP = Path(__file__).parents[1] / "schemas" / "0001.sql"
CODE = code_of(Phase.REVEALED)
LATER = datetime(2030, 1, 1, tzinfo=UTC)
OF_IT = f"round_id = (SELECT id FROM round WHERE code = '{CODE}')"


def _made_before(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
        for statement in statements:
            assert old.execute(statement).rowcount > 0, statement
        old.commit()


async def test_a_headline_that_never_stood_has_revealed_nothing(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    _made_before(
        file,
        f"UPDATE message SET state = 'stuck', posted_id = NULL WHERE kind = 'headline' AND {OF_IT}",
        f"UPDATE message SET state = 'owed' WHERE kind = 'page' AND {OF_IT}",
    )
    migrate(f"sqlite:///{file}")
    async with sql_stores(file, new=False) as (stores, _):
        round_ = await stores.rounds.get(CODE)
        assert (round_.phase, round_.revealed_at, round_.ends_at) == (Phase.CLOSED, None, None)
        assert round_.revealing_at is not None
        assert [venue.refusal for venue in round_.venues] == ["other"]
        assert round_.refused_venue is not None
        assert round_.due_at is not None
        with pytest.raises(Sealed):
            await stores.replies.perspectives(round_.id)


async def test_a_headline_that_stands_stays_open(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    _made_before(file)
    migrate(f"sqlite:///{file}")
    async with sql_stores(file, new=False) as (stores, _):
        round_ = await stores.rounds.get(CODE)
        assert round_.phase is Phase.REVEALED
        assert round_.revealing_at == round_.revealed_at


async def test_that_nobody_had_answered_is_no_message_any_more_and_holds_up_no_other(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    _made_before(
        file,
        f"UPDATE message SET kind = 'no_voices', state = 'owed', is_head = 1 WHERE kind = 'headline' AND {OF_IT}",
        f"UPDATE message SET state = 'owed', is_head = 0, after_id = NULL WHERE kind = 'page' AND {OF_IT}",
    )
    migrate(f"sqlite:///{file}")
    async with sql_stores(file, new=False) as (stores, _):
        round_ = await stores.rounds.get(CODE)
        ready = await stores.outbox.ready(LATER, set())
        assert [one.kind for one in ready if one.round_id == round_.id and one.to.channel] == ["page"]
