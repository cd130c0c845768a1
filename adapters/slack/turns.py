"""Limits concurrent calls, with priority for people who wait in front of a form."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A semaphore with two queues. `reserved` slots are never given to the low-priority queue."""

    def __init__(self, at_once: int, reserved: int) -> None:
        self._free = at_once
        self._reserved = reserved
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._patient: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def one(self, *, is_urgent: bool) -> AsyncIterator[None]:
        await self._take(is_urgent=is_urgent)
        try:
            yield
        finally:
            self._give_back()

    async def _take(self, *, is_urgent: bool) -> None:
        if self._free > (0 if is_urgent else self._reserved):
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if is_urgent else self._patient).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given in the same moment
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._free += 1
        while self._urgent and self._free > 0:
            self._hand_over(self._urgent)
        while self._patient and self._free > self._reserved:
            self._hand_over(self._patient)

    def _hand_over(self, queue: deque[asyncio.Future[None]]) -> None:
        turn = queue.popleft()
        if not turn.done():  # else whoever waited has gone
            self._free -= 1
            turn.set_result(None)
