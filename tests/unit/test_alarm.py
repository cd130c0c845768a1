"""What is due wakes up on the bot's clock, once, and is tried again where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot import alarm
from bot.alarm import TRIES, Alarm
from bot.ports import Clock
from tests.unit.couriers import T0, StoppedClock, until


class Diary:
    """Rounds as the alarm sees them: moments at which something is to be done."""

    def __init__(self, clock: Clock, *due: datetime) -> None:
        self.clock = clock
        self.due = sorted(due)
        self.ticks: list[datetime] = []
        self.beats: list[datetime] = []
        self.kept_house: list[datetime] = []
        self.failures: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = 0
        self.most_at_once = 0
        self.has_beaten = asyncio.Event()
        self.alarm = Alarm(self.tick, self.next_due, self.beat, self.keep_house, clock, rest=timedelta())

    async def tick(self, now: datetime) -> None:
        self.ticks.append(now)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
            if self.failures:
                raise self.failures.pop(0)
            self.due = [at for at in self.due if at > now]
        finally:
            self.at_once -= 1

    async def next_due(self) -> datetime | None:
        return self.due[0] if self.due else None

    async def beat(self, now: datetime) -> None:
        self.beats.append(now)
        self.has_beaten.set()

    async def keep_house(self, now: datetime) -> None:
        self.kept_house.append(now)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.alarm.run())
        try:
            yield
        finally:
            if not task.done():
                await self.alarm.stop()
            await task

    async def settled(self) -> datetime | None:
        async with asyncio.timeout(5):
            return await self.alarm.idle()


class MachineClock:
    """Runs, `ahead` of the machine's."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def real(self, at: datetime) -> datetime | None:
        return at - self._ahead

    def watch(self, moved: object) -> None: ...

    doubt = None

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        return True

    def trust(self) -> timedelta:
        return timedelta()


async def test_nothing_fires_while_the_clock_stands_still_and_a_jump_makes_what_is_due_fire() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0 + timedelta(hours=1), T0 + timedelta(hours=2))
    async with diary.running():
        assert await diary.settled() == T0 + timedelta(hours=1)
        assert diary.ticks == []
        clock.move(3600)
        assert await diary.settled() == T0 + timedelta(hours=2)
        assert diary.ticks == [T0 + timedelta(hours=1)]
        clock.move(7200)
        assert await diary.settled() is None
        assert diary.ticks == [T0 + timedelta(hours=1), T0 + timedelta(hours=3)]


async def test_on_a_running_clock_it_fires_at_the_moment_and_not_before() -> None:
    clock = MachineClock(ahead=timedelta(days=100))
    due = clock.now() + timedelta(milliseconds=80)
    diary = Diary(clock, due)
    async with diary.running():
        await diary.settled()
        async with asyncio.timeout(5):
            while not diary.ticks:  # noqa: ASYNC110 - the point is that nobody tells it
                await asyncio.sleep(0.005)
    assert len(diary.ticks) == 1
    assert due <= diary.ticks[0] < due + timedelta(seconds=2)


async def test_a_jump_of_the_clock_is_enough_to_wake_it() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0 + timedelta(hours=1))
    async with diary.running():
        await diary.settled()
        clock.move(3600)
        await until(lambda: bool(diary.ticks))


async def test_what_fell_due_while_the_bot_was_down_fires_at_the_start() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0 - timedelta(days=3))
    async with diary.running():
        await diary.settled()
    assert diary.ticks == [T0]


async def test_something_earlier_that_comes_up_is_woken_earlier() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0 + timedelta(hours=5))
    async with diary.running():
        await diary.settled()
        diary.due.insert(0, T0 + timedelta(hours=1))
        diary.alarm.poke()
        clock.move(3600)
        await diary.settled()
    assert diary.ticks == [T0 + timedelta(hours=1)]


async def test_a_tick_is_never_run_twice_at_once() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0)
    diary.gate.clear()
    async with diary.running():
        for _ in range(5):
            diary.alarm.poke()
            clock.move(1)
            await asyncio.sleep(0)
        diary.gate.set()
        await diary.settled()
    assert diary.most_at_once == 1


