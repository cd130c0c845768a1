"""The database: one writer in a thread of its own, a few readers, and the wiping of what was deleted."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from storage.ledger import Ledger, taken_notes

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
)


class Database:
    """`await db.write(fn)` and `await db.read(fn)`: `fn(connection)` runs in one transaction, in a thread.

    A write that began is finished also where its caller was cancelled: it is there, or it is not.
    """

    def __init__(self, url: str, *, readers: int = 3) -> None:
        self.url = url
        self.ledger: Ledger | None = None
        self._writer = _Desk(_engine(url, begin="BEGIN IMMEDIATE"), 1, "writer")
        self._readers = _Desk(_engine(url, begin="BEGIN", pragmas=("query_only = ON",)), readers, "reader")

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._writer.run(work, self._list_destroyed)

    def _list_destroyed(self, connection: Connection) -> None:
        """What was destroyed is in the list beside the key before anybody hears that it was."""
        notes = taken_notes(connection)
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


class _Desk:
    """Threads with a connection each."""

    def __init__(self, engine: Engine, threads: int, name: str) -> None:
        self._engine = engine
        self._here = threading.local()
        self._open: list[Connection] = []
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"storage-{name}")

    def run(self, work: Callable[[Connection], T], after: Callable[[Connection], None] | None = None) -> Awaitable[T]:
        return self._ask(lambda: self._transaction(work, after))

    def bare(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        return self._ask(lambda: work(_driver(self._connection())))

    def _ask(self, job: Callable[[], T]) -> Awaitable[T]:
        """Not tied to its answer: nobody who stops waiting stops the job."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def done(told: Callable[[], None]) -> None:
            if not answer.done():
                told()

        def work() -> None:
            try:
                result = job()
            except BaseException as error:
                told = partial(answer.set_exception, error)
            else:
                told = partial(answer.set_result, result)
            with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
                loop.call_soon_threadsafe(done, told)

        self._threads.submit(work)
        return answer

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        for connection in self._open:
            connection.close()
        self._engine.dispose()

    def _transaction(self, work: Callable[[Connection], T], after: Callable[[Connection], None] | None) -> T:
        connection = self._connection()
        taken_notes(connection)  # of a transaction that was rolled back
        with connection.begin():
            done = work(connection)
        if after:
            after(connection)
        return done

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._here, "connection", None)
        if found is None:
            found = self._here.connection = self._engine.connect()
            self._open.append(found)
        return found


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
    event.listen(engine, "begin", lambda connection: _driver(connection).execute(begin))
    return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


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
