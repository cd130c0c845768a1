"""No single press destroys sealed words, on any platform."""

from __future__ import annotations

import pytest

from tests.contract.chat import EVERYBODY, FRONTLINE, Sheet, says
from tests.contract.team import Team, words_of
from tests.contract.test_whole_rounds import chat, team

__all__ = ["chat", "team"]

FAY, FINN, FLO = FRONTLINE


@pytest.mark.parametrize("verb", ["decline", "withdraw"])
async def test_one_press_leaves_what_was_sealed(team: Team, verb: str) -> None:
    await team.open()
    await team.everybody_answers()
    asked = await team.chat.press(FAY, f"coproduce:{verb}:{team.code}")
    assert says(asked, f"confirm.{verb}.sealed")
    await team.reveal()
    assert len(team.pages()) == len(EVERYBODY)


@pytest.mark.parametrize("verb", ["decline", "withdraw"])
async def test_an_old_yes_leaves_what_was_sealed_since(team: Team, verb: str) -> None:
    await team.open()
    await team.everybody_answers()
    asked = await team.chat.press(FAY, f"coproduce:{verb}:{team.code}")
    await team.answer(FAY, "Fay again")
    assert says(await team.agree(FAY, asked), "refused.changed_since")
    form = await team.chat.press(FAY, f"coproduce:answer:{team.code}")
    assert isinstance(form, Sheet)
    assert form.values["personal"] == (words_of(FAY, "Fay again")["personal"],)


async def test_a_yes_that_reaches_the_bot_twice_destroys_once(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    asked = await team.chat.press(FAY, f"coproduce:withdraw:{team.code}")
    await team.chat.twice(FAY)
    assert says(await team.agree(FAY, asked), "said.destroyed")
    await team.answer(FAY, "Fay again")
    await team.reveal()
    assert "Fay again says" in "\n".join(team.pages())
