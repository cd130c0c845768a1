"""`coproduce run` from a config file, against the double: a whole round, and one with a bot that is killed in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.contract.chat import ORGANISER, Seen, Sheet, receipt_of, says
from tests.contract.team import SETUP, Team, words_of
from tests.slack.faults import How
from tests.slack.running import RunChat, words_in

LEA, FAY, CAL = PEOPLE = ("Lea Ross", "Fay Hall", "Cal Dunn")
CAST = dict.fromkeys((ORGANISER, *PEOPLE), "member")
GROUPS = {"leaders": [LEA], "frontline": [FAY], "citizens": [CAL]}


@asynccontextmanager
async def running(folder: Path, mode: str) -> AsyncIterator[tuple[RunChat, Team]]:
    chat = RunChat(folder, mode, CAST)
    await chat.start()
    try:
        yield chat, Team(chat)
    finally:
        await chat.stop()
    assert not chat.double.violations, "\n".join(chat.double.violations)


async def set_up(chat: RunChat, team: Team) -> None:
    assert isinstance(await chat.command(ORGANISER, "new"), Sheet)
    shown = await chat.fill(ORGANISER, {**SETUP, **GROUPS, "closes_at": "in 10 minutes"})
    assert isinstance(shown, Seen)
    await chat.until(lambda: any("open" in id for seen in team.all_seen(ORGANISER, "preview") for id in seen.controls))
    team.code = team.newest(ORGANISER, "preview").controls[0].split(":")[2]


async def asked_everybody(chat: RunChat, team: Team) -> None:
    await set_up(chat, team)
    await chat.press(ORGANISER, "open")
    await chat.until(lambda: asked(team))


async def close(chat: RunChat, team: Team) -> None:
    await chat.command(ORGANISER, f"close {team.code}")
    await chat.press(ORGANISER, "confirm")


def asked(team: Team) -> bool:
    return all(team.all_seen(person, "question") for person in PEOPLE)


def has_report(team: Team) -> bool:
    return any(seen.files for seen in team.channel())


@pytest.mark.process
@pytest.mark.slow
async def test_the_bot_is_run_as_an_operator_runs_it_and_plays_a_round(tmp_path: Path) -> None:
    async with running(tmp_path, "http") as (chat, team):
        await asked_everybody(chat, team)
        for person in PEOPLE:
            await team.answer(person)
        await close(chat, team)
        await chat.until(lambda: has_report(team))
        assert words_in("\n".join(team.pages())) == {f"{one.split()[0]} says: for me" for one in PEOPLE}
        await chat.process.stop()
        assert await chat.process.ended() == 0
        assert "says:" not in str(chat.process.log)


@pytest.mark.process
@pytest.mark.slow
async def test_a_bot_that_is_killed_and_run_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, "socket") as (chat, team):
        chat.double.hands.may_be_late = True
        await asked_everybody(chat, team)
        receipt = await _killed_while_it_took_words(chat, team)
        for person in (LEA, CAL):
            await team.answer(person)
        chat.kills("chat.postMessage", How.RESET_AFTER, "page", nth=2)
        await close(chat, team)
        await chat.after_the_kill()
        await chat.until(lambda: has_report(team) and all(team.all_seen(person, "opened") for person in PEOPLE))
        assert [len(team.all_seen(person, "question")) for person in PEOPLE] == [1] * len(PEOPLE)
        assert [len(team.all_seen(person, "opened")) for person in PEOPLE] == [1] * len(PEOPLE)
        kinds = [seen.kind for seen in team.channel()]
        assert kinds.count("announcement") == kinds.count("headline") == kinds.count("report") == 1
        assert kinds.count("page") == len(PEOPLE)
        assert says(await chat.command(FAY, f"check {team.code} {receipt}"), "said.check.published")


async def _killed_while_it_took_words(chat: RunChat, team: Team) -> str:
    """Whoever got no answer sends the form again."""
    await chat.press(FAY, "answer")
    chat._fill_page(chat.id(FAY), words_of(FAY))
    chat.double.sockets.sent = chat.process.kill
    assert (await chat.double.hands.submit(chat.id(FAY))).is_missing
    await chat.after_the_kill()
    return receipt_of(await chat.fill(FAY, words_of(FAY)))
