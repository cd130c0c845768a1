"""An answer that was lost, a bot that died in a call: looked for first, and not sent twice where it can be found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.courier import GUARANTEES, Guarantee
from bot.errors import Later, Revoked, Unknown, Unsearchable
from bot.messages import GaveUp, MessageKind, Op
from bot.people import Workspace
from tests.unit.couriers import CHANNEL, World, person


async def test_an_answer_was_lost_and_the_message_is_found() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    world.chat.stands_after = {("post", 1)}
    async with world.running():
        world.owe("one", "two")
        await world.settled()
        assert world.states("one", "two") == ["sending", "owed"]
        await world.settled(after=29)
        assert world.chat.count("find") == 0  # it may still be on its way into the channel
        await world.settled(after=1)
    assert world.chat.read_in(CHANNEL) == ["one", "two"]
    assert world.states("one", "two") == ["sent", "sent"]


async def test_a_message_that_is_not_found_is_sent_again_before_those_behind_it() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    async with world.running():
        world.owe("one", "two")
        await world.settled()
        await world.settled(after=30)
    assert world.chat.read_in(CHANNEL) == ["one", "two"]


async def test_a_surprise_of_the_platform_counts_as_a_lost_answer(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.chat.faults["post"] = [ValueError("secret words")]
    world.chat.stands_after = {("post", 1)}
    async with world.running():
        world.owe("one")
        await world.settled()
        await world.settled(after=30)
    assert world.chat.read_in(CHANNEL) == ["one"]
    assert "no_answer" in [record.getMessage() for record in caplog.records]
    assert "secret" not in "".join(str(record.__dict__) for record in caplog.records)


async def test_others_go_on_while_one_is_looked_for() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    async with world.running():
        world.owe("lost")
        await world.settled()
        world.owe("to ana", to=person("ana"))
        await world.settled()
        assert world.states("lost", "to ana") == ["sending", "sent"]


@pytest.mark.parametrize("stands", [True, False])
async def test_what_a_dead_bot_left_in_the_middle_of_a_call_is_looked_for(stands: bool) -> None:
    world = World()
    world.owe("one", "two")
    (head,) = await world.outbox.ready(world.clock.now(), frozenset())
    claimed = await world.outbox.claim(head.id, 0, world.clock.now())
    assert claimed is not None
    if stands:
        post = world._compose(claimed, world.rounds.round_, now=world.clock.now())
        await world.chat.post(post, claimed.to, claimed.post_key)
    world.courier = world.new_courier()
    async with world.running():
        await world.settled(after=10)
        assert world.chat.count("find") == 0
        await world.settled(after=20)
    assert world.chat.read_in(CHANNEL) == ["one", "two"]


async def test_an_edit_whose_answer_was_lost_is_simply_repeated() -> None:
    world = World()
    world.chat.faults["amend"] = [Unknown()]
    async with world.running():
        world.owe("headline")
        world.owe("completed", op=Op.AMEND, after="headline")
        await world.settled()
    assert world.chat.count("find") == 0
    assert world.states("completed") == ["sent"]


async def test_a_search_that_must_wait_waits() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    world.chat.stands_after = {("post", 1)}
    world.chat.faults["find"] = [Later(50), Unknown(), Revoked(Workspace(platform="chat", id="W"))]
    async with world.running():
        world.owe("one")
        await world.settled()
        for wait, searches in ((30, 1), (49, 1), (1, 2), (30, 3), (599, 3), (1, 4)):
            await world.settled(after=wait)
            assert world.chat.count("find") == searches
    assert world.chat.read_in(CHANNEL) == ["one"]
    assert world.states("one") == ["sent"]


async def test_a_search_begins_before_the_attempt_for_clocks_differ() -> None:
    world = World()
    looked_since = []
    found = world.chat.find

    async def noting(to, key, since, thread=None, what=None):  # type: ignore[no-untyped-def]
        looked_since.append(since)
        return await found(to, key, since, thread, what)

    world.chat.find = noting  # type: ignore[method-assign]
    world.chat.faults["post"] = [Unknown()]
    async with world.running():
        world.owe("one")
        tried_at = world.clock.now()
        await world.settled()
        await world.settled(after=30)
    assert looked_since == [tried_at - timedelta(minutes=5)]


# where nothing can be searched ----------------------------------------------------------------------


def test_every_kind_says_what_becomes_of_it_where_nothing_can_be_searched() -> None:
    assert set(GUARANTEES) == set(MessageKind)


def test_only_a_reminder_may_be_given_up() -> None:
    given_up = {kind for kind, then in GUARANTEES.items() if then is Guarantee.AT_MOST_ONCE}
    assert given_up == {MessageKind.REMINDER, MessageKind.CHANNEL_REMINDER}


async def test_a_question_is_sent_again_where_nobody_can_tell_whether_it_stands() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    world.chat.faults["find"] = [Unsearchable()]
    async with world.running():
        world.owe("question", to=person("ana"), kind=MessageKind.QUESTION)
        await world.settled()
        await world.settled(after=30)
    assert world.states("question") == ["sent"]
    assert world.chat.count("post") == 2


async def test_a_reminder_is_given_up_where_nobody_can_tell_whether_it_stands() -> None:
    world = World()
    world.chat.faults["post"] = [Unknown()]
    world.chat.faults["find"] = [Unsearchable()]
    async with world.running():
        world.owe("reminder", to=person("ana"), kind=MessageKind.REMINDER)
        await world.settled()
        await world.settled(after=30)
    assert world.outbox.of("reminder").result == GaveUp(why=None, reason="unsearchable")
    assert world.chat.count("post") == 1
