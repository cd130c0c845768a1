"""People's live messages are edited within the pace of edits, one at a time, and hold up nothing and nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import Later, Rejected, Unknown
from bot.messages import MessageKind, Op, Pace, Posted
from tests.unit.couriers import SAMS, T0, World, person, until

FEW_EDITS = Pace(edits_a_minute_in_one_workspace=10)


async def asked(world: World, count: int, **to: str) -> None:
    """So many people have their question."""
    for n in range(count):
        world.owe(_key(n, **to), to=person(f"p{n}", **to), kind=MessageKind.QUESTION, is_card=True)
    await world.settled()


def _key(n: int, workspace: str = "W") -> str:
    return f"{workspace} question {n}"


def touch(world: World, count: int, workspace: str = "W") -> None:
    for n in range(count):
        world.outbox.touch(_key(n, workspace))


def edited(world: World) -> list[str]:
    return [at.place for at, _ in world.chat.edits]


def place(n: int) -> str:
    return person(f"p{n}").lane


async def test_many_edits_keep_to_what_the_platform_takes_and_leave_room_for_others() -> None:
    world = World(pace=FEW_EDITS)
    async with world.running():
        await asked(world, 20)
        touch(world, 20)
        assert await world.settled() == T0 + timedelta(minutes=1)
        assert len(world.chat.edits) == 8
        await world.settled(after=59)
        assert len(world.chat.edits) == 8
        await world.settled(after=1)
        assert len(world.chat.edits) == 16
        await world.settled(after=60)
    assert len(world.chat.edits) == 20


async def test_whoever_acts_is_edited_at_once_though_others_wait() -> None:
    world = World(pace=FEW_EDITS)
    async with world.running():
        await asked(world, 20)
        touch(world, 20)
        await world.settled()
        world.outbox.of(_key(19)).is_urgent = True
        await world.settled(after=1)
    assert edited(world)[8:] == [place(19)]


async def test_a_thousand_edits_that_wait_hold_up_no_post_no_take_down_and_no_status_card() -> None:
    world = World(pace=FEW_EDITS)
    async with world.running():
        world.owe("headline", "page")
        world.owe("status", to=SAMS, kind=MessageKind.STATUS, is_card=True)
        await asked(world, 200)
        touch(world, 200)
        await world.settled()
        before = len(world.chat.edits)
        for n in range(5):
            world.owe(f"edit {n}", op=Op.AMEND, after="headline", kind=MessageKind.HEADLINE_DONE)
        world.owe("news", to=person("p150"), kind=MessageKind.REMINDER)
        await world.settled()
        assert world.states(*(f"edit {n}" for n in range(5)), "news") == ["sent"] * 6
        assert len(world.chat.edits) == before + 5
        world.outbox.touch("status")
        await world.settled(after=60)
    assert SAMS.lane in edited(world)


async def test_edits_of_one_workspace_hide_no_other() -> None:
    world = World(pace=FEW_EDITS)
    async with world.running():
        await asked(world, 150)
        await asked(world, 3, workspace="V")
        touch(world, 150)
        touch(world, 3, workspace="V")
        await world.settled()
    assert len([at for at in edited(world) if at.startswith("chat:V/")]) == 3


async def test_bulk_edits_go_one_at_a_time_so_that_a_slow_one_takes_no_place_of_a_post() -> None:
    world = World()
    async with world.running():
        await asked(world, 20)
        world.chat.most_at_once = 0
        touch(world, 20)
        await world.settled()
    assert world.chat.most_at_once == 1
    assert len(world.chat.edits) == 20


async def test_a_limit_at_an_edit_makes_all_edits_wait_and_no_post() -> None:
    world = World()
    async with world.running():
        await asked(world, 5)
        world.chat.faults["show"] = [Later(30, scope="chat:W/edits")]
        touch(world, 5)
        await world.settled()
        assert world.chat.count("show") == 1
        world.owe("news", to=person("p1"), kind=MessageKind.REMINDER)
        await world.settled()
        assert world.states("news") == ["sent"]
        await world.settled(after=30)
    assert len(world.chat.edits) == 5


# older posts ------------------------------------------------------------------------------------------------------


async def test_posts_that_were_left_behind_are_edited_after_the_live_one_each_once() -> None:
    world = World()
    async with world.running():
        await asked(world, 1)
        kept = world.outbox.of(_key(0))
        kept.older += [Posted(place="old", id="1"), Posted(place="old", id="2")]
        world.outbox.touch(_key(0))
        await world.settled()
        await world.settled(after=60)
    assert edited(world) == [place(0), "old", "old"]
    assert not kept.older


@pytest.mark.parametrize(("fault", "wait"), [(Unknown(), 30), (Later(20, scope="x"), 20)])
async def test_an_older_post_that_could_not_be_edited_is_edited_later(fault: Exception, wait: int) -> None:
    world = World()
    async with world.running():
        await asked(world, 1)
        world.outbox.of(_key(0)).older.append(Posted(place="old", id="1"))
        world.chat.faults["show"] = [fault]
        world.courier.poke()
        await world.settled()
        assert edited(world) == []
        await world.settled(after=wait)
    assert edited(world) == ["old"]


async def test_an_older_post_is_put_off_without_an_edit_of_the_live_one() -> None:
    world = World()
    async with world.running():
        await asked(world, 1)
        kept = world.outbox.of(_key(0))
        kept.older.append(Posted(place="old", id="1"))
        kept.wanted = kept.shown = 3
        world.chat.faults["show"] = [Unknown()]
        world.outbox.editions.clear()
        world.courier.poke()
        await world.settled()
    assert world.outbox.editions == [3]


async def test_edits_of_the_lanes_count_against_the_pace_of_cards() -> None:
    world = World(pace=FEW_EDITS)
    async with world.running():
        world.owe("headline")
        await asked(world, 20)
        for n in range(8):
            world.owe(f"edit {n}", op=Op.AMEND, after="headline", kind=MessageKind.HEADLINE_DONE)
        await world.settled()
        touch(world, 20)
        await world.settled()
        assert len(world.chat.edits) == 8
        await world.settled(after=60)
    assert len(world.chat.edits) == 16


async def test_an_older_post_that_refuses_every_edit_is_left() -> None:
    world = World()
    async with world.running():
        await asked(world, 1)
        world.outbox.of(_key(0)).older.append(Posted(place="old", id="1"))
        world.chat.faults["show"] = [Rejected("a"), Rejected("b")]
        world.courier.poke()
        await world.settled(after=60)
        await world.settled(after=60)
    assert world.chat.count("show") == 2
    assert not world.outbox.of(_key(0)).older


# news and edits of one person -------------------------------------------------------------------------------------


async def test_news_waits_for_an_edit_that_is_under_way_and_for_nobody_elses() -> None:
    world = World()
    async with world.running():
        await asked(world, 1)
        with world.edits_hang():
            world.outbox.touch(_key(0))
            world.courier.poke()
            await until(lambda: world.chat.count("show") == 1)
            world.owe("news", to=person("p0"), kind=MessageKind.REMINDER)
            world.owe("to another", to=person("p1"), kind=MessageKind.REMINDER)
            await until(lambda: world.states("to another") == ["sent"])
            assert world.states("news") == ["owed"]
        await world.settled()
        assert world.states("news") == ["sent"]


async def test_an_edit_waits_for_news_that_is_under_way() -> None:
    world = World()
    async with world.running():
        await asked(world, 2)
        gate = world.chat.gates[person("p0").lane] = asyncio.Event()
        try:
            world.owe("news", to=person("p0"), kind=MessageKind.REMINDER)
            await until(lambda: world.states("news") == ["sending"])
            touch(world, 2)
            world.courier.poke()
            await until(lambda: edited(world) == [place(1)])
            await asyncio.sleep(0)
            assert place(0) not in edited(world)
        finally:
            gate.set()
        await world.settled()
        assert edited(world) == [place(1), place(0)]
