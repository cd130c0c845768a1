"""`coproduce run` from a config file, against the double: a bot that is killed in a round; two chats at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.contract.chat import ORGANISER, Seen, Sheet, receipt_of, says
from tests.contract.team import SETUP, Team, words_of
from tests.discord.discord_chat import POST
from tests.discord.faults import How
from tests.discord.running import RunChat, SlackBeside
from tests.slack.running import words_in

LEA, FAY, CAL = PEOPLE = ("Lea Ross", "Fay Hall", "Cal Dunn")
CAST = dict.fromkeys((ORGANISER, *PEOPLE), "member")
GROUPS = {"leaders": [LEA], "frontline": [FAY], "citizens": [CAL]}

Running = RunChat | SlackBeside


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[RunChat, Team]]:
    chat = RunChat(folder, CAST)
    await chat.start()
    try:
        yield chat, Team(chat)
    finally:
        await chat.stop()
    assert not chat.double.violations, "\n".join(chat.double.violations)


async def asked_everybody(chat: Running, team: Team) -> None:
    assert isinstance(await chat.command(ORGANISER, "new"), Sheet)
    shown = await chat.fill(ORGANISER, {**SETUP, **GROUPS, "closes_at": "in 10 minutes"})
    assert isinstance(shown, Seen)
    await chat.until(lambda: any("open" in id for seen in team.all_seen(ORGANISER, "preview") for id in seen.controls))
    team.code = team.newest(ORGANISER, "preview").controls[0].split(":")[2]
    await chat.press(ORGANISER, "open")
    await chat.until(lambda: all(team.all_seen(person, "question") for person in PEOPLE))


async def close(chat: Running, team: Team) -> None:
    await chat.command(ORGANISER, f"close {team.code}")
    await chat.press(ORGANISER, "confirm")


def has_report(team: Team) -> bool:
    return any(seen.files for seen in team.channel())


@pytest.mark.process
@pytest.mark.slow
async def test_a_bot_that_is_killed_and_run_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as (chat, team):
        chat.double.hands.may_be_late = True
        await asked_everybody(chat, team)
        receipts = {person: await team.answer(person) for person in PEOPLE}
        chat.kills(POST, How.RESET_AFTER, "page", nth=2)
        await close(chat, team)
        await chat.after_the_kill()
        await chat.until(lambda: has_report(team) and all(team.all_seen(person, "opened") for person in PEOPLE))
        assert [len(team.all_seen(person, "question")) for person in PEOPLE] == [1] * len(PEOPLE)
        assert [len(team.all_seen(person, "opened")) for person in PEOPLE] == [1] * len(PEOPLE)
        kinds = [seen.kind for seen in team.channel()]
        assert kinds.count("announcement") == kinds.count("headline") == 1
        assert words_in("\n".join(team.pages())) == {f"{one.split()[0]} says: for me" for one in PEOPLE}
        assert kinds.count("page") == len(PEOPLE)
        assert says(await chat.command(FAY, f"check {team.code} {receipts[FAY]}"), "said.check.published")
        await chat.process.stop()
        assert await chat.process.ended() == 0
        assert "says:" not in str(chat.process.log)


@pytest.mark.process
@pytest.mark.slow
async def test_one_process_serves_both_chats_and_a_token_revoked_on_one_leaves_the_other_alone(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (chat, team):
        beside = await chat.with_slack()
        other = Team(beside)
        await asked_everybody(chat, team)
        await asked_everybody(beside, other)
        assert team.code != other.code
        await chat.double.revoke()
        chat.double.hands.may_be_late = True
        for person in PEOPLE:
            await beside.press(person, "answer")
            receipt_of(await beside.fill(person, words_of(person)))
        await close(beside, other)
        await beside.until(lambda: has_report(other))
        assert words_in("\n".join(other.pages())) == {f"{one.split()[0]} says: for me" for one in PEOPLE}
        assert not team.pages()
        await beside.double.stop()
    assert not beside.double.violations
