"""Looking people up in a workspace that limits calls, shares channels, and loses people while a round runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack import connection
from adapters.slack.checks import rows
from adapters.slack.groups import MISSED_AFTER
from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import SlackWorkspace
from bot.errors import OrgWideToken
from bot.rounds import ChangeKind, RoundCode
from bot.text import Texts
from coproduce.clock import SystemClock
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, ORGANISER, PLACE, Seen, Sheet, says
from tests.contract.team import SETUP, Team
from tests.slack.bot import SlackBot
from tests.slack.double import APP_TOKEN, BOT_TOKEN, slack_double
from tests.slack.faults import Fault, How
from tests.slack.slack_chat import SlackChat, slack
from tests.slack.workspace import UserGroup

FAY, FINN, FLO = FRONTLINE
CAL = CITIZENS[0]
MINUTE = timedelta(minutes=1)
CROWD = [f"Person {n}" for n in range(40)]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, "socket") as made:
        yield made


@pytest.fixture
def team(chat: SlackChat) -> Team:
    return Team(chat)


def limit(chat: SlackChat, method: str, nth: int = 1) -> Fault:
    return chat.double.faults.add(Fault(method=method, how=How.RATE_LIMITED, retry_after=30, nth=nth))


def newcomers(chat: SlackChat) -> None:
    for n, name in enumerate(CROWD):
        chat.double.workspace.add_person(f"U9{n:02d}", name)


@pytest.mark.parametrize("method", ["users.info", "users.list"])
async def test_a_limit_in_the_middle_of_a_preview_delays_it_and_it_goes_on_from_there(
    team: Team, chat: SlackChat, method: str
) -> None:
    newcomers(chat)
    asked = [*CITIZENS, *(CROWD if method == "users.list" else [])]
    struck = limit(chat, method, nth=2 if method == "users.info" else 1)
    if method == "users.info":  # whom no page shows is asked for one by one
        chat.double.faults.add(Fault(method="users.list", how=How.ERROR, error="missing_scope", times=9))
    await team.set_up(citizens=asked)
    await chat.pass_time(MINUTE)
    assert struck.is_spent
    preview = team.newest(ORGANISER, "preview")
    assert says(preview, "message.preview.people")
    assert any(":open:" in f"{id}:" for id in preview.controls)
    calls = [call.args["user"] for call in chat.double.calls_of("users.info") if call.answer == "ok"]
    assert len(calls) == len(set(calls)), "somebody was asked for twice"


async def test_a_member_is_no_guest_while_look_ups_are_limited(team: Team, chat: SlackChat) -> None:
    limit(chat, "users.info")
    shown = await chat.command(ORGANISER, "new Repairs online")
    assert not says(shown, "refused.guest")
    assert says(shown, "refused.unknown_actor")
    assert isinstance(shown, Seen)
    await chat.pass_time(MINUTE)
    (again,) = (id for id in shown.controls if ":new:" in id)
    form = await chat.press(ORGANISER, again)
    assert isinstance(form, Sheet)
    assert form.values["service"] == ("Repairs online",)


async def test_people_of_a_company_that_is_on_a_grid_itself_are_told_as_outsiders(team: Team, chat: SlackChat) -> None:
    chat.double.workspace.enterprise = "E0OURS"
    place = chat.double.workspace.channel_named(PLACE)
    place.is_ext_shared = True
    far = chat.double.workspace.add_person("U900", "Gus Grid", is_stranger=True, enterprise="E0THEIRS")
    near = chat.double.workspace.add_person("U901", "Una Ours", is_stranger=True, enterprise="E0OURS")
    place.members += [far.id, near.id]
    await chat.restart()  # the bot asks who it is at its start
    await team.set_up()
    assert "1 of them is from another organisation." in team.newest(ORGANISER, "preview").text


async def test_somebody_deactivated_while_the_round_runs_is_named_and_counts_as_not_reached(
    team: Team, chat: SlackChat
) -> None:
    await team.open()
    chat.double.workspace.person_named(FAY).is_deleted = True
    await chat.command(ORGANISER, f"remind {team.code}")
    await team.a_moment()
    assert FAY in team.newest(ORGANISER, "status").text
    assert all(team.all_seen(one, "reminder") for one in EVERYBODY if one != FAY)


async def test_a_user_group_that_grew_after_the_preview_is_asked_as_it_is(team: Team, chat: SlackChat) -> None:
    care = UserGroup(name="Care workers", members=[chat.id(FAY)])
    chat.double.workspace.groups = {"S01": care}
    written = {name: value for name, value in SETUP.items() if name != "frontline"}
    assert isinstance(await chat.command(ORGANISER, "new"), Sheet)
    assert isinstance(await chat.fill(ORGANISER, {**written, "frontline_groups": ["S01"]}), Seen)
    await team.a_moment()
    assert "Frontline: 1" in team.newest(ORGANISER, "preview").text
    care.members += [chat.id(FLO)]
    await chat.press(ORGANISER, "open")
    await team.a_moment()
    assert team.all_seen(FLO, "question")
    assert not team.all_seen(FINN, "question")


async def test_a_user_group_made_a_moment_ago_is_offered(chat: SlackChat) -> None:
    chat.double.workspace.groups = {"S01": UserGroup(name="Care workers", members=[chat.id(FAY)])}
    assert isinstance(await chat.command(ORGANISER, "new"), Sheet)
    written = {name: value for name, value in SETUP.items() if name not in ("leaders", "frontline", "citizens")}
    await chat.fill(ORGANISER, written)
    who = chat.id(ORGANISER)
    assert not await chat.double.hands.suggest(who, "frontline_groups", "night")
    chat.double.workspace.groups["S02"] = UserGroup(name="Night shift", members=[chat.id(FLO)])
    chat._show(chat.now + timedelta(seconds=MISSED_AFTER))
    (option,) = await chat.double.hands.suggest(who, "frontline_groups", "night")
    assert option["value"] == "S02"


# away -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What watches over the socket has no time to lose."""
    monkeypatch.setattr(connection, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(connection, "MAY_BE_AWAY", 0.1)
    monkeypatch.setattr(connection, "CONNECT_WITHIN", 1.0)
    monkeypatch.setattr(connection, "PAUSES", (0.05,))


@pytest.mark.usefixtures("quick")
async def test_a_socket_that_was_down_before_the_deadline_moves_it(team: Team, chat: SlackChat) -> None:
    await team.open()
    bot = chat.bot
    assert isinstance(bot, SlackBot)
    rounds = chat._kept.rounds
    code = RoundCode(team.code)
    closes_at = (await rounds.get(code)).closes_at
    assert closes_at
    await chat.pass_until(closes_at - 5 * MINUTE)
    refused = chat.double.faults.add(Fault(method="handshake", how=How.SERVER_ERROR, times=1_000))
    before = chat.double.sockets.accepted
    await chat.double.sockets.cut()
    await bot.until_listening(False)
    await bot.engine.heed()
    await chat.pass_until(closes_at + MINUTE)
    assert (await rounds.get(code)).phase == "collecting"  # held: nobody could answer
    assert refused.seen
    chat.double.faults.clear()
    await chat.double.sockets.accepted_at_least(before + 1)
    await bot.until_listening(True)
    await bot.engine.heed()
    round_ = await rounds.get(code)
    assert [change.kind for change in round_.changes] == [ChangeKind.DOWNTIME]
    assert round_.closes_at == chat.now + 15 * MINUTE
    await team.answer(FAY)
    await team.a_moment()
    assert team.all_seen(CAL, "deadline_moved")


# a token for a whole organisation -------------------------------------------------------------------------------


async def test_a_token_for_a_whole_organisation_is_refused_with_a_sentence() -> None:
    async with slack_double() as double:
        double.workspace.is_org_wide = True
        settings = SlackSettings.model_validate(
            {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": double.api_url}
        )
        ((is_right, told),) = [row async for row in rows(settings, "")]
        assert not is_right
        assert "whole organisation" in Texts.load().line(told)
        with pytest.raises(OrgWideToken):
            await SlackWorkspace(settings, Texts.load(), SystemClock()).enter()


# a channel that is renamed --------------------------------------------------------------------------------------


async def test_a_channel_is_named_so_that_a_rename_shows(team: Team, chat: SlackChat) -> None:
    await team.open()
    workspace = chat.double.workspace
    question = [one for one in workspace.messages if one.channel == workspace.im(chat.id(CAL)).id][-1]
    assert "'channel_id': 'C0PLACE'" in str(question.blocks)
    assert f"#{PLACE}" in question.text  # for ears and notifications, as it was called
