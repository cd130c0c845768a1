"""A search that Discord answers with nothing, and no error, because the bot may not read the history."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.contract.chat import EVERYBODY, ORGANISER, PLACE, says
from tests.contract.team import Team
from tests.discord.discord_chat import discord
from tests.discord.faults import How
from tests.discord.permissions import READ_MESSAGE_HISTORY
from tests.discord.test_faults import strike, writers
from tests.discord.world import BOT


async def test_an_empty_history_is_no_proof_where_the_bot_may_not_read_it(tmp_path: Path) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        place = chat.world.channel_named(PLACE)
        await team.open()
        await team.everybody_answers()
        struck = strike(chat, "page", How.RESET_AFTER, 2)
        struck.struck = lambda: chat.world.deny(place, BOT, READ_MESSAGE_HISTORY)
        await team.chat.pass_time(timedelta(days=3, seconds=7))
        await chat.restart(away=timedelta(minutes=30))
        await chat.pass_time(timedelta(minutes=10))
        assert struck.is_spent
        assert len(writers(team)) == len(set(writers(team)))
        chat.world.allow_again(place, BOT, READ_MESSAGE_HISTORY)
        for id in [id for seen in chat.seen(ORGANISER) for id in seen.controls if ":retry:" in id][-1:]:
            await chat.press(ORGANISER, id)
        await chat.pass_time(timedelta(days=1))
        assert sorted(writers(team)) == sorted(EVERYBODY)


async def test_where_a_post_cannot_be_looked_for_the_organiser_is_told_once_what_to_do_and_it_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        place = chat.world.channel_named(PLACE)
        await team.open()
        await team.everybody_answers()
        struck = strike(chat, "page", How.RESET_AFTER, 2)
        struck.struck = lambda: chat.world.deny(place, BOT, READ_MESSAGE_HISTORY)
        await team.reveal()
        await chat.pass_time(timedelta(hours=1))
        told = [seen for seen in team.all_seen(ORGANISER, "stuck") if says(seen, "message.stuck.unseen.told")]
        assert len(told) == 1
        assert says(told[0], "message.stuck.unseen.what_to_do")
        chat.world.allow_again(place, BOT, READ_MESSAGE_HISTORY)
        await chat.pass_time(timedelta(minutes=10))
        assert sorted(writers(team)) == sorted(EVERYBODY)
        assert len(team.all_seen(ORGANISER, "stuck")) == 1
