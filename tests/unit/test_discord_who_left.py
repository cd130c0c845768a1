"""Buttons in a direct message outlive a membership: whoever has left the server runs no round of it any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.messages import Control, control, line
from bot.text import Texts
from tests.unit.discord_serving import CODE, SAID, OnDiscord, on_discord

LEFT = Texts.load().on("discord").line(line("refused.left_server"))


async def _pressed_in_private(there: OnDiscord, button: Control, *, is_member: bool) -> str:
    """The answer to a button in a direct message that came while they were a member."""
    there.serving.known = (there.account(),)
    there.serving.gives = lambda act: replace(SAID, controls=(button,))
    await there.double.hands.type(there.fay.id, "hello")
    await there.double.world.wait_until(lambda: len(there.double.world.messages) == 2)
    await there.finish()
    there.serving.acts.clear()
    there.fay.is_member = is_member
    await there.double.hands.press(there.fay.id, button.id, there.double.world.messages[-1])
    await there.finish()
    return there.last()


@pytest.mark.parametrize("verb", ["cancel", "close", "remind", "export", "status", "open", "retry"])
async def test_an_organiser_who_has_left_the_server_runs_its_rounds_no_more(verb: str) -> None:
    async with on_discord() as there:
        assert await _pressed_in_private(there, control(verb, CODE), is_member=False) == LEFT
        assert not there.serving.acts


@pytest.mark.parametrize(("verb", "is_member"), [("cancel", True), ("answer", False), ("withdraw", False)])
async def test_members_run_them_and_everybody_keeps_what_is_theirs(verb: str, is_member: bool) -> None:
    async with on_discord() as there:
        assert await _pressed_in_private(there, control(verb, CODE), is_member=is_member) != LEFT
        assert there.serving.acts
