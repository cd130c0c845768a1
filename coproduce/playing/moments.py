"""Moves the playground's clock and leaves nothing behind: people of the script act, and the bot does what is due."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from coproduce.playing.staging import Stage


class Moments:
    """How the moments of a script come (`Waits`), and leaps over time in which each of them is stopped at."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._clock = stage.clock
        self._leaping = asyncio.Lock()
        self._moved = asyncio.Event()  # a new one for each move of the clock
        self._settled = asyncio.Event()  # people of the script wait for a moment that is still to come, or are done
        self._next_at: datetime | None = None
        self._clock.watch(self._look)

    @property
    def is_leaping(self) -> bool:
        return self._leaping.locked()

    async def until(self, at: datetime) -> None:
        """Returns when the clock shows `at`."""
        while at > self._clock.now():
            self._next_at = at
            self._settled.set()
            await self._wait(at)
        self._settled.clear()

    def over(self) -> None:
        """Nobody of the script does anything any more."""
        self._next_at = None
        self._settled.set()

    async def go(self, to: datetime, *, is_done: bool = True) -> None:
        """Stops the clock and sets it to `to`, by way of all that is due until then.

        `is_done`: returns when what is due at `to` is done, too.
        """
        async with self._leaping:
            await self._stage.people.stop_clock()
            while (now := self._clock.now()) < to:
                engine_at = await self._quiet()
                stops = [at for at in (to, engine_at, self._next_at) if at is not None and at > now]
                await self._stage.people.stop_clock(min(stops))
            if is_done:
                await self._quiet()

    async def _quiet(self) -> datetime | None:
        """Until all is done that is due now. Returns when the bot has something to do next."""
        await self._settled.wait()
        return await self._stage.bot.idle()

    async def _wait(self, at: datetime) -> None:
        """Until the clock is moved, or shows `at`."""
        moved = self._moved
        real = self._clock.real(at)
        seconds = None if real is None else max((real - datetime.now(UTC)).total_seconds(), 0.0)
        try:
            async with asyncio.timeout(seconds):
                await moved.wait()
        except TimeoutError:
            return

    def _look(self) -> None:
        if self._next_at is not None and self._next_at <= self._clock.now():
            self._settled.clear()
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
