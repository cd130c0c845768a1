"""After a restore several messages of one conversation may have been sent already: each of them is looked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.errors import Unknown
from bot.messages import State
from tests.unit.couriers import CHANNEL, World


async def _perhaps_sent(world: World, *keys: str, stand: Sequence[str]) -> None:
    world.owe(*keys)
    for key in keys:
        kept = world.outbox.of(key)
        kept.message = world.outbox._change(kept.message.id, state=State.SENDING, attempt=1, tried_at=world.clock.now())
        if key in stand:
            post = world._compose(kept.message, world.rounds.round_, now=world.clock.now())
            await world.chat.post(post, kept.message.to, kept.message.post_key)
    world.courier = world.new_courier()


@pytest.mark.parametrize("stand", [("one", "two", "three"), ("one", "two"), ("three",), ()])
async def test_every_message_of_a_lane_is_looked_for_and_the_lane_goes_on(stand: Sequence[str]) -> None:
    world = World()
    await _perhaps_sent(world, "one", "two", "three", stand=stand)
    world.owe("new")
    async with world.running():
        await world.settled(after=30)
    assert world.states("one", "two", "three", "new") == ["sent"] * 4
    assert sorted(world.chat.read_in(CHANNEL)) == ["new", "one", "three", "two"]


async def test_a_lane_goes_on_only_when_each_of_its_messages_was_looked_for() -> None:
    world = World()
    await _perhaps_sent(world, "one", "two", stand=("one", "two"))
    world.owe("new")
    world.chat.faults["find"] = [None, Unknown()]
    async with world.running():
        await world.settled(after=30)
        assert world.states("one", "two", "new") == ["sent", "sending", "owed"]
        await world.settled(after=30)
    assert world.chat.read_in(CHANNEL) == ["one", "two", "new"]
