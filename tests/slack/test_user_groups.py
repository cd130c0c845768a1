"""An organiser asks whole user groups: they are offered as one types, and their members are found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import listeners
from adapters.slack.users import FRESH
from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS, ORGANISER, Seen, Sheet, says
from tests.contract.team import SETUP, Team
from tests.slack.slack_chat import SlackChat, slack
from tests.slack.workspace import Json, UserGroup

FAY, FINN, FLO = FRONTLINE
MOST = 100
WHO = ("leaders", "frontline", "citizens")


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, "socket") as made:
        yield made


def group(chat: SlackChat, name: str, *members: str, **more: bool) -> UserGroup:
    return UserGroup(name=name, members=[chat.id(one) for one in members], **more)


async def at_who(chat: SlackChat) -> Sheet:
    """The page of the set-up that asks for people, before anybody is named."""
    assert isinstance(await chat.command(ORGANISER, "new"), Sheet)
    first = {name: value for name, value in SETUP.items() if name not in WHO}
    shown = await chat.fill(ORGANISER, first)
    assert isinstance(shown, Sheet), shown
    return shown


async def offered(chat: SlackChat, typed: str, name: str = "frontline_groups") -> list[str]:
    """What is offered to them, by name."""
    return [option["text"]["text"] for option in await _options(chat, typed, name)]


async def _options(chat: SlackChat, typed: str, name: str) -> Sequence[Json]:
    return await chat.double.hands.suggest(chat.id(ORGANISER), name, typed)


async def pick(chat: SlackChat, typed: str, name: str) -> str:
    """The one that is offered for these letters."""
    (option,) = await _options(chat, typed, name)
    return str(option["value"])


async def test_a_whole_group_is_picked_and_its_people_are_asked_once_each(chat: SlackChat) -> None:
    team = Team(chat)
    chat.double.workspace.groups = {
        "S01": group(chat, "Care workers", FAY, FINN),
        "S02": group(chat, "Carers' forum", *CITIZENS),
        "S03": group(chat, "Drivers", FLO),
    }
    sheet = await at_who(chat)
    assert {f"{name}_groups" for name in WHO} <= sheet.values.keys()
    assert await offered(chat, "CARE") == ["Care workers", "Carers' forum"]
    assert await offered(chat, "") == ["Care workers", "Carers' forum", "Drivers"]
    assert await offered(chat, "nobody") == []
    people = {
        "leaders": LEADERS,
        "frontline": [FAY],  # who is in the group as well
        "frontline_groups": [await pick(chat, typed, "frontline_groups") for typed in ("care w", "driv")],
        "citizens_groups": [await pick(chat, "forum", "citizens_groups")],
    }
    rest = {name: value for name, value in SETUP.items() if name not in WHO}
    assert isinstance(await chat.fill(ORGANISER, {**rest, **people}), Seen)
    await team.a_moment()
    await chat.press(ORGANISER, "open")
    await team.a_moment()
    for person in (*LEADERS, *FRONTLINE, *CITIZENS):
        assert len(team.all_seen(person, "question")) == 1, person


async def test_of_many_groups_a_hundred_are_offered_and_the_rest_by_typing(chat: SlackChat) -> None:
    chat.double.workspace.groups = {f"S{n:03d}": group(chat, f"Team {n:03d}", FAY) for n in range(250)}
    await at_who(chat)
    assert await offered(chat, "") == [f"Team {n:03d}" for n in range(MOST)]
    assert await offered(chat, "team 24") == [f"Team {n:03d}" for n in range(240, 250)]


async def test_a_group_whose_name_is_longer_than_an_option_is_offered_shortened(chat: SlackChat) -> None:
    chat.double.workspace.groups = {"S01": group(chat, "Care & <repairs> " * 9, FAY)}
    await at_who(chat)
    (name,) = await offered(chat, "repairs")
    assert name.startswith("Care & <repairs>")


async def test_who_of_a_group_cannot_be_asked_and_which_group_is_gone_is_told_first(
    chat: SlackChat,
) -> None:
    team = Team(chat)
    chat.double.workspace.groups = {
        "S01": group(chat, "Care workers", FAY, "Dee Gone", "Robo", "Stan Far"),
        "S02": group(chat, "Partners", "Stan Far", is_external=True),
        "S03": group(chat, "Night shift", FLO),
        "S04": group(chat, "Old ones", FINN, is_disabled=True),
    }
    await at_who(chat)
    assert await offered(chat, "") == ["Care workers", "Night shift", "Partners"]
    chosen = [await pick(chat, name, "frontline_groups") for name in ("care", "night", "partners")]
    chat.double.workspace.groups["S03"].is_disabled = True  # between picking and sending
    people = {"leaders": LEADERS, "citizens": CITIZENS, "frontline_groups": chosen}
    rest = {name: value for name, value in SETUP.items() if name not in WHO}
    assert isinstance(await chat.fill(ORGANISER, {**rest, **people}), Seen)
    await team.a_moment()
    preview = team.newest(ORGANISER, "preview")
    for name in ("Dee Gone", "Robo", "Stan Far"):
        assert name in preview.text
    for why in ("deactivated", "bot", "stranger", "unknown"):
        assert says(preview, f"refused.missing.{why}"), why
    assert "Night shift" in preview.text
    assert "Frontline: 1" in preview.text
    assert not [id for id in preview.controls if ":open:" in id]


@pytest.mark.parametrize("groups", [None, {}])
async def test_a_workspace_without_groups_shows_no_such_select(chat: SlackChat, groups: Any) -> None:
    chat.double.workspace.groups = groups
    sheet = await at_who(chat)
    assert set(WHO) <= sheet.values.keys()
    assert not [name for name in sheet.values if name.endswith("_groups")]


async def test_the_select_is_answered_in_time_also_while_slack_does_not_tell_the_groups(
    chat: SlackChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.double.workspace.groups = {"S01": group(chat, "Care workers", FAY)}
    await at_who(chat)
    monkeypatch.setattr(listeners, "WITHIN", 0.05)
    again, before = asyncio.Event(), chat.double.before_call

    async def held(method: str, args: Json) -> None:
        if method == "usergroups.list":
            await again.wait()
        assert before is not None
        await before(method, args)

    chat.double.before_call = held
    chat._show(chat.now.fromtimestamp(chat.now.timestamp() + FRESH + 1, chat.now.tzinfo))
    assert await offered(chat, "care") == ["Care workers"]  # as they were
    again.set()
