"""Database threads, each with its own connection; the writer thread groups small transactions into one commit."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine

from bot.errors import ListUnwritable
from storage.words.ledger import Entry, Ledger, taken_notes

T = TypeVar("T")

TOGETHER = 64
"""The most small jobs in one group commit. A larger number would make the first job wait longer for the last."""


class WorkerThreads:
    """A fixed pool of threads; each job runs in its own transaction."""

    def __init__(self, engine: Engine, threads: int, name: str) -> None:
        self._engine = engine
        self._here = threading.local()
        self._open: list[Connection] = []
        self._is_closed = False
        # ThreadPoolExecutor adds about 50 % overhead to each job, and a reveal runs thousands of jobs
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"storage-{name}", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[Connection], T]) -> T:
        job = _Job(work)
        self._put(partial(self._alone, job))
        return await job.answer

    def _put(self, serve: Callable[[], None]) -> None:
        if self._is_closed:
            raise RuntimeError("the desk is closed")
        self._queue.put(serve)

    def _work(self) -> None:
        while (serve := self._queue.get()) is not None:
            serve()

    def _alone(self, job: _Job[Any]) -> None:
        try:
            connection = self._connection()
            with connection.begin():
                job.do(connection)
        except BaseException as error:
            job.fail(error)
        _tell([job])

    def _connection(self) -> Connection:
        """The connection of the current thread, opened on first use."""
        found: Connection | None = getattr(self._here, "connection", None)
        if found is None:
            found = self._here.connection = self._engine.connect()
            self._open.append(found)
        return found

    def close(self) -> None:
        """Finishes the queued jobs, then closes the connections."""
        self._is_closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            connection.close()
        self._engine.dispose()


class WriterThread(WorkerThreads):
    """A single writer thread with group commit: small jobs that wait at the same time share a transaction and an fsync.

    A job that fails is rolled back to its own savepoint. No caller gets a result before the commit is durable.
    What a transaction destroys is listed in the ledger before its commit, and struck out there where it fails.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, 1, "writer")
        self.ledger: Ledger | None = None
        self._waiting: deque[_Job[Any]] = deque()

    async def run(self, work: Callable[[Connection], T], *, is_small: bool = False) -> T:
        job = _Job(work, is_small=is_small)
        self._waiting.append(job)
        self._put(self._serve)  # one call per job; a call whose job was already taken into a batch finds an empty queue
        return await job.answer

    async def bare(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs the job outside of any transaction (for PRAGMA statements)."""
        job = _Job(lambda connection: work(driver(connection)))
        self._put(partial(self._outside, job))
        return await job.answer

    def _outside(self, job: _Job[Any]) -> None:
        try:
            job.do(self._connection())
        except BaseException as error:
            job.fail(error)
        _tell([job])

    def _serve(self) -> None:
        batch = self._next_batch()
        if batch:
            self._commit_or_fail(batch)
        _tell(batch)

    def _commit_or_fail(self, batch: Sequence[_Job[Any]]) -> None:
        try:
            self._commit(batch)
        except ListUnwritable as error:
            if len(batch) == 1:
                batch[0].fail(error)
                return
            for job in batch:  # those that destroy nothing are not to fail with the one that does
                self._commit_or_fail([job])
        except BaseException as error:
            for job in batch:
                job.fail(error)

    def _next_batch(self) -> list[_Job[Any]]:
        """The next jobs in FIFO order: small jobs form a batch, any other job runs alone."""
        batch: list[_Job[Any]] = []
        while self._waiting and len(batch) < TOGETHER and (not batch or self._waiting[0].is_small):
            batch.append(self._waiting.popleft())
            if not batch[0].is_small:
                break
        return batch

    def _undo(self) -> None:
        """Rolls back. A failed commit (disk full) leaves the transaction open, and the next BEGIN would fail."""
        with suppress(sqlite3.Error):
            driver(self._connection()).rollback()

    def _commit(self, batch: Sequence[_Job[Any]]) -> None:
        connection = self._connection()
        taken_notes(connection)  # discard entries of a transaction that was rolled back
        try:
            with connection.begin():
                notes = _do_all(connection, batch)
                if notes and self.ledger:
                    self.ledger.enter(connection, notes)
        except BaseException:
            self._undo()
            if self.ledger:
                self.ledger.strike()
            raise
        if self.ledger:
            self.ledger.confirm()


def _do_all(connection: Connection, batch: Sequence[_Job[Any]]) -> list[Entry]:
    """What the jobs that did not fail have noted."""
    notes: list[Entry] = []
    for job in batch:
        if len(batch) == 1:
            job.do(connection)
        else:
            _apart(connection, job)
        if not job.has_failed:
            notes += taken_notes(connection)
    return notes


def _apart(connection: Connection, job: _Job[Any]) -> None:
    """Runs one job of a batch in a savepoint, so that its failure does not roll back the others."""
    run = driver(connection).execute
    run("SAVEPOINT apart")
    try:
        job.do(connection)
    except Exception as error:
        run("ROLLBACK TO apart")
        taken_notes(connection)
        job.fail(error)
    run("RELEASE apart")


class _Job(Generic[T]):
    """A job and the future of its result, resolved in the caller's event loop. It runs even if the caller is gone."""

    def __init__(self, work: Callable[[Connection], T], *, is_small: bool = False) -> None:
        self.loop = asyncio.get_running_loop()
        self._work = work
        self.answer: asyncio.Future[T] = self.loop.create_future()
        self.is_small = is_small
        self.has_failed = False
        self._told: Callable[[], object] = self.answer.cancel

    def do(self, connection: Connection) -> None:
        self.has_failed = False
        self._told = partial(self.answer.set_result, self._work(connection))

    def fail(self, error: BaseException) -> None:
        """The job was rolled back; the caller gets the exception."""
        self.has_failed = True
        self._told = partial(self.answer.set_exception, error)

    def tell(self) -> None:
        """Resolves the future. Must run in the caller's event loop."""
        if not self.answer.done():
            self._told()


def _tell(batch: Sequence[_Job[Any]]) -> None:
    """Schedules one callback per event loop, however many results it gets."""
    for loop in {job.loop for job in batch}:
        told = [job for job in batch if job.loop is loop]
        with suppress(RuntimeError):  # the loop is closed: no caller is waiting any more
            loop.call_soon_threadsafe(_tell_all, told)


def _tell_all(told: Sequence[_Job[Any]]) -> None:
    for job in told:
        job.tell()


def driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
