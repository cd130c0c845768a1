"""The database: one writer in a thread of its own, a few readers, and the wiping of what was deleted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from storage.database import files
from storage.database.engines import BUSY, read_only_engine, reading_engine, writing_engine
from storage.database.workers import WorkerThreads, WriterThread
from storage.settings import database_file
from storage.words.ledger import Ledger

T = TypeVar("T")

WIPES = 20
"""Tries of `scrub`, 50 ms apart: a reader holds it up no longer than it reads."""

SAFE_SQLITE = (3, 51, 3)


class Database:
    """`await db.write(fn)` and `await db.read(fn)`: `fn(connection)` runs in a transaction, in a thread.

    A write that began is finished also where its caller was cancelled: it is there, or it is not.
    """

    def __init__(self, url: str, *, readers: int = 3, only_reads: bool = False) -> None:
        """`only_reads`: no file changes, whatever else is running, and `write` is never called."""
        self.url = url
        self._file = database_file(url)
        self._opened = files.place(self._file)
        self._writer = WriterThread(writing_engine(url))
        self._readers = WorkerThreads(read_only_engine(url) if only_reads else reading_engine(url), readers, "reader")

    async def write(self, work: Callable[[Connection], T], *, is_small: bool = False) -> T:
        """Durable when it returns. `is_small`: takes a millisecond at most, and may share a commit with its like."""
        return await self._writer.run(work, is_small=is_small)

    @property
    def ledger(self) -> Ledger | None:
        return self._writer.ledger

    @ledger.setter
    def ledger(self, ledger: Ledger) -> None:
        """From here on what is destroyed is listed beside the key, too."""
        self._writer.ledger = ledger

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

    def was_replaced(self) -> bool:
        """Is the file that was opened no longer the one of that name?"""
        return self._opened is not None and files.place(self._file) != self._opened

    async def close(self) -> None:
        if self.was_replaced():
            # SQLite writes its log into a file that has moved only when asked; left beside another file of that name,
            # the log would be taken for that file's
            await self.scrub()
        await asyncio.to_thread(self._readers.close)
        await asyncio.to_thread(self._writer.close)


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
