"""Whoever has sealed is moved by their own press, and hears when their group becomes smaller. On every platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.chat import ORGANISER, Seen, Sheet, says
from tests.contract.team import Team
from tests.contract.test_whole_rounds import CAL, CARA, CLEO, FAY, chat, team
from tests.contract.test_whole_rounds_live import edits, live, verbs

__all__ = ["chat", "team"]

A_WHILE = timedelta(minutes=7)


async def moved(team: Team, person: str, group: str) -> str:
    shown = await team.chat.command(ORGANISER, f"add {team.code} {group} @{person}")
    assert isinstance(shown, Seen)
    assert says(shown, "said.added.moved")
    await edits(team)
    return shown.text


async def under(team: Team, words: str) -> str:
    """The first line above these words."""
    (page,) = [page for page in team.pages() if words in page]
    return page.split("\n", 1)[0]


@pytest.mark.parametrize(("press", "group"), [("yes", "Leader"), ("stay", "Citizen"), ("", "Citizen")])
async def test_a_sealed_answer_moves_with_its_writers_press_and_no_other(team: Team, press: str, group: str) -> None:
    await team.open()
    await team.everybody_answers()
    await moved(team, CAL, "leaders")
    asked = live(team, CAL)
    assert says(asked, "message.move.asks")
    assert verbs(asked)[:2] == ["moved", "moved"]
    if press:
        answered = await team.chat.press(CAL, f"coproduce:moved:{team.code}:{press}")
        assert says(answered, f"said.moved.{press}")
        await edits(team)
        assert says(live(team, CAL), "message.held.held")
        assert "moved" not in verbs(live(team, CAL))
    await team.reveal()
    assert (await under(team, "Cal says: for me")).startswith(group)


async def test_who_has_written_nothing_is_asked_anew_at_once_and_the_organiser_reads_the_same(team: Team) -> None:
    await team.open()
    await team.answer(CARA)
    told = [await moved(team, person, "frontline") for person in (CARA, CLEO)]
    assert told[0] == told[1]
    assert live(team, CLEO).kind == "question"
    assert says(live(team, CLEO), "message.question.moved")
    assert verbs(live(team, CARA))[:2] == ["moved", "moved"]


async def test_the_organiser_moves_by_the_button_of_not_right(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    assert says(await team.chat.press(FAY, f"coproduce:wrong:{team.code}"), "confirm.wrong")
    await team.a_moment()
    assert not team.all_seen(ORGANISER, "wrong_group")
    assert says(await team.chat.press(FAY, f"coproduce:confirm:{team.code}:wrong"), "said.wrong")
    await team.a_moment()
    asks = team.newest(ORGANISER, "wrong_group")
    to_citizens = next(id for id in asks.controls if ":move:" in id)
    assert says(await team.chat.press(ORGANISER, to_citizens), "said.added.moved")
    await edits(team)
    assert says(live(team, FAY), "message.move.asks")


async def test_words_of_a_form_that_was_open_before_the_move_are_looked_at_once_more(team: Team) -> None:
    await team.open()
    assert isinstance(await team.chat.press(CAL, f"coproduce:answer:{team.code}"), Sheet)
    await team.chat.command(ORGANISER, f"add {team.code} leaders @{CAL}")
    shown = await team.chat.fill(CAL, {"personal": "Cal says: as a citizen"})
    if (
        team.chat.pages == 1
    ):  # else the pages that follow the move name the new group, and what was written stands there
        assert says(shown, "refused.moved_since")
        await team.answer(CAL)
    assert says(await team.chat.press(CAL, f"coproduce:withdraw:{team.code}"), "confirm.withdraw.sealed")


async def test_whoever_is_left_in_a_group_is_told_once_and_takes_back_from_there(team: Team) -> None:
    await team.open()
    await team.answer(CAL)
    for person in (CARA, CLEO):
        await team.chat.command(ORGANISER, f"remove {team.code} @{person}")
    await team.chat.pass_time(A_WHILE)
    assert len(team.all_seen(CAL, "smaller_group")) == 1
    told = live(team, CAL)
    assert says(told, "message.smaller_group.told")
    assert "the only one in your group" in told.text
    await team.press_and_agree(CAL, "withdraw")
    await team.reveal()
    assert not team.pages()


async def test_a_round_is_not_closed_before_they_had_time_for_it(team: Team) -> None:
    await team.open()
    await team.answer(CAL)
    for person in (CARA, CLEO):
        await team.chat.command(ORGANISER, f"remove {team.code} @{person}")
    await team.chat.command(ORGANISER, f"close {team.code}")
    assert says(await team.chat.press(ORGANISER, "confirm", "close"), "refused.close_smaller")
