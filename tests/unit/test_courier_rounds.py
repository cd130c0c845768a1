"""Two rounds in one conversation: the trouble of one is not the other's, and the pace is of both."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.errors import Rejected
from bot.messages import MessageKind, Op, Owed, Pace
from bot.rounds import RoundId
from tests.unit.couriers import CHANNEL, T0, World, until

OTHER = RoundId(2)


def owe_of_another_round(world: World, *keys: str) -> None:
    for key in keys:
        world.outbox.owe(Owed(key=key, kind=MessageKind.CAST_CHANGED, to=CHANNEL), round_id=OTHER)
    world.courier.poke()


async def test_what_is_stuck_in_one_round_holds_up_no_other_round_in_that_conversation() -> None:
    world = World()
    world.chat.refuses = lambda post: post.kind is MessageKind.PAGE
    world.chat.faults["attach"] = [Rejected("file_uploads_disabled")]
    async with world.running():
        world.owe("page", "next page", kind=MessageKind.PAGE)
        owe_of_another_round(world, "of another round", "and its next")
        await world.settled()
    assert world.states("page", "next page", "of another round", "and its next") == ["stuck", "owed", "sent", "sent"]


async def test_two_rounds_in_one_conversation_keep_its_pace_together() -> None:
    world = World(pace=Pace(seconds_between_posts_in_one_conversation=1.0))
    async with world.running():
        world.owe("a", "b")
        owe_of_another_round(world, "c")
        for n in range(3):
            assert len(world.chat.read_in(CHANNEL)) == n
            await world.settled(after=1 if n else 0)
            assert len(world.chat.read_in(CHANNEL)) == n + 1
    assert sorted(world.chat.read_in(CHANNEL)) == ["a", "b", "c"]


async def test_a_file_that_takes_long_holds_up_no_message_of_its_round() -> None:
    world = World()
    world.chat.gates["attach"] = gate = asyncio.Event()
    async with world.running():
        world.owe("report", kind=MessageKind.REPORT, op=Op.ATTACH)
        world.owe("invitation", not_before=T0 - timedelta(seconds=1))
        try:
            await until(lambda: world.states("invitation") == ["sent"])
            assert world.states("report") == ["sending"]
        finally:
            gate.set()
        await world.settled()
    assert world.states("report") == ["sent"]
