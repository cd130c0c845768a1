"""Master keys and the database: what is refused at the start, and rotation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select, union, update

from bot.errors import KeyMissing
from storage import tables as t
from storage.database import Database
from storage.rows import Row
from storage.seal import Seal, Wrapped, add_key, read_key_file, read_key_list

BATCH = 500

USED: Final = union(
    *(select(table.c.key_version).where(table.c.key_version.is_not(None)) for table in (t.seat, t.perspective, t.vault))
)
"""The versions that are needed."""

Place = Callable[[Row], str]

_HOMES: Final[tuple[tuple[Table, ColumnElement[Any], Place], ...]] = (
    (t.seat, t.seat.c.id, lambda row: f"{row.round_id}|{row.id}"),
    (t.perspective, t.perspective.c.id, lambda row: f"{row.round_id}|{row.id}"),
    (t.vault, t.vault.c.key, lambda row: f"vault|{row.key}"),
)


async def unlock(database: Database, key_file: Path, listed: str | None = None) -> Seal:
    """The seal of this database. A missing key file is made, but never once there are keys that it should open.

    `listed`: keys of the environment, instead of the file. Raises KeyMissing, KeyWrong.
    """
    used = frozenset(await database.read(lambda db: db.execute(USED).scalars().all()))
    seal = Seal(read_key_list(listed) if listed else _of_file(key_file, may_make=not used))
    if missing := used - seal.versions:
        raise KeyMissing(version=min(missing))
    return seal


def _of_file(key_file: Path, *, may_make: bool) -> dict[int, bytes]:
    if may_make and not key_file.exists():
        add_key(key_file)
    return read_key_file(key_file)


async def rotate(database: Database, seal: Seal, batch: int = BATCH) -> int:
    """Wraps everything under the current version; one batch a transaction, so that it may be broken off and repeated.

    Returns how many keys it wrapped anew. Old versions may go once no backup needs them.
    """
    total = 0
    while count := await database.write(lambda db: _rewrap(db, seal, batch)):
        total += count
    await database.scrub()
    return total


def _rewrap(connection: Connection, seal: Seal, batch: int) -> int:
    for table, identity, place in _HOMES:
        old = (
            select(table)
            .where(table.c.key_version.is_not(None), table.c.key_version != bindparam("current"))
            .limit(batch)
        )
        anew = (
            update(table)
            .where(identity == bindparam("which"))
            .values(wrapped=bindparam("rewrapped"), key_version=bindparam("current"))
        )
        found = connection.execute(old, {"current": seal.current}).all()
        changed = [_anew(seal, row, row._mapping[identity.name], place(row)) for row in found]
        if changed:
            connection.execute(anew, changed)
            return len(changed)
    return 0


def _anew(seal: Seal, row: Row, which: Any, place: str) -> dict[str, Any]:
    key = seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), place)
    return {"which": which, "rewrapped": seal.wrap(key, place).key, "current": seal.current}
