"""One message from claim to recorded result, in cases that are easily lost sight of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Rejected, Revoked, Unknown
from bot.messages import MessageKind, Pace, control
from bot.people import Account, Workspace
from bot.rounds import Organiser, Phase
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


def told_stuck(world: World) -> list[str]:
    return [kept.message.to.lane for kept in world.outbox.kept.values() if kept.message.kind is MessageKind.STUCK]


@pytest.mark.parametrize(("phase", "is_told"), [(Phase.REVEALED, True), (Phase.CLOSED, False)])
async def test_a_headline_is_told_as_stuck_only_where_its_refusal_is_told_nowhere_else(
    phase: Phase, is_told: bool
) -> None:
    world = World()
    world.outbox.round_ = replace(world.outbox.round_, phase=phase)
    world.controls = (control("read"),)
    world.chat.refuses = lambda post: post.kind is MessageKind.HEADLINE
    async with world.running():
        world.owe("headline", kind=MessageKind.HEADLINE)
        await world.settled()
    assert told_stuck(world) == ([SAMS.lane] if is_told else [])


async def test_that_a_warning_is_stuck_is_told_to_nobody_or_two_organisers_would_warn_each_other_for_ever() -> None:
    world = World()
    olga = Organiser(account=Account(platform="chat", workspace="W", user="olga"), name="Olga", is_first=False)
    world.rounds.round_ = replace(world.rounds.round_, organisers=(*world.rounds.round_.organisers, olga))
    world.controls = (control("retry"),)
    world.chat.refuses = lambda post: post.kind is not MessageKind.STATUS
    async with world.running():
        world.owe("stuck", to=person("ana"), kind=MessageKind.REMINDER)
        await world.settled()
    assert sorted(told_stuck(world)) == sorted([SAMS.lane, person("olga").lane])
