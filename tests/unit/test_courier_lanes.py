"""A lane goes on by itself: the next message is claimed as the last one is finished, and only where it may go out."""

from __future__ import annotations

import asyncio

from bot.errors import Later, Unknown
from bot.messages import Op, Pace
from tests.unit.couriers import CHANNEL, LOOK_AFTER, World, person, until

MANY = [f"page {n}" for n in range(40)]


async def test_a_lane_that_nothing_holds_up_is_not_looked_for_again_and_again() -> None:
    world = World()
    async with world.running():
        world.owe(*MANY)
        await world.settled()
    assert world.chat.read_in(CHANNEL) == MANY
    looks = world.outbox.calls["ready"] - world.outbox.calls["pass_on"]  # which looks into its own lane
    assert looks < len(MANY) / 2, "each look goes through all that is owed"


async def test_a_long_lane_gives_its_place_to_those_who_wait_for_one() -> None:
    world = World()
    world.courier = world.new_courier(calls_in_a_workspace=1)
    async with world.running():
        world.owe(*MANY)
        world.owe("to ann", to=person("ann"))
        await world.settled()
    assert world.chat.calls.index(("post", person("ann").lane)) < 5


async def test_the_pace_is_kept_within_a_lane_that_goes_on() -> None:
    world = World(pace=Pace(seconds_between_posts_in_one_conversation=1, posts_a_minute_in_one_workspace=2))
    async with world.running():
        world.owe("one", "two", "three")
        await world.settled()
        assert world.chat.read_in(CHANNEL) == ["one"]
        await world.settled(after=1)
        assert world.chat.read_in(CHANNEL) == ["one", "two"]
        await world.settled(after=1)
        assert world.chat.read_in(CHANNEL) == ["one", "two"]
        await world.settled(after=58)
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]


async def test_an_edit_that_follows_takes_no_place_in_the_pace() -> None:
    world = World(pace=Pace(posts_a_minute_in_one_workspace=3))
    async with world.running():
        world.owe("one")
        world.owe("edit", op=Op.AMEND, after="one")
        world.owe("two", "three")
        await world.settled()
    assert world.states("one", "edit", "two", "three") == ["sent"] * 4


async def test_a_lane_that_is_told_to_wait_stops_where_it_is() -> None:
    world = World()
    world.chat.faults["post"] = [None, Later(after=60, scope=CHANNEL.lane)]
    async with world.running():
        world.owe("one", "two", "three")
        await world.settled()
        assert world.states("one", "two", "three") == ["sent", "owed", "owed"]
        await world.settled(after=60)
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]


async def test_what_follows_and_gets_no_answer_is_looked_for_before_the_lane_goes_on() -> None:
    world = World()
    world.chat.faults["post"] = [None, Unknown()]
    world.chat.stands_after = {("post", 2)}
    async with world.running():
        world.owe("one", "two", "three")
        await world.settled()
        assert world.states("one", "two", "three") == ["sent", "sending", "owed"]
        await world.settled(after=LOOK_AFTER.total_seconds())
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]


async def test_nothing_follows_once_the_bot_is_told_to_stop() -> None:
    world = World()
    world.chat.gates[CHANNEL.lane] = gate = asyncio.Event()
    async with world.running():
        world.owe("one", "two")
        await until(lambda: world.chat.count("post") == 1)
        stopping = asyncio.create_task(world.courier.stop())
        await asyncio.sleep(0)
        gate.set()
        await stopping
    assert world.states("one", "two") == ["sent", "owed"]


async def test_what_follows_is_no_orphan_while_it_is_under_way() -> None:
    world = World()
    slow = person("slow")
    first, second = asyncio.Event(), asyncio.Event()
    world.chat.gates[slow.lane] = first
    async with world.running():
        world.owe("one", "two", to=slow)
        await until(lambda: world.chat.count("post") == 1)
        await asyncio.sleep(0)  # it stands at the first gate now
        world.chat.gates[slow.lane] = second
        first.set()
        await until(lambda: world.states("one", "two") == ["sent", "sending"])
        world.outbox.failures["claim"] = 1  # elsewhere, so that the outbox is asked what is under way
        world.owe("other", to=person("quick"))
        await until(lambda: world.outbox.calls["orphans"] > 1)
        second.set()
        await world.settled(after=60)
    assert world.chat.read_in(slow) == ["one", "two"]
    assert world.chat.count("find") == 0
