"""Threads that work on the database, each with a connection of its own; what the writing one commits together."""

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

from storage.words.ledger import Entry, taken_notes

T = TypeVar("T")

TOGETHER = 64
"""Small pieces of work in one transaction, at most: the first of them waits for the last."""


class WorkerThreads:
    """Each piece of work in a transaction of its own."""

    def __init__(self, engine: Engine, threads: int, name: str) -> None:
        self._engine = engine
        self._here = threading.local()
        self._open: list[Connection] = []
        self._is_closed = False
        # a ThreadPoolExecutor takes half as long again for each piece of work, and there are thousands a reveal
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"storage-{name}", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[Connection], T]) -> T:
        asked = _Asked(work)
        self._put(partial(self._alone, asked))
        return await asked.answer

    def _put(self, serve: Callable[[], None]) -> None:
        if self._is_closed:
            raise RuntimeError("the desk is closed")
        self._queue.put(serve)

    def _work(self) -> None:
        while (serve := self._queue.get()) is not None:
            serve()

    def _alone(self, asked: _Asked[Any]) -> None:
        try:
            connection = self._connection()
            with connection.begin():
                asked.do(connection)
        except BaseException as error:
            asked.fail(error)
        _tell([asked])

    def _connection(self) -> Connection:
        """Of this thread."""
        found: Connection | None = getattr(self._here, "connection", None)
        if found is None:
            found = self._here.connection = self._engine.connect()
            self._open.append(found)
        return found

    def close(self) -> None:
        """What was asked for is done first."""
        self._is_closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        for connection in self._open:
            connection.close()
        self._engine.dispose()


class WriterThread(WorkerThreads):
    """One thread. Small work that waits at the same time shares a transaction, and one wait for the disk.

    What fails is undone by itself, and nobody is answered before all of it is durable.
    """

    def __init__(self, engine: Engine, ended: Callable[[Sequence[Entry]], None]) -> None:
        """`ended(notes)` is called after each commit, before anybody is answered."""
        super().__init__(engine, 1, "writer")
        self._ended = ended
        self._waiting: deque[_Asked[Any]] = deque()

    async def run(self, work: Callable[[Connection], T], *, is_small: bool = False) -> T:
        asked = _Asked(work, is_small=is_small)
        self._waiting.append(asked)
        self._put(self._serve)  # one call for each; those that come too late find nothing left to do
        return await asked.answer

    async def bare(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Outside of any transaction."""
        asked = _Asked(lambda connection: work(driver(connection)))
        self._put(partial(self._outside, asked))
        return await asked.answer

    def _outside(self, asked: _Asked[Any]) -> None:
        try:
            asked.do(self._connection())
        except BaseException as error:
            asked.fail(error)
        _tell([asked])

    def _serve(self) -> None:
        batch = self._next_batch()
        try:
            if batch:
                self._commit(batch)
        except BaseException as error:
            self._undo()
            for asked in batch:
                asked.fail(error)
        _tell(batch)

    def _next_batch(self) -> list[_Asked[Any]]:
        """In the order in which it was asked: small work together, anything else alone."""
        batch: list[_Asked[Any]] = []
        while self._waiting and len(batch) < TOGETHER and (not batch or self._waiting[0].is_small):
            batch.append(self._waiting.popleft())
            if not batch[0].is_small:
                break
        return batch

    def _undo(self) -> None:
        """A commit that failed (the disk is full) leaves the transaction open: the next one could not begin."""
        with suppress(sqlite3.Error):
            driver(self._connection()).rollback()

    def _commit(self, batch: Sequence[_Asked[Any]]) -> None:
        connection = self._connection()
        taken_notes(connection)  # of a transaction that was rolled back
        notes: list[Entry] = []
        with connection.begin():
            for asked in batch:
                if len(batch) == 1:
                    asked.do(connection)
                else:
                    _apart(connection, asked)
                if not asked.has_failed:
                    notes += taken_notes(connection)
        self._ended(notes)


def _apart(connection: Connection, asked: _Asked[Any]) -> None:
    """Undone alone where it fails."""
    run = driver(connection).execute
    run("SAVEPOINT apart")
    try:
        asked.do(connection)
    except Exception as error:
        run("ROLLBACK TO apart")
        taken_notes(connection)
        asked.fail(error)
    run("RELEASE apart")


class _Asked(Generic[T]):
    """A piece of work and its answer, which is told in the loop of whoever asked; it is done also if they are gone."""

    def __init__(self, work: Callable[[Connection], T], *, is_small: bool = False) -> None:
        self.loop = asyncio.get_running_loop()
        self._work = work
        self.answer: asyncio.Future[T] = self.loop.create_future()
        self.is_small = is_small
        self.has_failed = False
        self._told: Callable[[], object] = self.answer.cancel

    def do(self, connection: Connection) -> None:
        self._told = partial(self.answer.set_result, self._work(connection))

    def fail(self, error: BaseException) -> None:
        """What was done does not stand."""
        self.has_failed = True
        self._told = partial(self.answer.set_exception, error)

    def tell(self) -> None:
        """In the loop."""
        if not self.answer.done():
            self._told()


def _tell(batch: Sequence[_Asked[Any]]) -> None:
    """Wakes each loop once, however many it has to tell."""
    for loop in {asked.loop for asked in batch}:
        told = [asked for asked in batch if asked.loop is loop]
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            loop.call_soon_threadsafe(_tell_all, told)


def _tell_all(told: Sequence[_Asked[Any]]) -> None:
    for asked in told:
        asked.tell()


def driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
