"""The platforms' pace, on the bot's clock: it may delay, and delays nobody else."""

from __future__ import annotations

from datetime import timedelta

from bot.courier.limits import ConcurrencyLimiter, RateLimiter, ReadyQueue
from bot.messages import Op, Pace
from tests.unit.couriers import CHANNEL, T0, Chat, World, person

SLOW_TALK = Pace(seconds_between_posts_in_one_conversation=1)
FEW_A_MINUTE = Pace(posts_a_minute_in_one_workspace=5)


async def test_posts_in_one_conversation_keep_their_distance_and_others_do_not_wait() -> None:
    world = World(pace=SLOW_TALK)
    async with world.running():
        world.owe("one", "two", "three")
        world.owe("to ana", to=person("ana"))
        assert await world.settled() == T0 + timedelta(seconds=1)
        assert world.states("one", "two", "to ana") == ["sent", "owed", "sent"]
        await world.settled(after=1)
        assert world.states("two", "three") == ["sent", "owed"]
        await world.settled(after=1)
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]


async def test_no_workspace_gets_more_in_a_minute_than_it_takes_and_first_due_is_first_served() -> None:
    world = World(pace=FEW_A_MINUTE)
    async with world.running():
        for n in range(12):
            world.owe(f"{n}", to=person(f"p{n}"))
        world.owe("elsewhere", to=person("ana", workspace="V"))
        await world.settled()
        assert world.chat.read_in(person("ana", workspace="V")) == ["elsewhere"]
        assert [n for n in range(12) if world.outbox.state(f"{n}") == "sent"] == [0, 1, 2, 3, 4]
        await world.settled(after=59)
        assert world.chat.count("post") == 6
        await world.settled(after=1)
        assert [n for n in range(12) if world.outbox.state(f"{n}") == "sent"] == list(range(10))
        await world.settled(after=60)
    assert world.chat.count("post") == 13


async def test_a_paced_workspace_with_hundreds_waiting_hides_no_other() -> None:
    world = World(pace=FEW_A_MINUTE)
    async with world.running():
        for n in range(450):
            world.owe(f"{n}", to=person(f"p{n}"))
        world.owe("elsewhere", to=person("ana", workspace="V"))
        await world.settled()
    assert world.states("elsewhere") == ["sent"]


async def test_an_edit_does_not_wait_for_the_pace_of_posts() -> None:
    world = World(pace=Pace(seconds_between_posts_in_one_conversation=60))
    async with world.running():
        world.owe("headline")
        world.owe("completed", op=Op.AMEND, after="headline")
        await world.settled()
    assert world.states("completed") == ["sent"]


async def test_what_was_dropped_takes_nothing_of_the_pace() -> None:
    world = World(pace=Pace(seconds_between_posts_in_one_conversation=60, posts_a_minute_in_one_workspace=1))
    world.outbox.unwanted.add("pointless")
    async with world.running():
        world.owe("pointless", "wanted")
        await world.settled()
    assert world.states("pointless", "wanted") == ["dropped", "sent"]


async def test_a_clock_that_is_set_back_holds_nobody_up() -> None:
    world = World(pace=FEW_A_MINUTE)
    async with world.running():
        world.clock.move(3600)
        world.owe(*(f"{n}" for n in range(5)))
        await world.settled()
        world.clock.move(-3600)
        world.owe("after", to=person("ana"))
        await world.settled()
    assert world.states("after") == ["sent"]


async def test_no_more_calls_are_under_way_on_a_platform_than_agreed() -> None:
    world = World()
    world.courier = world.new_courier(calls_in_a_workspace=8, calls_on_a_platform=10)
    async with world.running():
        for n in range(100):
            world.owe(f"{n}", to=person("ana", workspace=f"W{n}"))
        await world.settled()
    assert world.chat.count("post") == 100
    assert world.chat.most_at_once == 10


async def test_each_platform_has_its_own_pace() -> None:
    other = Chat(name="other", pace=Pace(posts_a_minute_in_one_workspace=1))
    world = World(other)
    async with world.running():
        for n in range(3):
            world.owe(f"chat {n}", to=person(f"p{n}"))
            world.owe(f"other {n}", to=person(f"p{n}", platform="other"))
        await world.settled()
    assert (world.chat.count("post"), other.count("post")) == (3, 1)


async def test_whoever_had_to_wait_keeps_their_place() -> None:
    rate = RateLimiter({"chat": SLOW_TALK})
    calls = ConcurrencyLimiter(1, 1)
    queue = ReadyQueue(rate, calls)
    world = World()
    for name in ("first", "second", "third"):
        world.owe(name, to=person(name))
    queue.add(await world.outbox.ready(T0, frozenset()))
    rate.hold_conversation(person("first").lane, T0 + timedelta(seconds=1))
    for now, goes in ((T0, "second"), (T0 + timedelta(seconds=1), "first"), (T0 + timedelta(seconds=2), "third")):
        started = []
        for head in queue.startable(now):
            calls.take(head.to)
            started.append(head.key)
        assert started == [goes]
        calls.give_back(person(goes))
