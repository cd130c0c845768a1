"""What is over says so: the preview of a round that is open, and a form of one that takes no more answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Answer, Cancel, Refused
from bot.messages import MessageKind, line
from bot.rounds import Phase
from bot.text import Texts
from tests.unit.messages import a_round, read
from tests.unit.test_compose import looked_up
from tests.world import World


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.DRAFT])
def test_a_preview_offers_nothing_once_the_round_is_set_up_no_more(phase: Phase) -> None:
    told = read(MessageKind.PREVIEW, replace(looked_up(), phase=phase))
    assert "is set up no more" in told.text
    assert "will be asked" not in told.text
    assert not told.buttons


def test_in_the_rehearsal_each_group_and_each_question_stands_out() -> None:
    headings = [one.heading for one in read(MessageKind.REHEARSAL, a_round()).paragraphs]
    assert "As citizen" in headings
    assert "What would this change for you?" in headings


def test_where_the_preview_comes_is_said_where_it_comes_in_another_conversation() -> None:
    assert "message" in Texts.load().on("discord").line(line("said.preview"))


async def test_whoever_asks_for_the_form_of_a_round_that_is_over_does_not_hear_that_theirs_is_out(
    world: World,
) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(timedelta(days=20))
    shown = await world.do(Answer, "cal", code=code)
    assert isinstance(shown, Refused)
    assert shown.because.key == "refused.closed.answer"
    assert [one.verb for one in shown.controls] == ["read"]


async def test_a_round_that_was_called_off_leads_to_no_answers(world: World) -> None:
    code = await world.open()
    await world.press(Cancel, "olga", code=code, confirmed=True)
    shown = await world.do(Answer, "fay", code=code)
    assert isinstance(shown, Refused)
    assert shown.because.key == "refused.closed.answer"
    assert not shown.controls
