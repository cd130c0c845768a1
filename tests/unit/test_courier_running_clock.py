"""On a clock that runs, the courier wakes by itself for what had to wait; nobody pokes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.courier.retries import UnansweredCalls
from bot.errors import Later
from bot.messages import Message, MessageId, MessageKind, Owed, Pace
from tests.unit.couriers import CHANNEL, LOOK_AFTER, SAMS, T0, RunningClock, World, person

SOON = timedelta(milliseconds=400)  # longer than `WHILE_BUSY`, after which the courier looks again anyway


async def arrives(world: World, *keys: str) -> None:
    async with asyncio.timeout(5):
        while world.states(*keys) != ["sent"] * len(keys):  # noqa: ASYNC110 - the point is that nobody tells it
            await asyncio.sleep(0.005)


async def test_what_the_pace_held_back_goes_out_when_it_may() -> None:
    world = World(clock=RunningClock(), pace=Pace(seconds_between_posts_in_one_conversation=0.4))
    async with world.running():
        world.owe("one", "two", "three")
        await arrives(world, "one", "two", "three")
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]


async def test_what_must_be_tried_again_is_tried_when_its_time_has_come() -> None:
    world = World(clock=RunningClock())
    world.chat.faults["post"] = [Later(0.4, scope=person("ana").lane)]
    async with world.running():
        world.owe("one", to=person("ana"))
        await arrives(world, "one")
    assert world.chat.count("post") == 2


async def test_what_was_put_off_to_a_time_goes_out_at_that_time() -> None:
    world = World(clock=RunningClock())
    async with world.running():
        at = world.clock.now() + SOON
        world.owe("snoozed", not_before=at, kind=MessageKind.REMINDER)
        assert world.states("snoozed") == ["owed"]
        await arrives(world, "snoozed")
        tried_at = world.outbox.of("snoozed").message.tried_at
    assert tried_at is not None
    assert tried_at >= at


async def test_a_card_that_rests_between_two_edits_is_edited_when_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.courier.worker.BETWEEN_EDITS", SOON)
    world = World(clock=RunningClock())
    async with world.running():
        world.owe("card", to=SAMS, kind=MessageKind.STATUS, is_card=True)
        await arrives(world, "card")
        for n in (1, 2):
            world.outbox.touch("card")
            world.courier.poke()
            async with asyncio.timeout(5):
                while len(world.chat.edits) < n:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)


def searched(n: int) -> Message:
    world = World()
    world.outbox.owe(Owed(key=f"m{n}", kind=MessageKind.PAGE, to=CHANNEL))
    (kept,) = world.outbox.kept.values()
    return replace(kept.message, id=MessageId(n), tried_at=T0 + timedelta(seconds=n))


def test_a_search_that_is_under_way_is_no_moment_to_wait_for() -> None:
    unanswered = UnansweredCalls(LOOK_AFTER)
    first, second = searched(1), searched(2)

    def next_at() -> datetime | None:
        return unanswered.next_at

    unanswered.add(first, T0)
    unanswered.add(second, T0)
    assert next_at() == T0 + timedelta(seconds=1) + LOOK_AFTER
    unanswered.begin(first)
    assert next_at() == T0 + timedelta(seconds=2) + LOOK_AFTER
    unanswered.begin(second)
    assert next_at() is None
    unanswered.put_off(first, T0 + timedelta(hours=1))
    assert next_at() == T0 + timedelta(hours=1)
