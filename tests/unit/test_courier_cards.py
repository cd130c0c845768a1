"""Cards are kept up to date in place; a preview stands first and is filled in then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Later, Rejected, Revoked, Unknown, Unreachable
from bot.messages import Line, MessageKind, Page, Part, args_of
from bot.people import Account, Cast, Member, Workspace
from bot.rounds import Phase
from bot.setups import Setup
from tests.unit.couriers import SAMS, T0, World, person, until


def with_card() -> World:
    world = World()
    world.owe("card", to=SAMS, kind=MessageKind.STATUS, is_card=True)
    return world


async def test_a_card_is_posted_once_and_then_edited_in_place() -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        world.outbox.touch("card")
        await world.settled()
    assert world.chat.count("post") == 1
    assert [at for at, _ in world.chat.edits] == [world.outbox.of("card").message.posted]


async def test_many_changes_are_one_edit_in_five_seconds_and_the_latest_wins() -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        for _ in range(10):
            world.outbox.touch("card")
        await world.settled()
        world.outbox.touch("card")
        world.outbox.touch("card")
        assert await world.settled() == T0 + timedelta(seconds=5)
        assert world.chat.count("show") == 1
        await world.settled(after=5)
        assert world.chat.count("show") == 2
        await world.settled(after=60)
    assert world.chat.count("show") == 2


async def test_messages_go_before_cards() -> None:
    world = with_card()
    world.courier = world.new_courier(calls_in_a_workspace=1)
    async with world.running():
        await world.settled()
        world.outbox.touch("card")
        for n in range(5):
            world.owe(f"question {n}", to=person(f"p{n}"))
        await world.settled()
    assert [verb for verb, _ in world.chat.calls] == ["post"] * 6 + ["show"]


@pytest.mark.parametrize(
    ("fault", "wait"),
    [(Later(20), 20), (Unknown(), 30), (ValueError(), 30), (Revoked(Workspace(platform="chat", id="W")), 600)],
)
async def test_a_card_that_could_not_be_edited_is_edited_later(fault: Exception, wait: int) -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        world.chat.faults["show"] = [fault]
        world.outbox.touch("card")
        await world.settled()
        await world.settled(after=wait - 1)
        assert world.chat.edits == []
        await world.settled(after=1)
    assert len(world.chat.edits) == 1


async def test_a_conversation_that_asks_to_wait_at_an_edit_gets_no_messages_either() -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        world.chat.faults["show"] = [Later(20, scope=SAMS.lane)]
        world.outbox.touch("card")
        await world.settled()
        world.owe("to sam", to=SAMS)
        world.owe("to ana", to=person("ana"))
        await world.settled()
        assert world.states("to sam", "to ana") == ["owed", "sent"]
        await world.settled(after=20)
    assert world.states("to sam") == ["sent"]


async def test_a_card_that_is_refused_is_shown_plain() -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        world.chat.faults["show"] = [Rejected("invalid_blocks")]
        world.outbox.touch("card")
        await world.settled()
    assert [post and post.is_plain for _, post in world.chat.edits] == [True]


async def test_a_card_that_is_gone_or_refused_in_every_form_waits_for_its_next_change() -> None:
    world = with_card()
    async with world.running():
        await world.settled()
        world.chat.faults["show"] = [Rejected("a"), Rejected("b"), Unreachable()]
        for shown in (2, 3):
            world.outbox.touch("card")
            await world.settled(after=60)
            await world.settled(after=60)
            assert world.chat.count("show") == shown


# previews -------------------------------------------------------------------------------------------


def with_preview() -> World:
    world = World()
    fields = {"citizens": ("ana",), "leaders": ("bo",), "channel": ("repairs",)}
    world.rounds.round_ = replace(world.rounds.round_, phase=Phase.DRAFT, setup=Setup(fields=fields, edition=3))
    members = {
        name: (Member(account=Account(platform="chat", workspace="W", user=name), name=name),) for name in ("ana", "bo")
    }
    world.chat.found_cast = Cast(found=members)
    world.owe("preview", to=SAMS, kind=MessageKind.PREVIEW, is_card=True)
    return world


async def test_a_preview_is_looked_up_once_for_each_edition_of_the_set_up() -> None:
    world = with_preview()
    async with world.running():
        await world.settled()
        looked_up = world.rounds.round_.setup.looked_up
        assert looked_up is not None
        assert (looked_up.of, looked_up.reach and looked_up.reach.name) == (3, "repairs")
        assert {name: [m.name for m in members] for name, members in looked_up.cast.items()} == {
            "citizens": ["ana"],
            "leaders": ["bo"],
        }
        world.outbox.touch("preview")
        await world.settled(after=5)
        assert world.chat.count("people") == 1
        setup = replace(world.rounds.round_.setup, edition=4)
        world.rounds.round_ = replace(world.rounds.round_, setup=setup)
        world.outbox.touch("preview")
        await world.settled(after=5)
    assert world.chat.count("people") == 2


async def test_a_preview_of_a_channel_that_is_closed_to_us_says_so() -> None:
    world = with_preview()
    world.chat.faults["reach"] = [Unreachable()]
    async with world.running():
        await world.settled()
    looked_up = world.rounds.round_.setup.looked_up
    assert looked_up is not None
    assert looked_up.reach is None
    assert world.states("preview") == ["sent"]


@pytest.mark.parametrize(
    ("fault", "wait"), [(Later(20), 20), (Unknown(), 30), (Rejected("fetch_members_failed"), 30), (Unreachable(), 30)]
)
async def test_look_ups_that_fail_leave_the_preview_as_it_stands_and_are_tried_again(
    fault: Exception, wait: int
) -> None:
    world = with_preview()
    world.chat.faults["people"] = [fault]
    async with world.running():
        await world.settled()
        assert world.states("preview") == ["sent"]
        assert world.chat.edits == []
        await world.settled(after=wait)
    assert world.rounds.round_.setup.looked_up is not None
    assert len(world.chat.edits) == 1
    assert world.chat.count("find") == 0


async def test_a_preview_stands_before_anybody_is_looked_up() -> None:
    world = with_preview()
    world.chat.gates["people"] = gate = asyncio.Event()
    async with world.running():
        try:
            await until(lambda: world.states("preview") == ["sent"])
            await until(lambda: world.chat.count("people") == 1)
            assert world.chat.edits == []
        finally:
            gate.set()
        await world.settled()
    assert world.rounds.round_.setup.looked_up is not None
    assert len(world.chat.edits) == 1


# what a message is made of --------------------------------------------------------------------------


async def test_a_page_reads_its_own_voices_and_no_others() -> None:
    world = World()
    world.rounds.voices_of = {0: "mine", 1: "yours", 2: "theirs"}
    parts = (Part(voice=2, box="personal"), Part(voice=0, box="personal"))
    page = Page(kind=MessageKind.CONTRASTS, title=Line(key="page.contrasts"), parts=parts)
    async with world.running():
        world.owe("page", kind=MessageKind.CONTRASTS, args=args_of(page))
        await world.settled()
    (seen,) = world.chat.seen
    assert seen.post is not None
    assert len(seen.post.content) == 2


async def test_a_shell_is_read_anew_when_the_round_has_changed() -> None:
    world = World()
    async with world.running():
        world.owe("before", kind=MessageKind.REMOVED)
        await world.settled()
        world.rounds.round_ = world.outbox.round_ = replace(world.outbox.round_, version=1)
        world.owe("after", "after that", kind=MessageKind.REMOVED)
        await world.settled()
    assert world.rounds.calls["shell"] == 2


async def test_a_thousand_questions_load_the_seats_once() -> None:
    world = World()
    async with world.running():
        for n in range(1_000):
            world.owe(f"question {n}", to=person(f"p{n}"), kind=MessageKind.QUESTION)
        await world.settled()
    assert world.chat.count("post") == 1_000
    assert world.rounds.calls["get"] <= 8  # as many as were under way before the first had read it
