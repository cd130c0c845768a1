"""What was taken in and is not finished yet: an end waits for it. And what was done already in this process."""

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
        """From arrival until the acknowledgement is on its way."""
        self._taking += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._taking -= 1
            self._settle()

    def is_new(self, id: str) -> bool:
        """False: this press was shown already. The engine's own memory outlives a restart; this one spares a double."""
        if id in self._seen:
            return False
        self._seen[id] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def finish(self, seconds: float) -> None:
        """Until all that was taken in is done; at most so long."""
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
