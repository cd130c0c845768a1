"""A platform that keeps no keys finds a lost message by what was to be sent: the courier composes it for the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.errors import Unknown
from bot.messages import File, Post, Posted, PostKey
from bot.people import Address
from tests.unit.couriers import CHANNEL, World

What = Post | Sequence[File] | None


def comparing(world: World) -> list[What]:
    """The chat keeps no keys from now on. What is looked for is noted."""
    searched: list[What] = []

    async def find(
        to: Address, key: PostKey, since: datetime, thread: Posted | None = None, what: What = None
    ) -> Posted | None:
        searched.append(what)
        stands = next((seen for seen in world.chat.seen if what is not None and seen.post == what), None)
        return Posted(place=to.lane, id=stands.key) if stands else None

    world.chat.find = find  # type: ignore[method-assign]
    return searched


async def test_a_lost_message_is_found_by_what_it_says() -> None:
    world = World()
    comparing(world)
    world.chat.faults["post"] = [Unknown()]
    world.chat.stands_after = {("post", 1)}
    async with world.running():
        world.owe("one", "two")
        await world.settled()
        await world.settled(after=30)
    assert world.chat.read_in(CHANNEL) == ["one", "two"]
    assert world.states("one", "two") == ["sent", "sent"]


async def test_what_cannot_be_composed_any_more_is_still_looked_for() -> None:
    world = World()
    searched = comparing(world)
    world.chat.faults["post"] = [Unknown()]
    async with world.running():
        world.owe("one")
        await world.settled()
        world.unmakeable.add("one")
        await world.settled(after=30)
    assert searched == [None]
