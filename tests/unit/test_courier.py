"""What is owed is delivered: once each, in order, and a refusal is never silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from datetime import datetime, timedelta

import pytest

from bot.errors import Later, Rejected, Revoked, Unknown, Unreachable
from bot.messages import Control, GaveUp, Line, Message, MessageKind, Op, Page, Part, Refusal, args_of
from bot.people import Why, Workspace
from tests.unit.couriers import CHANNEL, SAMS, T0, World, person, until

OTHER = person("ana", workspace="V")


async def test_messages_to_one_conversation_arrive_in_order() -> None:
    world = World()
    async with world.running():
        world.owe("one", "two", "three")
        await world.settled()
    assert world.chat.read_in(CHANNEL) == ["one", "two", "three"]
    assert world.states("one", "two", "three") == ["sent"] * 3


async def test_a_slow_conversation_holds_up_no_other() -> None:
    world = World()
    world.chat.gates[person("slow").lane] = gate = asyncio.Event()
    async with world.running():
        world.owe("waits", "waits behind", to=person("slow"))
        world.owe("goes", "goes too", to=person("quick"))
        await until(lambda: world.states("goes", "goes too") == ["sent", "sent"])
        assert world.states("waits", "waits behind") == ["sending", "owed"]
        gate.set()
        await world.settled()
    assert world.states("waits", "waits behind") == ["sent", "sent"]


async def test_a_slow_workspace_leaves_room_for_others_on_the_platform() -> None:
    world = World()
    slow = [person(f"p{n}") for n in range(30)]
    gate = asyncio.Event()
    world.chat.gates |= {to.lane: gate for to in slow}
    async with world.running():
        for to in slow:
            world.owe(f"to {to.user}", to=to)
        world.owe("elsewhere", to=OTHER)
        await until(lambda: world.states("elsewhere") == ["sent"])
        assert world.chat.most_at_once <= 9
        gate.set()
        await world.settled()
    assert world.chat.count("post") == 31


async def test_what_is_no_longer_wanted_is_dropped_and_the_next_goes_out() -> None:
    world = World()
    world.outbox.unwanted.add("pointless")
    async with world.running():
        world.owe("pointless", "wanted")
        await world.settled()
    assert world.chat.read_in(CHANNEL) == ["wanted"]


async def test_what_is_owed_for_later_goes_out_when_its_time_has_come() -> None:
    world = World()
    async with world.running():
        in_an_hour = world.clock.now().replace(hour=10)
        world.owe("invitation", not_before=in_an_hour)
        world.owe("passes it")
        assert await world.settled() == in_an_hour
        assert world.chat.read_in(CHANNEL) == ["passes it"]
        await world.settled(after=3600)
    assert world.chat.read_in(CHANNEL) == ["passes it", "invitation"]


async def test_a_message_in_a_thread_is_posted_where_the_first_one_stands() -> None:
    world = World()
    async with world.running():
        world.owe("headline")
        world.owe("page", after="headline", in_thread=True)
        await world.settled()
    headline = world.outbox.of("headline").message.posted
    assert [seen.thread for seen in world.chat.seen] == [None, headline]


async def test_an_edit_changes_the_post_it_is_about_and_may_remove_it() -> None:
    world = World()
    async with world.running():
        world.owe("report")
        world.owe("gone", after="report", op=Op.AMEND, args={"remove": True})
        world.owe("anew", after="report", op=Op.AMEND)
        await world.settled()
    report = world.outbox.of("report").message.posted
    assert [(at, post is None) for at, post in world.chat.edits] == [(report, True), (report, False)]
    assert world.outbox.of("anew").message.posted == report


async def test_what_is_owed_to_a_platform_that_is_not_configured_stays_owed(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with world.running():
        for n in range(150):  # more than one batch: they must not hide what can be delivered
            world.owe(f"elsewhere {n}", to=person(f"p{n}", platform="pigeon"))
        world.owe("here")
        await world.settled()
        await world.settled(after=60)
    assert world.states("here", "elsewhere 0") == ["sent", "owed"]
    assert [record.getMessage() for record in caplog.records].count("platform_not_configured") == 1


# later ----------------------------------------------------------------------------------------------


async def test_a_conversation_that_asks_to_wait_waits_and_the_others_go_on() -> None:
    world = World()
    world.chat.faults["post"] = [Later(20, scope=person("ana").lane)]
    async with world.running():
        world.owe("first", "second", to=person("ana"))
        await world.settled()
        world.owe("to ben", to=person("ben"))
        await world.settled()
        assert world.states("first", "second", "to ben") == ["owed", "owed", "sent"]
        await world.settled(after=19)
        assert world.states("first") == ["owed"]
        await world.settled(after=1)
    assert world.chat.read_in(person("ana")) == ["first", "second"]


async def test_a_workspace_that_asks_to_wait_waits_whole_and_others_go_on() -> None:
    world = World()
    world.chat.faults["post"] = [Later(20)]
    async with world.running():
        world.owe("first", to=person("ana"))
        await world.settled()
        world.owe("second", to=person("ben"))
        world.owe("elsewhere", to=OTHER)
        await world.settled()
        assert world.states("first", "second", "elsewhere") == ["owed", "owed", "sent"]
        await world.settled(after=20)
    assert world.states("first", "second") == ["sent", "sent"]


async def test_a_jump_of_the_clock_is_enough_to_deliver_what_it_makes_due() -> None:
    world = World()
    async with world.running():
        world.owe("later", not_before=T0 + timedelta(hours=1))
        await world.settled()
        world.clock.move(3600)
        await until(lambda: world.states("later") == ["sent"])


# never ----------------------------------------------------------------------------------------------


async def test_somebody_who_cannot_be_reached_is_given_up_for_the_stated_reason() -> None:
    world = World()
    world.chat.faults_in[person("gone").lane] = Unreachable(Why.DEACTIVATED)
    async with world.running():
        world.owe("question", to=person("gone"), kind=MessageKind.QUESTION)
        world.owe("other question", to=person("ana"), kind=MessageKind.QUESTION)
        await world.settled()
    assert world.outbox.of("question").result == GaveUp(why=Why.DEACTIVATED, reason="deactivated")
    assert world.states("question", "other question") == ["given_up", "sent"]


async def test_a_channel_that_is_closed_to_us_is_stuck_and_no_page_is_skipped() -> None:
    world = World()
    world.chat.faults_in[CHANNEL.lane] = Unreachable(Why.REFUSED)
    async with world.running():
        world.owe("page 1", "page 2", kind=MessageKind.PAGE)
        await world.settled()
    assert world.states("page 1", "page 2") == ["stuck", "owed"]


@pytest.mark.parametrize("fault", [Rejected("not_in_channel"), Unreachable(Why.REFUSED)])
async def test_an_announcement_that_is_refused_is_tried_in_no_other_form(fault: Exception) -> None:
    world = World()
    world.chat.faults["post"] = [fault]
    async with world.running():
        world.owe("announcement", kind=MessageKind.ANNOUNCEMENT)
        await world.settled()
    assert isinstance(world.outbox.of("announcement").result, Refusal)
    assert world.chat.count("post") == 1
    assert world.rounds.calls["change"] == 0  # finishing it tells the organiser


# refused --------------------------------------------------------------------------------------------


async def test_a_refused_page_is_posted_as_plain_text() -> None:
    world = World()
    world.chat.refuses = lambda post: not post.is_plain
    async with world.running():
        world.owe("page")
        await world.settled()
    assert [seen.post and seen.post.is_plain for seen in world.chat.seen] == [True]


async def test_a_page_refused_as_plain_text_too_comes_as_a_file() -> None:
    world = World()
    world.chat.refuses = lambda post: True
    async with world.running():
        world.owe("page", "next")
        await world.settled()
    assert [file.content for seen in world.chat.seen for file in seen.files] == [b"plain", b"plain"]
    assert world.states("page", "next") == ["sent", "sent"]


async def test_a_message_with_buttons_never_becomes_a_file() -> None:
    world = World()
    world.chat.refuses = lambda post: True
    world.controls = (Control(verb="answer"),)
    async with world.running():
        world.owe("question", to=person("ana"), kind=MessageKind.QUESTION)
        await world.settled()
    assert world.states("question") == ["stuck"]
    assert world.chat.count("attach") == 0


async def test_a_page_refused_in_every_form_stops_its_lane_and_the_organiser_hears_of_it() -> None:
    world = World()
    world.chat.refuses = lambda post: post.kind is MessageKind.PAGE
    world.chat.faults["attach"] = [Rejected("file_too_large")]
    async with world.running():
        world.owe("page", "next", kind=MessageKind.PAGE)
        world.owe("to ana", to=person("ana"))
        await world.settled()
    assert world.states("page", "next", "to ana") == ["stuck", "owed", "sent"]
    (told,) = world.chat.read_in(SAMS)
    assert told.startswith("R-7F3K:stuck:")
    assert world.outbox.of(told).message.args["reason"] == "file_too_large"


async def test_an_organiser_whose_own_conversation_is_stuck_is_not_told_in_it() -> None:
    world = World()
    world.chat.refuses = lambda post: True
    world.controls = (Control(verb="open"),)
    async with world.running():
        world.owe("status", to=SAMS, kind=MessageKind.STATUS)
        await world.settled()
    assert [kept.message.key for kept in world.outbox.kept.values()] == ["status"]


# thrown out -----------------------------------------------------------------------------------------


async def test_a_workspace_that_threw_us_out_disturbs_no_other_and_is_tried_rarely() -> None:
    world = World()
    world.chat.faults_in["W"] = Revoked(Workspace(platform="chat", id="W"))
    async with world.running():
        for n in range(20):
            world.owe(f"to {n}", to=person(f"p{n}"))
        world.owe("elsewhere", to=OTHER)
        await world.settled()
        tried = world.chat.count("post")
        assert world.states("elsewhere", "to 0") == ["sent", "owed"]
        await world.settled(after=9 * 60)
        assert world.chat.count("post") == tried
        await world.settled(after=2 * 60)
        assert world.chat.count("post") == tried + 1  # one careful try, not twenty
        del world.chat.faults_in["W"]
        world.courier.welcome(Workspace(platform="chat", id="W"))
        await world.settled()
        assert world.states(*(f"to {n}" for n in range(20))) == ["sent"] * 20  # at once, also what was tried meanwhile
    (told,) = world.chat.read_in(SAMS)
    paused = world.outbox.of(told).message
    assert (paused.kind, paused.args) == (MessageKind.PAUSED, {"since": T0, "until": T0 + timedelta(minutes=11)})


async def test_a_careful_try_that_gets_through_wakes_all_that_waits_there() -> None:
    world = World()
    world.chat.faults_in["W"] = Revoked(Workspace(platform="chat", id="W"))
    async with world.running():
        for n in range(20):
            world.owe(f"to {n}", to=person(f"p{n}"))
        await world.settled()
        del world.chat.faults_in["W"]
        await world.settled(after=10 * 60)
    assert world.states(*(f"to {n}" for n in range(20))) == ["sent"] * 20
    assert len(world.chat.read_in(SAMS)) == 1


async def test_a_pause_in_which_nothing_was_owed_is_told_to_nobody() -> None:
    world = World()
    async with world.running():
        world.owe("one")
        await world.settled()
        world.courier.welcome(Workspace(platform="chat", id="W"))
        await world.settled()
    assert world.chat.read_in(SAMS) == []


async def test_a_card_that_had_to_wait_for_its_workspace_is_edited_at_once_when_it_returns() -> None:
    world = World()
    async with world.running():
        world.owe("card", to=SAMS, kind=MessageKind.STATUS, is_card=True)
        await world.settled()
        world.chat.faults["show"] = [Revoked(Workspace(platform="chat", id="W"))]
        world.outbox.touch("card")
        await world.settled(after=5)
        assert world.chat.edits == []
        world.courier.welcome(Workspace(platform="chat", id="W"))
        await world.settled()
    assert len(world.chat.edits) == 1


async def test_a_search_that_a_pause_put_off_goes_on_at_once_when_it_is_over() -> None:
    world = World()
    async with world.running():
        world.chat.faults["post"] = [Unknown()]
        world.chat.faults["find"] = [Revoked(Workspace(platform="chat", id="W"))]
        world.owe("lost")
        await world.settled()
        await world.settled(after=30)
        assert world.states("lost") == ["sending"]
        world.courier.welcome(Workspace(platform="chat", id="W"))
        await world.settled()
    assert world.states("lost") == ["sent"]


# files ----------------------------------------------------------------------------------------------


async def test_a_report_is_attached_step_by_step_and_goes_on_where_it_stopped() -> None:
    world = World(uploads=3)
    world.chat.faults["attach"] = [None, Later(5)]
    async with world.running():
        world.owe("report", kind=MessageKind.REPORT, op=Op.ATTACH)
        await world.settled()
        await world.settled(after=5)
    steps = [what for verb, what in world.chat.calls if verb == "attach"]
    assert steps == ["step 1", "step 2", "step 2", "step 3"]
    assert [file.name for file in world.chat.seen[0].files] == ["r.md"]


# surprises ------------------------------------------------------------------------------------------


async def test_a_message_that_cannot_be_made_is_tried_again_and_then_stuck(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.unmakeable.add("broken")
    async with world.running():
        world.owe("broken", "behind it")
        world.owe("to ana", to=person("ana"))
        for _ in range(6):
            await world.settled(after=200)
    assert world.states("broken", "behind it", "to ana") == ["stuck", "owed", "sent"]
    assert world.chat.read_in(SAMS) != []
    assert "secret" not in "".join(str(record.__dict__) for record in caplog.records)


@pytest.mark.parametrize("method", ["ready", "claim", "finish", "orphans", "cards", "next_ready"])
async def test_a_store_that_fails_once_loses_nothing_and_sends_nothing_twice(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.courier.dispatcher.AFTER_A_FAILURE", 0.01)
    world = World()
    world.outbox.failures[method] = 1
    async with world.running():
        world.owe("one", "two")
        for _ in range(4):
            await world.settled(after=40)
    assert world.chat.read_in(CHANNEL) == ["one", "two"]
    assert world.states("one", "two") == ["sent", "sent"]


# stopping -------------------------------------------------------------------------------------------


async def test_stopping_finishes_what_is_under_way_and_starts_nothing_more() -> None:
    world = World()
    world.chat.gates[CHANNEL.lane] = gate = asyncio.Event()
    async with world.running():
        world.owe("under way", "not yet")
        await until(lambda: bool(world.chat.calls))
        stopping = asyncio.create_task(world.courier.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        gate.set()
        await stopping
    assert world.states("under way", "not yet") == ["sent", "owed"]


async def test_what_was_being_looked_up_when_it_was_stopped_stays_owed() -> None:
    world = World()
    ready = world.outbox.ready

    async def slow(now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        heads = await ready(now, busy, limit)
        if heads:
            stopping.append(asyncio.create_task(world.courier.stop()))
            await asyncio.sleep(0)
        return heads

    stopping: list[asyncio.Task[None]] = []
    world.outbox.ready = slow  # type: ignore[method-assign]
    async with world.running():
        world.owe("one")
        await until(lambda: bool(stopping))
        await stopping[0]
    assert world.states("one") == ["owed"]


async def test_nobody_waits_for_a_courier_that_has_stopped() -> None:
    world = World()
    async with world.running():
        await world.settled()
    world.owe("too late")
    await world.settled()


# cost -----------------------------------------------------------------------------------------------


async def test_a_page_costs_two_commits_and_two_small_reads() -> None:
    world = World()
    pages = 60
    async with world.running():
        world.rounds.voices_of = {n: f"voice {n}" for n in range(pages)}
        for n in range(pages):
            part = Part(voice=n, box="personal", end=7)
            page = Page(kind=MessageKind.PAGE, title=Line(key="page.voice"), parts=(part,))
            world.owe(f"page {n}", kind=MessageKind.PAGE, args=args_of(page))
        await world.settled()
    assert world.chat.read_in(CHANNEL) == [f"voice {n}" for n in range(pages)]
    assert world.outbox.calls["claim"] == world.outbox.calls["finish"] == pages
    assert world.outbox.calls["ready"] <= pages + 5
    assert world.rounds.calls["voices"] == pages
    assert world.rounds.calls["shell"] == 1
    assert world.outbox.calls["cards"] + world.outbox.calls["next_ready"] <= 10
