"""A backup from before the close is restored after the reveal: nothing is asked, published or notified again."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answers import Receipt
from bot.reveal.outgoing import take_down_owed
from bot.rounds import Phase, RoundCode
from tests.contract.chat import EVERYBODY, ORGANISER, Seen, says
from tests.contract.playground_chat import PlaygroundChat, playground
from tests.contract.team import Team
from tests.contract.test_whole_rounds import CAL, CARA, FAY, LEO
from tests.contract.test_whole_rounds_live import live
from tests.slack.slack_chat import SlackChat, slack

Chats = PlaygroundChat | SlackChat


@pytest.fixture(params=["playground", "slack-socket"])
async def chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chats]:
    made: AbstractAsyncContextManager[Chats] = (
        playground(tmp_path) if request.param == "playground" else slack(tmp_path, "socket")
    )
    async with made as chat:
        yield chat


@pytest.fixture
def team(chat: Chats) -> Team:
    return Team(chat)


def backup(chat: Chats) -> None:
    file = chat._settings.storage.file
    kept = file.with_suffix(".backup")
    kept.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(kept)) as there:
        here.backup(there)


async def restore(chat: Chats) -> None:
    """The operator stops the bot, puts the backup in place, and starts it."""
    await chat._stop_bot()
    file = chat._settings.storage.file
    for left in (Path(f"{file}-wal"), Path(f"{file}-shm")):
        left.unlink(missing_ok=True)
    shutil.copyfile(file.with_suffix(".backup"), file)
    await chat._start_bot()
    await chat.pass_time(timedelta(minutes=30))


async def phase(team: Team, chat: Chats) -> Phase:
    return (await chat._kept.rounds.get(RoundCode(team.code))).phase


def in_channel(team: Team) -> list[Seen]:
    return [seen for seen in team.channel() if seen.kind or seen.files]


async def take_down(team: Team, chat: Chats, receipt: str) -> None:
    await chat._kept.replies.take_down(RoundCode(team.code), Receipt(receipt), take_down_owed, chat.now)
    await chat.pass_time(timedelta(minutes=5))


async def test_nothing_is_published_or_notified_twice(team: Team, chat: Chats) -> None:
    await team.open()
    receipts = await team.everybody_answers()
    await chat.settle()
    backup(chat)
    await team.reveal()
    published = in_channel(team)
    inboxes = {person: len([s for s in chat.seen(person) if s.place == "inbox"]) for person in EVERYBODY}
    assert len(team.pages()) == len(EVERYBODY)
    await restore(chat)
    assert await phase(team, chat) is Phase.REVEALED
    assert in_channel(team) == published
    assert {person: len([s for s in chat.seen(person) if s.place == "inbox"]) for person in EVERYBODY} == inboxes
    # what stands was found: it can be taken down
    await take_down(team, chat, receipts[FAY])
    assert len([page for page in team.pages() if "Fay says" in page]) == 0
    assert len([page for page in team.pages() if "says" in page]) == len(EVERYBODY) - 1


async def test_a_backup_that_lacks_answers_mixes_no_words_up(team: Team, chat: Chats) -> None:
    """The pages that stand are not those that the backup would make: none is edited, and none posted."""
    await team.open()
    receipt = await team.answer(CAL)
    await team.answer(FAY)
    await chat.settle()
    backup(chat)
    await team.answer(CARA)
    await team.answer(LEO)
    await team.reveal()
    published = in_channel(team)
    assert len(team.pages()) == 4
    for _ in range(2):  # what the first restore found out must not mislead the second
        await restore(chat)
    assert await phase(team, chat) is Phase.REVEALED
    assert in_channel(team) == published
    await take_down(team, chat, receipt)
    assert team.pages() == [seen.text for seen in published if seen.kind == "page"]


async def test_a_closed_round_does_not_collect_again_and_goes_on_to_its_reveal(team: Team, chat: Chats) -> None:
    await team.open()
    await team.answer(CAL)
    await chat.settle()
    backup(chat)
    await chat.change_place(is_archived=True)  # the headline is refused: the round waits
    await team.press_and_agree(ORGANISER, "close")
    await chat.pass_time(timedelta(minutes=5))
    assert await phase(team, chat) is Phase.CLOSED
    await restore(chat)
    assert await phase(team, chat) is Phase.CLOSED
    await chat.change_place(is_archived=False)
    await chat.pass_time(timedelta(days=2))
    assert await phase(team, chat) is Phase.REVEALED
    assert len(team.pages()) == 1


async def test_after_a_restore_no_message_claims_to_hold_what_is_gone(team: Team, chat: Chats) -> None:
    await team.open()
    await chat.settle()
    backup(chat)
    await team.answer(CAL)
    await team.a_moment()
    assert says(live(team, CAL), "message.held.held")
    await chat.pass_time(timedelta(minutes=2))
    await restore(chat)
    assert not says(live(team, CAL), "message.held.held")
    assert await team.answer(CAL)
    assert len(team.all_seen(CAL, "question")) == 1
