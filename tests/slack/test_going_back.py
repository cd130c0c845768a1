"""[Back] on a page of an answer keeps what stands there, and shows the page before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.chat import FRONTLINE, ORGANISER, Sheet, says
from tests.contract.team import Team
from tests.slack.slack_chat import SlackChat, slack

FAY = FRONTLINE[0]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, "socket") as made:
        yield made


async def turn(chat: SlackChat, **words: str) -> Sheet:
    """Fills the page that is open, and sends it."""
    type_in(chat, **words)
    await chat.double.hands.submit(chat.id(FAY))
    await chat.bot.finish()
    shown = await chat.form(FAY)
    assert shown is not None
    return shown


def type_in(chat: SlackChat, **words: str) -> None:
    chat._fill_page(chat.id(FAY), words)


async def test_back_keeps_what_stands_on_the_page_and_shows_the_one_before(chat: SlackChat) -> None:
    team = Team(chat)
    await team.open()
    await chat.press(FAY, "answer")
    assert "others" in (await turn(chat, personal="first")).values
    type_in(chat, others="begun")
    sheet = await chat.press(FAY, f"coproduce:answer:{team.code}:back")
    assert isinstance(sheet, Sheet)
    assert sheet.values == {"personal": ("first",)}
    assert (await turn(chat, personal="first again")).values == {"others": ("begun",)}
    await chat.fill(FAY, {"barriers": "last"})
    whole = await chat.press(FAY, f"coproduce:answer:{team.code}")
    assert isinstance(whole, Sheet)
    assert whole.values == {"personal": ("first again",)}


async def test_back_in_an_old_message_opens_the_form_at_its_first_page(chat: SlackChat) -> None:
    team = Team(chat)
    await team.open()
    sheet = await chat.press(FAY, f"coproduce:answer:{team.code}:back")
    assert isinstance(sheet, Sheet)
    assert "personal" in sheet.values


async def test_back_after_the_round_was_called_off_says_so(chat: SlackChat) -> None:
    team = Team(chat)
    await team.open()
    await chat.press(FAY, "answer")
    await turn(chat, personal="first")
    await team.press_and_agree(ORGANISER, "cancel")
    assert says(await chat.press(FAY, f"coproduce:answer:{team.code}:back"), "error.closed")
