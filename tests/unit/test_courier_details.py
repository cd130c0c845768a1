"""What the courier promises in corners that whole rounds seldom reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.courier.content import Content
from bot.courier.dependencies import CourierDependencies
from bot.errors import Rejected, Revoked, Unknown
from bot.messages import Message, MessageKind, Op, Owed, Refusal, State
from bot.people import Workspace
from bot.rounds import Phase, RoundId
from tests.unit.couriers import CHANNEL, SAMS, T0, World, person, until

W = Workspace(platform="chat", id="W")
SECOND = timedelta(seconds=1)


# delivery ---------------------------------------------------------------------------------------------------------


async def test_a_removal_that_is_refused_is_stuck() -> None:
    world = World()
    world.chat.faults["amend"] = [Rejected("no")]
    async with world.running():
        world.owe("report")
        world.owe("removed", op=Op.AMEND, after="report", args={"remove": True})
        await world.settled()
    assert world.outbox.of("removed").result == Refusal(reason="no")
    assert world.chat.count("amend") == 1


async def test_a_refusal_without_a_reason_is_told_by_its_code() -> None:
    world = World()
    world.chat.faults["post"] = [Rejected()]
    async with world.running():
        world.owe("announcement", kind=MessageKind.ANNOUNCEMENT)
        await world.settled()
    assert world.outbox.of("announcement").result == Refusal(reason="rejected")


async def test_what_is_owed_after_another_stands_in_its_thread_only_where_it_says_so() -> None:
    world = World()
    async with world.running():
        world.owe("first")
        world.owe("below", after="first")
        world.owe("inside", after="first", in_thread=True)
        world.owe("completed", op=Op.AMEND, after="first")
        await world.settled()
    assert [seen.thread for seen in world.chat.seen] == [None, None, world.outbox.of("first").message.posted]
    assert (world.chat.count("amend"), world.chat.count("show")) == (1, 0)


# content ----------------------------------------------------------------------------------------------------------


def content(world: World) -> Content:
    return Content(
        CourierDependencies(
            outbox=world.outbox,
            rounds=world.rounds,  # type: ignore[arg-type]
            replies=world.rounds,  # type: ignore[arg-type]
            platforms={},
            clock=world.clock,
            look_after=SECOND,
            compose=world._compose,
            files=lambda round_, voices: (),
            plain_text=str,
        )
    )


def reminder(world: World, of: int = 1) -> Message:
    if not world.outbox.kept:
        world.outbox.owe(Owed(key="reminder", kind=MessageKind.REMINDER, to=SAMS))
    (kept,) = world.outbox.kept.values()
    return replace(kept.message, round_id=RoundId(of))


async def test_a_round_is_loaded_anew_when_its_phase_or_its_version_changed() -> None:
    world = World()
    made, message = content(world), reminder(world)
    for _ in range(2):
        await made.post(message)
    assert world.rounds.calls["shell"] == 1
    world.rounds.round_ = replace(world.rounds.round_, phase=Phase.CLOSED)
    await made.post(replace(message, header=world.rounds.round_.header))
    assert world.rounds.calls["shell"] == 2
    world.rounds.round_ = replace(world.rounds.round_, version=world.rounds.round_.version + 1)
    await made.post(replace(message, header=world.rounds.round_.header))
    assert world.rounds.calls["shell"] == 3


async def test_the_rounds_used_last_stay_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.courier.content.ROUNDS_CACHED", 2)
    world = World()
    made = content(world)
    for of, loads in ((1, 1), (2, 2), (1, 2), (3, 3), (1, 3), (2, 4), (3, 5)):
        await made.post(reminder(world, of))
        assert world.rounds.calls["shell"] == loads


# dispatch ---------------------------------------------------------------------------------------------------------


async def live(world: World) -> None:
    """Ana's live message is out of date."""
    world.owe("question", to=person("ana"), kind=MessageKind.QUESTION, is_card=True)
    await world.settled()
    world.outbox.touch("question")


async def test_a_live_message_is_not_edited_while_news_of_an_earlier_process_may_take_its_place() -> None:
    world = World()
    async with world.running():
        await live(world)
    world.owe("news", to=person("ana"), kind=MessageKind.REMINDER)
    (head,) = await world.outbox.ready(T0, frozenset())
    await world.outbox.claim(head.id, 0, T0)
    world.courier = world.new_courier()
    async with world.running():
        await world.settled()
        assert world.chat.edits == []
        await world.settled(after=30)
    assert len(world.chat.edits) == 1


async def test_a_live_message_is_not_edited_while_it_is_unknown_whether_news_took_its_place() -> None:
    world = World()
    async with world.running():
        await live(world)
        world.chat.faults["post"] = [Unknown()]
        world.owe("news", to=person("ana"), kind=MessageKind.REMINDER)
        await world.settled()
        assert world.outbox.state("news") is State.SENDING
        assert world.chat.edits == []
        await world.settled(after=30)
    assert len(world.chat.edits) == 1


async def test_a_search_waits_while_its_workspace_is_held_and_says_until_when() -> None:
    world = World()
    async with world.running():
        world.chat.faults["post"] = [Unknown()]
        world.owe("one")
        assert await world.settled() == T0 + 30 * SECOND
        world.courier._rate.hold_workspace(W, T0 + 100 * SECOND)
        assert await world.settled(after=30) == T0 + 100 * SECOND
        assert world.chat.count("find") == 0
        await world.settled(after=70)
        assert world.chat.count("find") == 1


async def test_a_card_waits_while_its_workspace_is_held() -> None:
    world = World()
    async with world.running():
        world.owe("card", to=SAMS, kind=MessageKind.STATUS, is_card=True)
        await world.settled()
        world.courier._rate.hold_workspace(W, T0 + 100 * SECOND)
        world.outbox.touch("card")
        assert await world.settled() == T0 + 100 * SECOND
        assert world.chat.edits == []
        await world.settled(after=100)
    assert len(world.chat.edits) == 1


async def test_a_hundred_bulk_edits_that_wait_hide_no_other_workspace() -> None:
    world = World()
    async with world.running():
        for n in range(101):
            world.owe(f"{n}", to=person(f"p{n}"), kind=MessageKind.QUESTION, is_card=True)
        await world.settled()
        with world.edits_hang():
            for n in range(101):
                world.outbox.touch(f"{n}")
            world.courier.poke()
            await until(lambda: world.chat.count("show") == 1)
            world.owe("elsewhere", to=person("ana", workspace="V"), kind=MessageKind.QUESTION, is_card=True)
            await until(lambda: world.outbox.state("elsewhere") is State.SENT)
            world.outbox.touch("elsewhere")
            world.courier._look_anew()
            await until(lambda: world.chat.count("show") == 2)
        await world.settled()
    assert len(world.chat.edits) == 102


async def test_a_workspace_that_is_welcomed_gets_what_waited_without_a_poke() -> None:
    world = World()
    async with world.running():
        world.chat.faults["post"] = [Revoked(W)]
        world.owe("one", to=CHANNEL)
        await world.settled()
        world.courier.welcome(W)
        await until(lambda: world.outbox.state("one") is State.SENT)
