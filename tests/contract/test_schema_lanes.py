"""What was owed before an update is delivered after it, in the lanes of this release."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.messages import lane_of
from storage.migrations import migrate
from tests.builders import NOON
from tests.contract.stores import sql_stores

RELEASED = Path(__file__).parents[1] / "schemas" / "0001.sql"

COPY = """
INSERT INTO message SELECT {columns} FROM message WHERE round_id = {round} AND kind = 'question' LIMIT 1
"""


def _owe(old: sqlite3.Connection, round_id: int, key: str, *, is_head: bool) -> None:
    """To the channel, as the first release stored it."""
    values = {
        "id": "NULL",
        "key": f"'{key}'",
        "kind": "'cast_changed'",
        "state": "'owed'",
        "lane": "'play:T/#repairs'",
        "channel": "'repairs'",
        "user": "NULL",
        "seat_id": "NULL",
        "is_head": str(int(is_head)),
        "attempt": "0",
    }
    names = [row[1] for row in old.execute("PRAGMA table_info(message)")]
    old.execute(COPY.format(columns=", ".join(values.get(name, f'"{name}"') for name in names), round=round_id))


async def test_each_round_has_a_head_in_a_place_they_shared(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as old:
        old.executescript(RELEASED.read_text(encoding="utf-8"))
        (first, second) = [row[0] for row in old.execute("SELECT DISTINCT round_id FROM message LIMIT 2")]
        old.execute("UPDATE message SET state = 'sent'")
        for n, (round_id, key) in enumerate([(first, "a"), (first, "b"), (second, "c"), (second, "d")]):
            _owe(old, round_id, key, is_head=n == 0)
        old.commit()
    migrate(f"sqlite:///{file}")
    async with sql_stores(file, new=False) as (stores, database):
        ready = await stores.outbox.ready(NOON.replace(year=2030), set())
        assert sorted(one.key for one in ready) == ["a", "c"]
        rows = await database.read(lambda db: db.exec_driver_sql("SELECT key, lane FROM message").all())
        stored = {row.key: row.lane for row in rows}
        assert {one.key: lane_of(one.to, one.round_id, one.op) for one in ready}.items() <= stored.items()
