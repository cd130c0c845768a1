"""Whether the machine's clock is right. While that is in doubt nothing closes and nothing is opened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.acts import Said
from bot.errors import DeliveryError
from bot.ports import Doubt, Platform
from bot.rounds import RoundId
from bot.rules import running as rules
from bot.rules.moves import LONGEST_GRACE, Decision
from bot.service.dependencies import Dependencies

LOOK_EVERY = 1.0
"""Seconds, of the event loop's clock. A clock that is set while nobody reads it is seen within this time."""

ASK_EVERY = 60.0
"""Seconds between two questions to the platforms while the clock is in doubt."""

ANSWER_WITHIN = 15.0
"""Seconds: later, the time that an answer bears is too old to compare."""

AT_ONCE = 10_000
"""Rounds looked at in one go."""

RELEASED = Decision(outcome=Said(content=()), audit=("clock_released",))

log = structlog.get_logger(__name__)

Released = Callable[[timedelta], Awaitable[None]]


class ClockWatch:
    """Asks the platforms what time it is: at the start, at once after a jump, then each minute while they disagree.

    Nothing else ends a hold. Where no platform tells its time, it goes on.
    """

    def __init__(self, deps: Dependencies, released: Released, seconds: Callable[[], float] = time.monotonic) -> None:
        """`released`: called when the clock is right again, with how far the bot's time moved by it."""
        self._deps = deps
        self._released = released
        self._seconds = seconds
        self._ask_at: float | None = None  # None: not in doubt, as far as was seen
        self._is_held = False  # the platforms were asked, and did not agree
        self._told: dict[RoundId, None] = {}

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception as fault:
                log.error("clock_check_failed", fault=type(fault).__name__)

    async def look(self) -> None:
        doubt = self._deps.clock.doubt
        if doubt is None:
            return
        if self._ask_at is None and doubt.is_known:
            log.warning("clock_jumped", by=round(doubt.off.total_seconds()))
        if self._ask_at is None or self._seconds() >= self._ask_at:
            self._ask_at = self._seconds() + ASK_EVERY
            await self._ask()

    async def _ask(self) -> None:
        theirs = await self._times()
        if self._deps.platforms and not (theirs and self._deps.clock.agrees(theirs)):
            await self._hold(is_told=bool(theirs))
        else:
            await self._release()

    async def _times(self) -> Sequence[datetime]:
        """What the platforms' clocks show. Those that cannot be asked, or do not tell, are left out."""
        found = await asyncio.gather(*(self._time_at(*one) for one in self._deps.platforms.items()))
        return [each for each in found if each is not None]

    async def _time_at(self, name: str, platform: Platform) -> datetime | None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await platform.time_there()
        except (DeliveryError, TimeoutError) as error:
            log.warning("time_not_told", platform=name, error=type(error).__name__)
            return None

    async def _hold(self, *, is_told: bool) -> None:
        doubt = self._deps.clock.doubt
        if doubt is None:
            return
        off = round(doubt.off.total_seconds())
        log.error("clock_held", why="wrong" if is_told else "unknown", off=off)
        self._is_held = True
        await self._tell(doubt)

    async def _tell(self, doubt: Doubt) -> None:
        """Organisers of each round that waits for the clock, or that it would close now: once in a hold."""
        now = self._deps.clock.now()
        latest = max(now, doubt.machine)
        for id_ in await self._deps.rounds.due(latest, AT_ONCE):
            if id_ in self._told:
                continue
            try:
                if rules.waits_for_clock(await self._deps.rounds.shell(id_), latest):
                    await self._deps.rounds.change(id_, None, lambda r: rules.clock_held(r, now), now)
                    self._told[id_] = None
            except Exception as fault:  # one round's trouble never keeps another's organisers from hearing
                log.error("round_failed", round=id_, fault=type(fault).__name__)
        self._deps.woken()

    async def _release(self) -> None:
        if self._is_held:
            # what is on its way in was in time when it came
            await self._deps.intake.drain(LONGEST_GRACE.total_seconds())
        moved = self._deps.clock.trust()
        log.info("clock_released" if self._is_held else "clock_agrees", moved=round(moved.total_seconds()))
        self._ask_at, self._is_held = None, False
        await self._released(moved)
        now = self._deps.clock.now()
        while self._told:
            id_ = next(iter(self._told))
            del self._told[id_]
            await self._deps.rounds.change(id_, None, lambda _: RELEASED, now)
