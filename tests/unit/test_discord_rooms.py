"""Which kinds of channels a round can be in, and which of them is proposed to whoever begins one."""

from __future__ import annotations

import pytest

from adapters.discord.forms import ROOMS
from bot.acts import New
from bot.messages import line
from bot.text import Texts
from tests.discord.world import ANNOUNCEMENT, ANNOUNCEMENT_THREAD, FORUM, PUBLIC_THREAD, STAGE, TEXT, VOICE
from tests.unit.discord_serving import OnDiscord, on_discord


async def _new_in(there: OnDiscord, channel: str) -> str:
    await there.double.hands.slash(there.fay.id, "new", channel=channel)
    (act,) = there.serving.acts
    assert isinstance(act, New)
    return act.channel


@pytest.mark.parametrize("kind", [TEXT, ANNOUNCEMENT])
async def test_the_channel_in_which_a_round_is_begun_is_proposed(kind: int) -> None:
    async with on_discord() as there:
        place = there.double.world.add_channel("here", type=kind)
        await there.double.happening.added(place)
        assert await _new_in(there, place.id) == place.id


@pytest.mark.parametrize("kind", [VOICE, STAGE])
async def test_a_channel_that_can_hold_no_round_is_not_proposed(kind: int) -> None:
    async with on_discord() as there:
        place = there.double.world.add_channel("talk", type=kind)
        await there.double.happening.added(place)
        assert not await _new_in(there, place.id)


@pytest.mark.parametrize(
    ("parent", "thread", "is_proposed"),
    [(TEXT, PUBLIC_THREAD, True), (ANNOUNCEMENT, ANNOUNCEMENT_THREAD, True), (FORUM, PUBLIC_THREAD, False)],
)
async def test_in_a_thread_its_channel_is_proposed_but_of_a_post_in_a_forum_none(
    parent: int, thread: int, is_proposed: bool
) -> None:
    async with on_discord() as there:
        above = there.double.world.add_channel("above", type=parent)
        await there.double.happening.added(above)
        below = there.double.world.add_channel("below", type=thread, parent=above.id)
        assert await _new_in(there, below.id) == (above.id if is_proposed else "")


def test_only_kinds_of_channels_that_work_can_be_chosen_and_the_form_says_which() -> None:
    assert ROOMS == (TEXT, ANNOUNCEMENT)
    hint = Texts.load().on("discord").line(line("form.setup.channel.hint"))
    assert "text channel" in hint
    assert len(hint) <= 100