async def test_a_tick_that_failed_is_tried_again_and_its_words_stay_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    diary = Diary(StoppedClock(), T0)
    diary.failures = [ValueError("secret words"), ValueError("secret words")]
    async with diary.running():
        await diary.settled()
    assert len(diary.ticks) == 3
    assert [record.getMessage() for record in caplog.records if record.name == "bot.alarm"] == ["tick_failed"] * 2
    assert "secret" not in "".join(str(record.__dict__) for record in caplog.records)


async def test_what_fails_at_one_moment_again_and_again_lets_time_pass_and_is_tried_when_it_has() -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0)
    diary.failures = [OSError() for _ in range(TRIES)]
    async with diary.running():
        assert await diary.settled() is not None
        assert diary.ticks == [T0] * TRIES
        clock.move(60)
        assert await diary.settled() is None
    assert diary.ticks == [*[T0] * TRIES, T0 + timedelta(minutes=1)]


async def test_what_a_tick_had_to_leave_is_tried_again() -> None:
    diary = Diary(StoppedClock(), T0)
    left = [T0]

    async def tick(now: datetime) -> None:
        diary.ticks.append(now)
        if left:
            left.pop()
        else:
            diary.due.clear()

    diary.alarm = Alarm(tick, diary.next_due, diary.beat, diary.keep_house, diary.clock, rest=timedelta())
    async with diary.running():
        await diary.settled()
    assert len(diary.ticks) == 2


async def test_the_heart_beats_at_once_with_the_time_of_the_bots_clock() -> None:
    diary = Diary(StoppedClock())
    async with diary.running(), asyncio.timeout(5):
        await diary.has_beaten.wait()
    assert diary.beats == [T0]


async def test_a_beat_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    clock = StoppedClock()
    diary = Diary(clock, T0 + timedelta(seconds=1))
    failed = asyncio.Event()

    async def beat(now: datetime) -> None:
        failed.set()
        raise OSError("disk full")

    diary.alarm = Alarm(diary.tick, diary.next_due, beat, diary.keep_house, clock, rest=timedelta())
    async with diary.running():
        async with asyncio.timeout(5):
            await failed.wait()
        clock.move(1)
        await diary.settled()
    assert len(diary.ticks) == 1
    assert "beat_failed" in [record.getMessage() for record in caplog.records]


async def test_the_heart_beats_the_net_is_cast_and_the_house_is_kept_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alarm, "BEAT", timedelta(seconds=1))
    monkeypatch.setattr(alarm, "SWEEP", timedelta(milliseconds=10))
    monkeypatch.setattr(alarm, "FIRST_HOUSEKEEPING", timedelta(milliseconds=10))
    diary = Diary(StoppedClock())
    async with diary.running():
        await diary.settled()
        diary.due = [T0]  # and nobody poked
        async with asyncio.timeout(5):
            while not (diary.ticks and diary.kept_house and len(diary.beats) > 1):  # noqa: ASYNC110 - the net itself
                await asyncio.sleep(0.005)
    assert diary.kept_house == [T0]


async def test_stopping_lets_the_tick_under_way_finish() -> None:
    diary = Diary(StoppedClock(), T0)
    diary.gate.clear()
    async with diary.running():
        await until(lambda: bool(diary.ticks))
        stopping = asyncio.create_task(diary.alarm.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        diary.gate.set()
        await stopping
    assert diary.due == []


async def test_stopping_lets_housekeeping_under_way_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm, "FIRST_HOUSEKEEPING", timedelta())
    diary = Diary(StoppedClock())
    begun, gate, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def keep_house(now: datetime) -> None:
        begun.set()
        await gate.wait()
        done.set()

    diary.alarm = Alarm(diary.tick, diary.next_due, diary.beat, keep_house, diary.clock)
    async with diary.running():
        async with asyncio.timeout(5):
            await begun.wait()
        stopping = asyncio.create_task(diary.alarm.stop())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not stopping.done()
        gate.set()
        await stopping
    assert done.is_set()


async def test_nobody_waits_for_an_alarm_that_has_stopped() -> None:
    diary = Diary(StoppedClock())
    async with diary.running():
        await diary.settled()
    await diary.settled()
