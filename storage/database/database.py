"""The database: one writer in a thread of its own, a few readers, and the wiping of what was deleted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from storage.database.workers import WorkerThreads, WriterThread, driver
from storage.words.ledger import Entry, Ledger

T = TypeVar("T")

BUSY = 10_000
"""Milliseconds a connection waits for another process (a backup, an export)."""

WIPES = 20
"""Tries of `scrub`, 50 ms apart: a reader holds it up no longer than it reads."""

SAFE_SQLITE = (3, 51, 3)

PRAGMAS = (
    f"busy_timeout = {BUSY}",  # first: switching to WAL may have to wait
    "journal_mode = WAL",
    "foreign_keys = ON",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "wal_autocheckpoint = 4000",  # pages: among many rounds each reply is on pages of its own, and seldom twice on one
)


class Database:
    """`await db.write(fn)` and `await db.read(fn)`: `fn(connection)` runs in a transaction, in a thread.

    A write that began is finished also where its caller was cancelled: it is there, or it is not.
    """

    def __init__(self, url: str, *, readers: int = 3) -> None:
        self.url = url
        self.ledger: Ledger | None = None
        self._writer = WriterThread(_engine(url, begin="BEGIN IMMEDIATE"), self._list_destroyed)
        self._readers = WorkerThreads(_engine(url, begin="BEGIN", pragmas=("query_only = ON",)), readers, "reader")

    async def write(self, work: Callable[[Connection], T], *, is_small: bool = False) -> T:
        """Durable when it returns. `is_small`: takes a millisecond at most, and may share a commit with its like."""
        return await self._writer.run(work, is_small=is_small)

    def _list_destroyed(self, notes: Sequence[Entry]) -> None:
        """What was destroyed is in the list beside the key before anybody hears that it was."""
        if notes and self.ledger:
            self.ledger.append(notes, datetime.now(UTC))

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(work)

    async def scrub(self) -> bool:
        """Wipes what was deleted from the log of the file too. False: a reader was in the way every time.

        Without a busy timeout, and tried again: a checkpoint that waits would hold up every writer.
        """
        for _ in range(WIPES):
            if await self._writer.bare(_checkpoint):
                return True
            await asyncio.sleep(0.05)
        return False

    async def close(self) -> None:
        await asyncio.to_thread(self._readers.close)
        await asyncio.to_thread(self._writer.close)


def _engine(url: str, *, begin: str, pragmas: tuple[str, ...] = ()) -> Engine:
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,  # else errors print what people wrote
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 256},
    )

    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        for pragma in (*PRAGMAS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: driver(connection).execute(begin))
    return engine


def _checkpoint(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY}")
    return not busy


def sqlite_version() -> tuple[str, bool]:
    """The version, and whether it is safe: older ones can damage a WAL database when two connections checkpoint at
    once (sqlite.org/wal.html). We keep to one writer, so that they do not; a backup tool might."""
    return sqlite3.sqlite_version, sqlite3.sqlite_version_info >= SAFE_SQLITE
