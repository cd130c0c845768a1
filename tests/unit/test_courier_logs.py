"""The log names messages by their number and kind, and no person: a reminder's would tell who has not answered."""

from __future__ import annotations

import logging

import pytest

from bot.errors import Later, Rejected, Revoked, Unknown, Unreachable
from bot.messages import Control, MessageKind
from bot.people import Why, Workspace
from tests.unit.couriers import SAMS, World, person

FAULTS = [
    Later(5),
    Rejected("invalid_blocks"),
    Unknown(),
    Unreachable(Why.DEACTIVATED),
    Revoked(Workspace(platform="chat", id="W")),
    RuntimeError("to ana"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("verb", ["post", "show", "find"])
async def test_no_line_of_the_log_names_an_account(
    fault: Exception, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    world.controls = (Control(verb="answer"),)
    world.chat.faults[verb] = [fault, fault]
    if verb == "find":
        world.chat.faults["post"] = [Unknown()]
    async with world.running():
        world.owe("R-7F3K:reminder:slack:T/ana:7", to=person("ana"), kind=MessageKind.REMINDER, is_card=True)
        world.owe("R-7F3K:status:slack:T/ana:7", to=SAMS)
        await world.settled()
        world.outbox.touch("R-7F3K:reminder:slack:T/ana:7")
        for _ in range(3):
            await world.settled(after=60)
    told = [record for record in caplog.records if record.name.startswith("bot")]
    assert told
    assert not [record for record in told if "ana" in str(vars(record))]
    assert all(vars(record)["message_id"] and vars(record)["kind"] for record in told if record.msg != "revoked")
