"""What people do is answered, and counts once, although Discord loses the answer or the connection dies unnoticed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.discord import connection
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, ORGANISER, receipt_of, says
from tests.contract.team import Team, words_of
from tests.discord.bot import DiscordBot
from tests.discord.discord_chat import discord
from tests.discord.faults import Fault, How

FAY, FINN, _ = FRONTLINE
CAL = CITIZENS[0]
CALLBACK = "POST /interactions/{}/{}/callback"
LOST = [How.SERVER_ERROR, How.UNAVAILABLE, How.UNAVAILABLE_AFTER, How.RESET_BEFORE, How.RESET_AFTER, How.RATE_LIMITED]


def writers(team: Team) -> list[str]:
    return [one for page in team.pages() for one in EVERYBODY if f"{one.split()[0]} says: for me" in page]


@pytest.mark.parametrize("how", LOST)
async def test_an_answer_that_is_lost_is_given_again_and_the_act_counts_once(tmp_path: Path, how: How) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        await team.open()
        struck = chat.double.faults.add(Fault(request=CALLBACK, how=how, retry_after=0.01))
        await chat.press(FAY, "answer")
        assert struck.is_spent
        struck = chat.double.faults.add(Fault(request=CALLBACK, how=how, retry_after=0.01))
        receipt = receipt_of(await chat.fill(FAY, words_of(FAY)))
        assert struck.is_spent
        struck = chat.double.faults.add(Fault(request=CALLBACK, how=how, retry_after=0.01))
        assert says(await chat.press(FINN, "decline"), "said.declined")
        assert struck.is_spent
        await team.reveal()
        assert writers(team) == [FAY]
        assert says(await chat.command(FAY, f"check {team.code} {receipt}"), "said.check.published")


async def test_a_connection_that_nobody_hears_is_noticed_and_what_came_meanwhile_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSES", (0.05, 0.1))
    async with discord(tmp_path) as chat:
        team, gateway = Team(chat), chat.double.gateway
        await team.open()
        assert isinstance(chat.bot, DiscordBot)
        chat.bot.server._connection.client._connection.heartbeat_timeout = 0.4
        gateway.heartbeat_every = 100
        await gateway.reconnect()  # into a connection with these seconds
        await gateway.until_resumed(1)
        gateway.hears_heartbeats = False
        await gateway.until_resumed(2)
        gateway.hears_heartbeats = True
        assert gateway.identified == 1
        await team.answer(FAY)
        await team.reveal()
        assert writers(team) == [FAY]


async def test_while_the_gateway_is_away_the_reveal_goes_on_and_the_bot_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PAUSES", (0.05, 0.1))
    monkeypatch.setattr("discord.client.ExponentialBackoff.delay", lambda backoff: 0.05)
    async with discord(tmp_path) as chat:
        team, gateway = Team(chat), chat.double.gateway
        await team.open()
        await team.everybody_answers(*EVERYBODY[3:])
        gateway.refuses_connections = True
        await gateway.cut()
        assert isinstance(chat.bot, DiscordBot)
        await chat.bot.until_listening(False)
        await team.reveal()
        assert not team.pages(), "nobody could answer while the bot was deaf: the deadline waits"
        gateway.refuses_connections = False
        await chat.bot.until_listening(True)
        await chat.pass_time(timedelta(days=2))
        assert sorted(writers(team)) == sorted(EVERYBODY[:3])


@pytest.mark.parametrize("how", [How.RATE_LIMITED, How.UNAVAILABLE, How.BANNED])
async def test_where_people_cannot_be_looked_up_the_round_opens_with_those_who_were_known_and_asks_each_once(
    tmp_path: Path, how: How
) -> None:
    async with discord(tmp_path) as chat:
        team = Team(chat)
        await team.set_up()
        await chat.pass_time(timedelta(minutes=20))  # who people are is known no more
        struck = chat.double.faults.add(Fault(request="GET /guilds/{}", how=how, times=100, retry_after=30))
        shown = await chat.press(ORGANISER, f"coproduce:open:{team.code}")
        assert struck.seen
        assert says(shown, "said.opening"), shown
        chat.double.faults.clear()
        await chat.pass_time(timedelta(minutes=5))
        assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
        assert len(team.all_seen(CAL, "announcement")) == 1
