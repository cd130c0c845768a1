"""A file that is refused is left out, and said so; nothing waits for it."""

from __future__ import annotations

import pytest

from bot.errors import Rejected, Unreachable
from bot.messages import GaveUp, LeftOut, MessageKind, Op
from bot.people import Why
from tests.unit.couriers import CHANNEL, SAMS, World, person

REFUSED = [Rejected("file_uploads_disabled"), Unreachable(Why.REFUSED, "posting_to_channel_denied")]


@pytest.mark.parametrize("fault", REFUSED)
async def test_a_report_that_is_refused_is_given_up_and_both_channel_and_organiser_hear_why(
    fault: Rejected | Unreachable,
) -> None:
    world = World()
    world.chat.faults["attach"] = [fault]
    async with world.running():
        world.owe("report", kind=MessageKind.REPORT, op=Op.ATTACH)
        world.owe("invitation", kind=MessageKind.INVITATION)
        await world.settled()
    assert world.states("report", "invitation") == ["given_up", "sent"]
    assert world.outbox.of("report").result == GaveUp(why=None, reason=fault.reason)
    note = world.outbox.of("report:left_out").message
    assert (note.to, note.args) == (CHANNEL, {"formats": "", "reason": fault.reason})
    (told,) = world.chat.read_in(SAMS)
    assert world.outbox.of(told).message.args["reason"] == fault.reason


async def test_a_format_that_was_left_out_is_named_where_the_others_stand() -> None:
    world = World()
    world.chat.left_out = (LeftOut(name="coproduce-R-7F3K.html", reason="file_type_not_allowed"),)
    async with world.running():
        world.owe("report", kind=MessageKind.REPORT, op=Op.ATTACH)
        await world.settled()
    assert world.states("report", "report:left_out") == ["sent", "sent"]
    note = world.outbox.of("report:left_out").message
    assert note.args == {"formats": "html", "reason": "file_type_not_allowed"}
    assert world.chat.read_in(SAMS) == []


async def test_a_report_that_cannot_be_made_is_given_up_too() -> None:
    world = World()
    world.rounds.voices_of = {0: "x"}
    world.courier = world.new_courier(files=unmakeable)
    async with world.running():
        world.owe("report", kind=MessageKind.REPORT, op=Op.ATTACH)
        for _ in range(6):
            await world.settled(after=200)
    assert world.states("report", "report:left_out") == ["given_up", "sent"]


def unmakeable(*_: object) -> None:
    raise KeyError


async def test_a_refusal_of_a_private_export_is_told_there_and_not_again_to_the_organiser() -> None:
    world = World()
    world.chat.faults["attach"] = [Rejected("file_uploads_disabled")]
    async with world.running():
        world.owe("export", to=person("ana"), kind=MessageKind.REPORT, op=Op.ATTACH)
        await world.settled()
    assert world.states("export", "export:left_out") == ["given_up", "sent"]
    assert world.chat.read_in(SAMS) == []


async def test_an_edit_that_was_posted_anew_is_found_where_it_stands_now() -> None:
    world = World(edits_nothing=True)
    async with world.running():
        world.owe("headline", is_card=True)
        world.owe("done", after="headline", op=Op.AMEND)
        await world.settled()
        headline = world.outbox.of("headline").message.posted
        assert headline == world.outbox.of("done").message.posted
        assert headline is not None
        assert headline.id.endswith("'")
        world.outbox.touch("headline")
        await world.settled(after=10)
    assert [at.id.count("'") for at, _ in world.chat.edits] == [0, 1]
