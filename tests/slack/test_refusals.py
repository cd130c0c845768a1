"""What Slack may refuse besides a post: files, edits, joining. The round goes on, and its organiser hears why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import EVERYBODY, ORGANISER, PLACE, says
from tests.contract.team import Team
from tests.slack.slack_chat import SlackChat, slack

JOIN_REFUSALS = [
    # https://docs.slack.dev/reference/methods/conversations.join
    "channel_not_found",
    "is_archived",
    "method_not_supported_for_channel_type",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "restricted_action",
    "team_access_not_granted",
    "too_many_members",
    "unknown_method",
    "an_error_that_nobody_knows",
]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, "socket") as made:
        yield made


@pytest.fixture
def team(chat: SlackChat) -> Team:
    return Team(chat)


async def revealed(team: Team) -> None:
    await team.everybody_answers(*EVERYBODY[1:])
    await team.reveal()
    await team.chat.pass_time(timedelta(days=3))


def formats(team: Team) -> list[str]:
    return [name.rsplit(".", 1)[1] for seen in team.channel() for name in seen.files]


def invited(team: Team) -> bool:
    return any(seen.kind == "invitation" for seen in team.channel())


# files ----------------------------------------------------------------------------------------------------------


async def test_a_format_that_is_refused_is_left_out_and_a_line_says_so(team: Team, chat: SlackChat) -> None:
    chat.double.workspace.files_refused[".html"] = "file_type_not_allowed"
    await team.open()
    await revealed(team)
    assert formats(team) == ["md"]
    assert [seen.text for seen in team.channel() if "file_type_not_allowed" in seen.text] != []
    assert invited(team)


@pytest.mark.parametrize("where", ["upload", "sharing"])
async def test_where_no_file_may_be_posted_everything_else_comes_and_the_organiser_hears_why(
    team: Team, chat: SlackChat, where: str
) -> None:
    workspace = chat.double.workspace
    if where == "upload":
        workspace.uploads_refused = "file_uploads_disabled"
    else:
        workspace.files_refused[""] = "file_uploads_disabled"
    await team.open()
    await revealed(team)
    assert formats(team) == []
    assert [seen for seen in team.channel() if says(seen, "refusal.files_off")]
    assert invited(team)
    assert says(team.newest(ORGANISER, "stuck"), "refusal.files_off")


# joining --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", JOIN_REFUSALS)
async def test_a_refusal_to_join_is_not_the_post(team: Team, chat: SlackChat, error: str) -> None:
    place = chat.double.workspace.channel_named(PLACE)
    place.has_bot, place.join_refuses = False, error
    await team.open()
    assert team.all_seen(EVERYBODY[0], "question")
    assert any(seen.kind == "announcement" for seen in team.channel())


# edits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["edit_window_closed", "cant_update_message"])
async def test_a_card_that_may_not_be_edited_is_posted_anew_and_stands_once(
    team: Team, chat: SlackChat, error: str
) -> None:
    await team.open()
    chat.double.workspace.edits_refused = error
    await team.answer(EVERYBODY[0])
    await chat.pass_time(timedelta(minutes=1))
    (first,) = team.all_seen(ORGANISER, "status")
    await team.answer(EVERYBODY[1])
    await chat.pass_time(timedelta(minutes=1))
    (second,) = team.all_seen(ORGANISER, "status")
    assert first.text != second.text


async def test_a_headline_that_may_not_be_completed_is_followed_up_in_its_thread(team: Team, chat: SlackChat) -> None:
    await team.open()
    chat.double.workspace.edits_refused = "edit_window_closed"
    await revealed(team)
    assert formats(team) == ["html", "md"]
    assert invited(team)
    assert len([seen for seen in team.channel() if seen.kind == "headline"]) == 1


# a post ---------------------------------------------------------------------------------------------------------


async def test_the_word_of_slack_for_a_refusal_that_nobody_knows_reaches_the_organiser(
    team: Team, chat: SlackChat
) -> None:
    await team.open()
    await team.everybody_answers(*EVERYBODY[1:])
    place = chat.double.workspace.channel_named(PLACE)
    place.refuses = "an_error_that_nobody_knows"
    await team.reveal()
    shown = team.newest(ORGANISER, "held_back")
    assert "an_error_that_nobody_knows" in shown.text
    assert f"#{PLACE}" in shown.text
    place.refuses = ""
    assert says(await chat.press(ORGANISER, "retry"), "said.retry")
    await chat.pass_time(timedelta(days=3))
    assert invited(team)
