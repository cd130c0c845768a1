"""One message from claim to recorded result, in cases that are easily lost sight of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import Rejected, Revoked, Unknown
from bot.messages import MessageKind, Pace
from bot.people import Workspace
from tests.unit.couriers import CHANNEL, SAMS, World, person

W = Workspace(platform="chat", id="W")


async def test_after_so_many_messages_of_one_lane_the_others_get_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.courier.worker.MOST_IN_A_ROW", 2)
    world = World()
    async with world.running():
        world.owe("one", "two", "three", "four")
        await world.settled()
    assert world.states("four") == ["sent"]
    assert world.outbox.calls["pass_on"] == 2


async def test_what_follows_in_a_lane_is_counted_as_well() -> None:
    world = World(pace=Pace(posts_a_minute_in_one_workspace=3))
    async with world.running():
        world.owe(*(f"{n}" for n in range(5)))
        await world.settled()
        assert world.chat.count("post") == 3
        await world.settled(after=60)
    assert world.chat.count("post") == 5


async def lost(world: World) -> None:
    world.chat.faults["post"] = [Unknown()]
    world.chat.stands_after = {("post", 1)}
    world.owe("one", "two")
    await world.settled()


async def test_what_was_found_is_no_longer_searched_for() -> None:
    world = World()
    async with world.running():
        await lost(world)
        unanswered = world.courier._worker.unanswered
        assert world.outbox.of("one").message.id in unanswered
        await world.settled(after=30)
        assert world.outbox.of("one").message.id not in unanswered


async def test_what_was_found_and_could_not_be_recorded_is_searched_for_again() -> None:
    world = World()
    async with world.running():
        await lost(world)
        world.outbox.failures["finish"] = 1
        await world.settled(after=30)
        await world.settled(after=60)
    assert world.states("one", "two") == ["sent", "sent"]
    assert world.chat.read_in(CHANNEL) == ["one", "two"]


async def test_a_workspace_that_refuses_an_edit_has_let_the_bot_in_again() -> None:
    world = World()
    async with world.running():
        world.owe("card", to=SAMS, kind=MessageKind.STATUS, is_card=True)
        await world.settled()
        world.chat.faults["post"] = [Revoked(W)]
        world.owe("one", to=person("ana"))
        await world.settled()
        world.outbox.of("one").not_before += timedelta(hours=1)
        world.outbox.touch("card")
        world.chat.faults["show"] = [Rejected("no"), Rejected("no")]
        await world.settled(after=600)
    assert world.outbox.calls["wake"] == 1
    assert world.states("one") == ["sent"]


async def test_an_edit_without_an_answer_holds_up_no_other_edit() -> None:
    world = World()
    async with world.running():
        for key, who in (("first", "ana"), ("second", "ben")):
            world.owe(key, to=person(who), kind=MessageKind.STATUS, is_card=True)
        await world.settled()
        world.chat.faults["show"] = [Unknown()]
        world.outbox.touch("first")
        world.courier.poke()
        await world.settled()
        world.outbox.touch("second")
        world.courier.poke()
        await world.settled()
        assert [at.place for at, _ in world.chat.edits] == [person("ben").lane]
        await world.settled(after=60)
    assert len(world.chat.edits) == 2
