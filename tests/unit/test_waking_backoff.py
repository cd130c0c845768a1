"""A round in trouble is tried again ever more rarely, and every other round is on time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alarm import Alarm
from bot.errors import Later
from bot.rounds import RoundCode, RoundId
from bot.rules.moves import GRACE
from bot.service import Waking
from tests.contract.stores import Stores, stores
from tests.fakes import MemoryRounds
from tests.unit.test_service_waking import FIVE_DAYS, Shy, Village
from tests.world import memory_stores

__all__ = ["stores"]

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def world() -> AsyncIterator[Village]:
    made = Village(memory_stores()[0])
    await made.start()
    yield made
    await made.crash()


async def in_trouble(world: Village) -> tuple[RoundCode, Waking]:
    """A closed round whose channel cannot be looked into."""
    code = await world.open()
    await world.write("cal", code, "in time")
    world.clock.set(world.clock.now() + FIVE_DAYS + MINUTE)
    tools: Any = replace(world.tools, platforms={"play": Shy(world.platform)})
    waking = Waking(tools)
    await waking.tick(world.clock.now())
    return code, waking


async def test_each_failure_doubles_the_rest_of_that_round_up_to_a_minute(world: Village) -> None:
    code, waking = await in_trouble(world)
    rests = []
    for _ in range(9):
        due = (await world.round_(code)).due_at
        assert due is not None
        rests.append((due - world.clock.now()).total_seconds())
        world.clock.set(due)
        await waking.tick(due)
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_what_went_well_once_begins_anew(world: Village) -> None:
    code, waking = await in_trouble(world)
    for _ in range(4):
        world.clock.set(world.clock.now() + MINUTE)
        await waking.tick(world.clock.now())
    waking._deps = replace(waking._deps, platforms={"play": world.platform})  # it answers again
    world.clock.set(world.clock.now() + MINUTE)
    await waking.tick(world.clock.now())
    assert (await world.round_(code)).prepared_at
    assert not waking._failures


async def test_the_alarm_wakes_at_the_moment_of_another_round_while_one_fails_on_and_on(world: Village) -> None:
    """On a clock that is moved: what is due next is the other round's moment, or the rest of the one that fails."""
    code, waking = await in_trouble(world)
    other = await world.open()
    due = (await world.round_(other)).due_at
    assert due is not None
    trouble = (await world.round_(code)).id
    alarm = Alarm(waking.tick, world.stores.rounds.next_due, beat, beat, world.clock)
    running = asyncio.create_task(alarm.run())
    try:
        async with asyncio.timeout(10):
            while (at := await alarm.idle()) is not None and at < due:
                world.clock.set(max(at, due - 90 * SECOND))
            world.clock.set(due)
            await alarm.idle()
    finally:
        await alarm.stop()
        await running
    assert waking._failures[trouble] > 3
    assert (await world.round_(other)).due_at != due


async def beat(now: datetime) -> None: ...


async def test_a_round_that_cannot_remind_is_closed_at_its_deadline_all_the_same(world: Village) -> None:
    code = await world.open()
    round_ = await world.round_(code)

    class Forgetful(MemoryRounds):
        async def change(self, id: RoundId, *rest: Any) -> Any:
            raise Later(1)

    assert round_.closes_at is not None
    waking = Waking(replace(world.tools, rounds=Forgetful(world.stores.rounds._store)))  # type: ignore[attr-defined]
    at = round_.closes_at - 2 * MINUTE
    while at < round_.closes_at + GRACE:
        world.clock.set(at)
        await waking.tick(at)
        due = (await world.round_(code)).due_at
        assert due is not None
        at = due
    assert at == round_.closes_at + GRACE
    world.clock.set(at)
    await waking.tick(at)
    assert (await world.round_(code)).closed_at == at


async def test_only_what_is_due_can_be_put_off(stores: Stores) -> None:
    round_ = await stores.closed()
    assert round_.due_at is not None
    at = round_.due_at
    await stores.rounds.put_off(round_.id, at + MINUTE, at - SECOND)
    assert await stores.rounds.next_due() == at
    await stores.rounds.put_off(round_.id, at + MINUTE, at)
    assert await stores.rounds.next_due() == at + MINUTE
    assert await stores.rounds.due(at, 10) == []
    await stores.rounds.put_off(round_.id, at + 2 * MINUTE, at)
    assert await stores.rounds.next_due() == at + MINUTE
