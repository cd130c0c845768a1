"""Leaps over time in the playground: people of the script and the bot do on the way what they would have done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from adapters.playground.chat.hands import Hands
from adapters.playground.clock import MovableClock
from coproduce.playing.moments import Moments
from coproduce.playing.staging import Stage

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
MINUTES = st.lists(st.integers(0, 60), max_size=6)


def _at(minutes: Sequence[int]) -> list[datetime]:
    return [START + timedelta(minutes=each) for each in sorted(minutes)]


class Rehearsal:
    """A bot and people of a script, who have something to do at some moments. What is done is noted."""

    def __init__(self, bots: Sequence[int]) -> None:
        self.clock = MovableClock()
        self.clock.show(Hands(stopped_at=START))
        self.done: list[tuple[str, datetime]] = []
        self._due = _at(bots)
        self.moments = Moments(cast(Stage, SimpleNamespace(clock=self.clock, people=self, bot=self)))

    async def stop_clock(self, at: datetime | None = None) -> None:
        self.clock.show(Hands(stopped_at=at or self.clock.now()))

    async def idle(self) -> datetime | None:
        await asyncio.sleep(0)
        while self._due and self._due[0] <= self.clock.now():
            self._due.pop(0)
            self.done.append(("bot", self.clock.now()))
        return self._due[0] if self._due else None

    async def act(self, people: Sequence[int]) -> None:
        for at in _at(people):
            await self.moments.until(at)
            await asyncio.sleep(0)
            self.done.append(("people", self.clock.now()))
        self.moments.over()


@given(MINUTES, MINUTES, st.integers(0, 60))
def test_a_leap_leaves_nobody_behind_and_does_nothing_early(bots: list[int], people: list[int], to: int) -> None:
    async def leap() -> list[tuple[str, datetime]]:
        here = Rehearsal(bots)
        acting = asyncio.create_task(here.act(people))
        await here.moments.go(START + timedelta(minutes=to))
        assert here.clock.now() == START + timedelta(minutes=to)
        acting.cancel()
        return here.done

    done = asyncio.run(leap())
    for who, moments in (("bot", bots), ("people", people)):
        assert [at for name, at in done if name == who] == _at([each for each in moments if each <= to])
    assert [at for _, at in done] == sorted(at for _, at in done)


async def test_while_the_clock_runs_people_act_when_it_comes_to_their_moment() -> None:
    here = Rehearsal(())
    acting = asyncio.create_task(here.act((10, 20)))
    here.clock.show(Hands(stopped_at=START).run(datetime.now(UTC), 60_000))
    await acting
    assert all(at - START >= timedelta(minutes=each) for (_, at), each in zip(here.done, (10, 20), strict=True))
    assert all(at - START < timedelta(hours=2) for _, at in here.done)


async def test_a_clock_that_is_moved_wakes_whoever_waits_for_a_moment_that_it_passed() -> None:
    here = Rehearsal(())
    acting = asyncio.create_task(here.act((10,)))
    await asyncio.sleep(0)
    here.clock.show(Hands(stopped_at=START + timedelta(minutes=9)))
    await asyncio.sleep(0)
    assert not here.done
    here.clock.show(Hands(stopped_at=START + timedelta(minutes=10)))
    await acting
    assert here.done == [("people", START + timedelta(minutes=10))]
