"""Words on their way in: a close waits for them, so that what arrived in time is not lost to a slow disk."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from bot.people import Account
from bot.rounds import RoundCode


class Intake:
    """Counts acts with words between their arrival and their commit."""

    def __init__(self) -> None:
        self._writers: Counter[tuple[RoundCode, Account]] = Counter()
        self._drained = asyncio.Event()

    @contextmanager
    def taking(self, code: RoundCode, account: Account) -> Iterator[None]:
        self._writers[code, account] += 1
        try:
            yield
        finally:
            self._writers[code, account] -= 1
            if not self._writers[code, account]:
                del self._writers[code, account]
            self._drained.set()

    @property
    def writers(self) -> tuple[tuple[RoundCode, Account], ...]:
        """One of each round and account that is writing at this moment."""
        return tuple(self._writers)

    async def drain(self, seconds: float) -> None:
        """Until nothing is on its way in, or `seconds` of the machine's clock have passed."""
        try:
            async with asyncio.timeout(seconds):
                while self._writers:
                    self._drained.clear()
                    await self._drained.wait()
        except TimeoutError:
            return
