"""The wall clock may be set as anybody likes: heartbeat and sweep go on by another."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from bot import alarm
from tests.unit.couriers import T0, StoppedClock
from tests.unit.test_alarm import Diary


class Set(datetime):
    """A wall clock that somebody sets."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.ahead


async def _times(diary: Diary, wanted: int) -> None:
    async with asyncio.timeout(5):
        while len(diary.beats) < wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("by", [-timedelta(hours=1), timedelta(days=1)])
async def test_the_heart_goes_on_beating_when_the_wall_clock_is_set(
    monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    monkeypatch.setattr(alarm, "datetime", Set)
    monkeypatch.setattr(Set, "ahead", timedelta())
    monkeypatch.setattr(alarm, "BEAT", timedelta(milliseconds=50))
    monkeypatch.setattr(alarm, "SWEEP", timedelta(milliseconds=50))
    diary = Diary(StoppedClock())
    async with diary.running():
        await _times(diary, 2)
        monkeypatch.setattr(Set, "ahead", by)
        await _times(diary, len(diary.beats) + 3)
        diary.due = [T0]  # and nobody pokes: the sweep finds it
        async with asyncio.timeout(5):
            while not diary.ticks:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)


async def test_a_timer_that_is_armed_fires_though_the_wall_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm, "datetime", Set)
    monkeypatch.setattr(Set, "ahead", timedelta())

    class Running(StoppedClock):
        """By the event loop's clock."""

        def now(self) -> datetime:
            return T0 + timedelta(seconds=asyncio.get_running_loop().time() - began)

        def real(self, at: datetime) -> datetime | None:
            return Set.now(UTC) + (at - self.now())

    began = asyncio.get_running_loop().time()
    diary = Diary(Running(), T0 + timedelta(milliseconds=100))
    async with diary.running():
        await diary.settled()
        monkeypatch.setattr(Set, "ahead", -timedelta(hours=1))
        async with asyncio.timeout(5):
            while not diary.ticks:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
