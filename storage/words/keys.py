"""Master keys and the database: what is refused at the start, and rotation."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, bindparam, select, union, update

from bot.errors import KeyMissing
from storage.database import tables as t
from storage.database.database import Database
from storage.database.rows import Row
from storage.words.seal import Seal, Wrapped, add_key, read_key_file, read_key_list

BATCH = 500

USED: Final = union(
    *(
        select(table.c.key_version).where(table.c.key_version.is_not(None))
        for table in (t.seat, t.perspective, t.hiding, t.vault)
    )
)
"""The versions that are needed."""


class _Home:
    """A table with wrapped keys, and the place that each is bound to."""

    def __init__(
        self, table: Table, identity: ColumnElement[Any], before_all: int | str, place: Callable[[Row], str]
    ) -> None:
        self.before_all = before_all
        self.place = place
        self.old = (
            select(table, identity.label("which"))
            .where(
                identity > bindparam("last"),
                table.c.key_version.is_not(None),
                table.c.key_version != bindparam("current"),
            )
            .order_by(identity)
            .limit(bindparam("batch"))
        )
        self.wrapped_by = select(table).where(table.c.key_version == bindparam("version")).limit(1)
        self.anew = (
            update(table)
            .where(identity == bindparam("which"))
            .values(wrapped=bindparam("rewrapped"), key_version=bindparam("current"))
        )


_HOMES: Final = (
    _Home(t.seat, t.seat.c.id, 0, lambda row: f"{row.round_id}|{row.id}"),
    _Home(t.perspective, t.perspective.c.id, "", lambda row: f"{row.round_id}|{row.id}"),
    _Home(t.hiding, t.hiding.c.id, "", lambda row: f"hiding|{row.round_id}|{row.position}"),
    _Home(t.vault, t.vault.c.key, "", lambda row: f"vault|{row.key}"),
)


async def unlock(database: Database, key_file: Path, listed: str | None = None, *, may_make: bool = True) -> Seal:
    """The seal of this database. A missing key file is made, but never once there are keys that it should open.

    `listed`: keys of the environment, instead of the file. Raises KeyMissing, KeyWrong.
    """
    used = frozenset(await database.read(lambda db: db.execute(USED).scalars().all()))
    seal = Seal(read_key_list(listed) if listed else _of_file(key_file, is_needed=bool(used), may_make=may_make))
    if missing := used - seal.versions:
        raise KeyMissing(version=min(missing))
    return seal


def _of_file(key_file: Path, *, is_needed: bool, may_make: bool) -> dict[int, bytes]:
    if not is_needed and not key_file.exists():
        if not may_make:
            return {1: os.urandom(32)}  # there is nothing to open
        add_key(key_file)
    return read_key_file(key_file)


async def try_out(url: str, key_file: Path, listed: str | None = None) -> None:
    """Does the key open what is here? Only reads. Raises KeyMissing, KeyWrong."""
    database = Database(url, readers=1, only_reads=True)
    try:
        seal = await unlock(database, key_file, listed, may_make=False)
        await database.read(partial(_open_one_of_each, seal))
    finally:
        await database.close()


def _open_one_of_each(seal: Seal, connection: Connection) -> None:
    """Of each table and each version: another key may have the same number."""
    for home in _HOMES:
        for version in seal.versions:
            row = connection.execute(home.wrapped_by, {"version": version}).first()
            if row is not None:
                seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), home.place(row))


async def rotate(database: Database, seal: Seal, batch: int = BATCH) -> int:
    """Wraps everything under the current version; one batch a transaction, so that it may be broken off and repeated.

    Returns how many keys it wrapped anew. Old versions may go once no backup needs them.
    """
    total = 0
    for home in _HOMES:
        last: Any = home.before_all
        while changed := await database.write(partial(_rewrap, seal, home, last, batch)):
            last, total = changed[-1], total + len(changed)
    await database.scrub()
    return total


def _rewrap(seal: Seal, home: _Home, last: Any, batch: int, connection: Connection) -> list[Any]:
    """The identities of those that it wrapped anew."""
    asked = {"current": seal.current, "last": last, "batch": batch}
    changed = [
        {"which": row.which, "rewrapped": _anew(seal, row, home.place(row)), "current": seal.current}
        for row in connection.execute(home.old, asked).all()
    ]
    if changed:
        connection.execute(home.anew, changed)
    return [row["which"] for row in changed]


def _anew(seal: Seal, row: Row, place: str) -> bytes:
    key = seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), place)
    return seal.wrap(key, place).key


async def are_needed(url: str) -> bool:
    """Does this database hold words or secrets that a master key must open? Only reads."""
    database = Database(url, readers=1, only_reads=True)
    try:
        return bool(await database.read(lambda db: db.execute(USED).scalars().all()))
    finally:
        await database.close()
