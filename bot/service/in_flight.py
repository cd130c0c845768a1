"""Work in flight, which a graceful stop waits for; and which presses this process has handled already."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from bot.errors import where

log = logging.getLogger(__name__)

Found = TypeVar("Found")

REMEMBERED = 10_000


class InFlight:
    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._taking = 0
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._idle = asyncio.Event()
        self._idle.set()
        self.is_stopping = False

    def start(self, what: Coroutine[Any, Any, Found]) -> asyncio.Task[Found]:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        self._idle.clear()
        task.add_done_callback(self._done)
        return task

    @contextmanager
    def taking(self) -> Iterator[None]:
        """In flight from arrival until the acknowledgement is sent."""
        self._taking += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._taking -= 1
            self._settle()

    def is_new(self, id: str) -> bool:
        """False: this process has handled that press already; its answer is not shown twice.

        The engine has a check of its own, which survives restarts.
        """
        if id in self._seen:
            return False
        self._seen[id] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def finish(self, seconds: float) -> None:
        """Waits until all work in flight is done, at most that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            log.warning("work_left", extra={"count": len(self._tasks)})

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work_failed", extra={"error": where(error)})
        self._settle()

    def _settle(self) -> None:
        if not self._tasks and not self._taking:
            self._idle.set()
