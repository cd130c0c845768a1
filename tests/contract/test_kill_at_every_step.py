"""The bot is killed, without a goodbye, before and after every call that crosses a port; then the round goes on.

One run for each moment: three people are asked, answer, and are revealed. After it everybody was asked once, each page
stands once, and every answer that got the word "held" is there, whole.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS, ORGANISER, Seen, says
from tests.contract.killable_chat import killable
from tests.contract.team import Team, words_of

THREE = (CITIZENS[0], FRONTLINE[0], LEADERS[0])
PARTS = 8
AT_ONCE = 3

EVERY = "COPRODUCE_TEST_KILL_AT_READS"
"""Set it to kill at calls that only look, too: three times as many moments, which leave nothing new behind."""

pytestmark = [pytest.mark.slow, pytest.mark.process]


async def _round(folder: Path, die_at: int | None) -> int:
    """One round of three with one death in it; how many moments it had."""
    await asyncio.to_thread(folder.mkdir)
    async with killable(folder, die_at, with_reads=EVERY in os.environ) as chat:
        team = Team(chat)
        citizen, frontline, leader = THREE
        await team.open(citizens=[citizen], frontline=[frontline], leaders=[leader], closes_at="in 3 hours")
        await chat.pass_time(timedelta(minutes=2))  # what was lost on its way is looked for
        held = {person: await team.write(person) for person in THREE}
        await chat.pass_time(timedelta(hours=4))  # a bot that was away before the deadline moves it, twice at most
        _everybody_was_asked_once(team)
        _every_held_answer_stands_once(team, held)
        assert chat.deaths or die_at is None or die_at > chat.crossings, "it was not killed"
        return chat.crossings


def _everybody_was_asked_once(team: Team) -> None:
    kinds = ("question", "opened")
    for person in THREE:
        shown = Counter(seen.kind for seen in team.chat.seen(person) if seen.kind in kinds)
        assert shown == dict.fromkeys(kinds, 1), person


def _every_held_answer_stands_once(team: Team, held: dict[str, Seen]) -> None:
    channel = Counter(seen.kind for seen in team.channel())
    once = ("announcement", "headline_done", "report", "invitation")
    assert {kind: channel[kind] for kind in once} == dict.fromkeys(once, 1), channel
    pages = team.pages()
    assert len(pages) == len(THREE), pages
    for person, shown in held.items():
        assert says(shown, "said.held")
        page = next(page for page in pages if words_of(person)["personal"] in page)
        for words in words_of(person).values():
            assert all(line in page for line in words.split("\n"))
    assert not [seen for seen in team.chat.seen(ORGANISER) if seen.kind in ("stuck", "not_opened")]


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_bot_killed_at_any_step_asks_once_posts_once_and_loses_nothing(part: int, tmp_path: Path) -> None:
    moments = await _round(tmp_path / "whole", None)
    todo = iter(range(part + 1, moments + 1, PARTS))
    failed: dict[int, str] = {}

    async def work() -> None:
        for moment in todo:
            try:
                await _round(tmp_path / str(moment), moment)
            except (AssertionError, LookupError, TimeoutError) as error:
                failed[moment] = f"{type(error).__name__}: {error}"

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert not failed
    assert moments > len(THREE)
