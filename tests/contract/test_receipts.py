"""A receipt stands in a form and nowhere else: it needs no message, and no message keeps it. On every platform."""

from __future__ import annotations

import pytest

from tests.contract.chat import EVERYBODY, FRONTLINE, ORGANISER, Fault, Sheet, receipt_of, says
from tests.contract.team import Team, words_of
from tests.contract.test_whole_rounds import chat, team

__all__ = ["chat", "team"]

FAY, FINN, FLO = FRONTLINE


def _spelled(receipt: str) -> tuple[str, str]:
    return receipt, receipt.replace("-", "")


def _holds(team: Team, receipt: str) -> bool:
    """Does it stand in any message, or in what a button of one carries?"""
    seen = [one for person in (ORGANISER, *EVERYBODY) for one in team.chat.seen(person)]
    everything = "\n".join(text for one in seen for text in (one.text, *one.controls))
    return any(each in everything for each in _spelled(receipt))


async def test_the_form_itself_answers_with_the_receipt_and_no_message_holds_it(team: Team) -> None:
    await team.open()
    shown = await team.write(FAY)
    assert says(shown, "said.held")
    receipt = receipt_of(shown)
    await team.everybody_answers(FAY)
    assert not _holds(team, receipt)
    await team.reveal()
    assert not _holds(team, receipt)


async def test_a_chat_that_takes_no_message_at_that_moment_costs_nobody_their_receipt(team: Team) -> None:
    await team.open()
    await team.chat.fault(Fault.LATER, person=FAY)
    receipt = await team.answer(FAY)
    assert says(await team.chat.command(FAY, f"check {team.code} {receipt}"), "said.check.held")


async def test_the_receipt_is_shown_again_for_as_long_as_the_answer_is_sealed(team: Team) -> None:
    await team.open()
    receipt = await team.answer(FAY)
    form = await team.chat.press(FAY, f"coproduce:answer:{team.code}")
    assert isinstance(form, Sheet)
    assert receipt in form.notes
    again = await team.chat.press(FAY, f"coproduce:receipt:{team.code}")
    assert receipt_of(again) == receipt
    await team.reveal()
    assert says(await team.chat.press(FAY, f"coproduce:receipt:{team.code}"), "refused.no_receipt")


async def test_changed_answers_have_a_new_receipt_and_show_no_old_one(team: Team) -> None:
    await team.open()
    old = await team.answer(FAY, "before")
    new = await team.answer(FAY, "after")
    again = await team.chat.press(FAY, f"coproduce:receipt:{team.code}")
    assert receipt_of(again) == new != old


async def test_a_last_page_that_comes_again_is_answered_with_the_same_receipt(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    await team.chat.twice(FAY)
    receipt = receipt_of(await team.chat.fill(FAY, words_of(FAY)))
    assert receipt_of(await team.chat.press(FAY, f"coproduce:receipt:{team.code}")) == receipt


async def test_who_has_sealed_nothing_has_no_receipt(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "answer")
    await team.chat.begin(FAY, {"personal": "Fay says: begun"})
    assert says(await team.chat.press(FAY, f"coproduce:receipt:{team.code}"), "refused.no_receipt")


@pytest.mark.parametrize("signs", ["group", "name"])
async def test_a_late_answer_has_its_receipt_in_the_form_too(team: Team, signs: str) -> None:
    await team.open()
    await team.everybody_answers(FAY)
    await team.reveal()
    assert isinstance(await team.chat.press(FAY, "late"), Sheet)
    shown = await team.chat.fill(FAY, {**words_of(FAY), "sign": signs, "seen": "none"})
    assert says(shown, "said.late_held")
    receipt = receipt_of(shown)
    await team.a_moment()
    assert not _holds(team, receipt)
