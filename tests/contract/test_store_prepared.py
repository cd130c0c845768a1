"""Prepared statements write and read what SQLAlchemy does itself, on its long way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text

from bot.messages import MessageKind, Op, State
from storage.database import tables as t
from storage.database.prepared import Prepared
from tests.contract.stores import migrated

FOUND = select(t.message).order_by(t.message.c.id)
LOCAL = datetime(2026, 12, 1, 14, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))
TIMES = [LOCAL, datetime(2026, 12, 1, 12, tzinfo=UTC), datetime(1999, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    file = tmp_path / "test.db"
    file.write_bytes(migrated())
    with create_engine(f"sqlite:///{file}").connect() as connection:
        yield connection


def row(key: str, at: datetime, **more: object) -> dict[str, object]:
    nothing = dict.fromkeys(column.name for column in t.message.c if column.nullable)
    filled = {
        "key": key,
        "round_id": 1,
        "kind": MessageKind.PAGE,
        "op": Op.POST,
        "state": State.OWED,
        "lane": "x",
        "platform": "play",
        "workspace": "T",
        "in_thread": True,
        "is_card": False,
        "is_head": True,
        "attempt": 0,
        "wanted": 0,
        "shown": 0,
        "not_before": at,
        "args": {"parts": [1, None, "ü"]},
    }
    return {**nothing, **filled, **more}


def test_what_is_written_shortly_is_what_is_written_the_long_way(connection: Connection) -> None:
    rows = [row(f"m{n}", at, tried_at=at) for n, at in enumerate(TIMES)]
    connection.execute(insert(t.message), [{**each, "key": f"long {each['key']}"} for each in rows])
    Prepared(insert(t.message)).many(connection, rows)
    stored = connection.execute(text("SELECT * FROM message ORDER BY id")).mappings().all()
    for long, short in zip(stored[: len(rows)], stored[len(rows) :], strict=True):
        assert {**long, "id": 0, "key": ""} == {**short, "id": 0, "key": ""}


def test_what_is_read_shortly_is_what_is_read_the_long_way(connection: Connection) -> None:
    connection.execute(insert(t.message), [row(f"m{n}", at) for n, at in enumerate(TIMES)])
    short = Prepared(FOUND).all(connection, {})
    assert [each._asdict() for each in short] == [each._asdict() for each in connection.execute(FOUND)]
    assert [each.not_before for each in short] == TIMES
    assert {each.not_before.tzinfo for each in short} == {UTC}


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    naive = datetime(2026, 12, 1)  # noqa: DTZ001 - that is what is refused
    with pytest.raises(ValueError, match="zone"):
        Prepared(insert(t.message)).run(connection, row("m", naive))


def test_many_of_nothing_is_nothing(connection: Connection) -> None:
    Prepared(insert(t.message)).many(connection, [])
    assert Prepared(FOUND).one(connection, {}) is None
