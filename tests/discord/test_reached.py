"""How people are reached: a conversation of their own, or the announcement's button. Each kind of channel."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, PLACE, says
from tests.contract.team import SETUP, Team
from tests.discord import permissions
from tests.discord.discord_chat import POST, DiscordChat, discord
from tests.discord.world import ANNOUNCEMENT, BOT, FORUM

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS


def questions(team: Team) -> list[str]:
    return [person for person in EVERYBODY if team.all_seen(person, "question")]


def new_conversations(chat: DiscordChat) -> int:
    """With people: the organiser has pressed, and the bot's first word is its answer."""
    return len([call for call in chat.double.calls_of("POST /users/@me/channels") if call.answer == "200"])


async def test_who_takes_no_private_messages_is_reached_by_the_announcement_which_names_nobody(tmp_path: Path) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        chat.world.people[chat.id(FAY)].takes_messages = False
        await team.open()
        await chat.pass_time(timedelta(minutes=2))
        assert FAY not in questions(team)
        assert "Fay" not in "\n".join(seen.text for seen in team.channel())
        status = team.newest(ORGANISER, "status")
        assert says(status, "status.in_channel")
        assert "3 asked, 3 reached" in status.text
        await team.answer(FAY)  # her newest button is the announcement's
        await team.reveal()
        assert "Fay says" in "\n".join(team.pages())


async def test_an_organiser_who_takes_no_messages_hears_so_at_the_opening_with_the_remedy(tmp_path: Path) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        organiser = chat.world.people[chat.id(ORGANISER)]
        organiser.takes_messages = False
        await chat.command(ORGANISER, "new")
        team.code = chat.world.forms[organiser.id].body["custom_id"].split(":")[2]
        await chat.fill(ORGANISER, {**SETUP, "closes_at": "2026-12-04 09:01"})
        await team.a_moment()
        assert says(await chat.press(ORGANISER, f"coproduce:open:{team.code}"), "refused.organiser_dm_closed")
        organiser.takes_messages = True
        await chat.press(ORGANISER, f"coproduce:open:{team.code}")
        await team.a_moment()
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        assert questions(team) == list(EVERYBODY)


async def test_few_new_conversations_are_begun_and_the_others_are_asked_at_once_by_the_announcement(
    tmp_path: Path,
) -> None:
    async with discord(tmp_path, knows_everybody=False) as chat:
        team = Team(chat)
        await team.open()
        assert 1 <= new_conversations(chat) <= 6
        asked = questions(team)
        for person in EVERYBODY:
            assert f"coproduce:answer:{team.code}" in team.newest(person, "announcement").controls
        other = next(person for person in EVERYBODY if person not in asked)
        await team.answer(other)
        await team.everybody_answers(other)
        await team.reveal()
        assert len(team.pages()) == len(EVERYBODY)


async def test_where_discord_opens_no_more_conversations_the_round_goes_on_in_the_channel(tmp_path: Path) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        await team.set_up()
        chat.world.new_conversations = 2
        await chat.press(ORGANISER, "open")
        await chat.pass_time(timedelta(minutes=2))
        assert len(questions(team)) == 2
        refused = [call for call in chat.double.calls if call.answer == "403 40003"]
        assert len(refused) < 10  # it is not tried again and again
        assert "8 people" in team.newest(CAL, "announcement").text
        await team.everybody_answers()
        await team.reveal()
        assert len(team.pages()) == len(EVERYBODY)


async def test_nobody_is_written_to_where_the_operator_wants_it_so(tmp_path: Path) -> None:
    async with discord(tmp_path, invite="channel") as chat:
        team = Team(chat)
        await team.open()
        await team.everybody_answers()
        await chat.command(ORGANISER, f"remind {team.code}")
        await team.reveal()
        assert len(team.pages()) == len(EVERYBODY)
        inboxes = {chat.world.conversation(chat.id(person)).id for person in EVERYBODY}
        assert not [call for call in chat.double.calls_of(POST) if call.args["channel"] in inboxes]


@pytest.mark.parametrize("kind", [ANNOUNCEMENT, FORUM])
async def test_a_round_is_told_and_opened_in_each_kind_of_channel_or_refused_at_the_set_up(
    tmp_path: Path, kind: int
) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        chat.world.channel_named(PLACE).type = kind
        await chat.double.happening.changed(chat.world.channel_named(PLACE))
        chat.world.current = chat.world.add_channel("lobby").id
        await team.set_up()
        shown = await chat.press(ORGANISER, f"coproduce:open:{team.code}")
        await chat.settle()
        if not team.all_seen(CAL, "announcement"):
            assert says(shown, "refused.channel"), shown
            return
        await team.everybody_answers()
        await team.reveal()
        await team.a_moment()
        assert len(team.pages()) == len(EVERYBODY)


@pytest.mark.parametrize(
    "right",
    [permissions.CREATE_PUBLIC_THREADS, permissions.SEND_MESSAGES_IN_THREADS, permissions.ATTACH_FILES],
)
async def test_a_channel_without_a_right_that_the_reveal_needs_is_refused_before_anybody_is_asked(
    tmp_path: Path, right: int
) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        chat.world.deny(chat.world.channel_named(PLACE), BOT, right)
        await team.set_up()
        assert says(team.newest(ORGANISER, "preview"), "refused.channel")
        await chat.press(ORGANISER, f"coproduce:open:{team.code}")
        await chat.settle()
        assert not questions(team)
        assert not team.all_seen(CAL, "announcement")
