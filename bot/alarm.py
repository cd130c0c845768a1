"""Wakes what is due. Rounds store when; the timers here are hints, and may be lost without harm.

What is due next is a job of APScheduler, which goes by the wall clock. Heartbeat, sweep and housekeeping are timers of
the event loop: they run on the monotonic clock. So a wall clock that is set stops no heartbeat, and the sweep finds
what a job missed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.errors import where
from bot.ports import Clock

log = logging.getLogger(__name__)

SWEEP = timedelta(seconds=30)
"""A net: a hint that was lost, a machine that slept."""

BEAT = timedelta(seconds=30)
HOUSEKEEPING = timedelta(days=1)
FIRST_HOUSEKEEPING = timedelta(minutes=5)
"""After the start: a bot that is restarted every night keeps house too."""

DUE = "due"
PATIENCE = 6
"""Doublings of the rest after failures: at one second, the longest is a minute."""

TRIES = 3
"""In vain at one moment of the clock; then `idle` lets time pass."""

Tick = Callable[[datetime], Awaitable[None]]


class Alarm:
    """Calls `tick(now)` whenever `next_due()` has come, on the bot's clock; never twice at once. It does all of it.

    `beat(now)` and `housekeeping(now)` go by the monotonic clock and are told what time it is on ours.
    """

    def __init__(
        self,
        tick: Tick,
        next_due: Callable[[], Awaitable[datetime | None]],
        beat: Tick,
        housekeeping: Tick,
        clock: Clock,
        *,
        rest: timedelta = timedelta(seconds=1),
    ) -> None:
        """`rest`: before a tick that failed, or left something due, is tried again."""
        self._tick = tick
        self._next_due = next_due
        self._beat = beat
        self._housekeeping = housekeeping
        self._clock = clock
        self._rest = rest
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})
        self._awake = asyncio.Event()
        self._quiet = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._stopping = asyncio.Event()
        self._in_vain = 0  # ticks in a row after which something was still due
        self._next_at: datetime | None = None

    async def run(self) -> None:
        """Until `stop`."""
        self._clock.watch(self._look_anew)
        self._ended.clear()
        self._scheduler.start()
        every = ((SWEEP, SWEEP, self._sweep), (BEAT, timedelta(), self._run_beat))
        jobs = [asyncio.create_task(self._repeat(*each)) for each in every]
        jobs.append(asyncio.create_task(self._repeat(HOUSEKEEPING, FIRST_HOUSEKEEPING, self._run_housekeeping)))
        try:
            while not self._stopping.is_set():
                self._awake.clear()
                await self._look()
                await self._awake.wait()
            await asyncio.gather(*jobs)
        finally:
            self._stopping.set()
            for job in jobs:
                job.cancel()
            self._scheduler.shutdown(wait=False)
            self._quiet.set()
            self._ended.set()

    async def stop(self) -> None:
        """Starts nothing more, and returns when what is under way is finished."""
        self._stopping.set()
        self._awake.set()
        await self._ended.wait()

    def poke(self) -> None:
        """Something may be due at another time than before."""
        self._in_vain = 0
        self._look_anew()

    def _look_anew(self) -> None:
        if not self._stopping.is_set():
            self._quiet.clear()
        self._awake.set()

    async def idle(self) -> datetime | None:
        """Returns when nothing is due at this moment of the clock and no tick is under way: when the next will be.

        Also where what is due is tried in vain: when it is tried next, were the clock to go on.
        """
        self._look_anew()
        await self._quiet.wait()
        return self._next_at

    @property
    def waits_for_others(self) -> bool:
        """What is due cannot be done at this moment."""
        return self._in_vain >= TRIES

    # ticking

    async def _look(self) -> None:
        """One tick, if one is due; then the job for the next."""
        now = self._clock.now()
        try:
            due = await self._next_due()
            if due is not None and due <= now:
                await self._tick(now)
                due = await self._next_due()
        except Exception as error:
            log.error("tick_failed", extra={"error": where(error)})
            self._try_again()
            return
        if due is not None and due <= now:
            self._try_again()
            return
        self._in_vain = 0
        if due is not None and due <= self._clock.now():
            self._awake.set()  # it fell due while others were seen to
            return
        self._next_at = due
        real = self._clock.real(due) if due is not None else None
        self._arm(None if real is None else (real - datetime.now(UTC)).total_seconds())
        self._rest_now()

    def _try_again(self) -> None:
        """What was due is due still: the store failed, or the clock is in doubt. (A round that failed was put off.)

        By the monotonic clock, for ours may stand still.
        """
        wait = self._rest * 2 ** min(self._in_vain, PATIENCE)
        self._in_vain += 1
        self._arm(wait.total_seconds())
        if self.waits_for_others:
            self._next_at = self._clock.now() + wait
            self._rest_now()

    def _rest_now(self) -> None:
        if not self._awake.is_set():
            self._quiet.set()

    def _arm(self, seconds: float | None) -> None:
        if seconds is not None:
            at = datetime.now(UTC) + timedelta(seconds=seconds)
            self._scheduler.add_job(self._wake, DateTrigger(at, timezone=UTC), id=DUE, replace_existing=True)
        elif self._scheduler.get_job(DUE):
            self._scheduler.remove_job(DUE)

    async def _wake(self) -> None:
        self._quiet.clear()
        self._awake.set()

    # again and again

    async def _repeat(self, every: timedelta, first: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        """Until `stop`; what is under way then is finished. Never twice at once."""
        at = asyncio.get_running_loop().time() + first.total_seconds()
        while not await self._stops_before(at):
            await work()
            at = max(at + every.total_seconds(), asyncio.get_running_loop().time())

    async def _stops_before(self, at: float) -> bool:
        try:
            async with asyncio.timeout_at(at):
                return await self._stopping.wait()
        except TimeoutError:
            return False

    async def _sweep(self) -> None:
        await self._wake()

    async def _run_beat(self) -> None:
        await self._errand("beat_failed", self._beat)

    async def _run_housekeeping(self) -> None:
        await self._errand("housekeeping_failed", self._housekeeping)

    async def _errand(self, failed: str, work: Tick) -> None:
        try:
            await work(self._clock.now())
        except Exception as error:
            log.error(failed, extra={"error": where(error)})
