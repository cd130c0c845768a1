"""A page of an answer says what it is about and leads back; what was begun stands in the person's message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.slack import modals
from adapters.slack.reading import verb_of
from bot import forms
from bot.acts import Decline, ShowForm, Write
from bot.answers import Answers
from bot.messages import MessageKind, Post
from bot.rounds import RoundCode
from tests.builders import collecting, seat
from tests.saying import TEXTS
from tests.unit.slack_rules import as_they_stand, is_a_view
from tests.unit.test_slack_modals import answer
from tests.world import World


async def card(world: World, user: str) -> str:
    await world.pass_time(timedelta(minutes=1))  # edits of one message keep a pause
    found = world.inbox(user)[-1].load
    assert isinstance(found, Post)
    return TEXTS.post(found).text


async def keep(world: World, code: RoundCode, **words: str) -> None:
    for box, text in words.items():
        page = Answers(**{box: text})  # type: ignore[arg-type]
        await world.press(Write, "fay", code=code, answers=page, boxes=frozenset({box}), seal=False)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("step", range(4))
def test_each_page_names_the_service_and_all_but_the_first_lead_back(step: int, late: bool) -> None:
    view = modals.form(answer(late=late), TEXTS, step=step)
    is_a_view(view)
    assert "Repairs online" in as_they_stand(view["blocks"])
    buttons = [one for block in view["blocks"] if block["type"] == "actions" for one in block["elements"]]
    assert [one["text"]["text"] for one in buttons] == (["Back"] if step else [])


def test_no_other_form_leads_back() -> None:
    view = modals.form(ShowForm(form=forms.extend_form(collecting(seat("fay")))), TEXTS)
    assert not [block for block in view["blocks"] if block["type"] == "actions"]


@pytest.mark.parametrize(
    ("control", "verb"),
    [
        ("coproduce:answer:R-7F3K:back", "answer"),
        ("coproduce:confirm::new:C1", "new"),
        ("coproduce:confirm:R-7F3K:close", "confirm"),
        ("coproduce:home:", "home"),
        ("other", ""),
    ],
)
def test_a_yes_that_opens_a_form_is_waited_for_as_for_a_form(control: str, verb: str) -> None:
    assert verb_of(control) == verb


async def test_the_message_says_how_many_boxes_are_kept_until_they_are_sent(world: World) -> None:
    code = await world.open()
    assert "kept" not in await card(world, "fay")
    await keep(world, code, personal="one", barriers="two\nthree")
    assert "2 of 4 kept, and not sent yet." in await card(world, "fay")
    assert "kept, and" not in await card(world, "finn")
    await keep(world, code, personal="")
    assert "1 of 4 kept" in await card(world, "fay")
    await world.write("fay", code, "all")
    assert "1 of 4" not in await card(world, "fay")
    assert world.inbox("fay", MessageKind.QUESTION) or world.inbox("fay", MessageKind.HELD)


async def test_what_was_emptied_or_destroyed_is_not_said_to_be_kept(world: World) -> None:
    code = await world.open()
    await keep(world, code, personal="one")
    await keep(world, code, personal="")
    assert "of 4 kept" not in await card(world, "fay")
    await keep(world, code, personal="two")
    await world.agree("fay", await world.press(Decline, "fay", code=code))
    assert "of 4 kept" not in await card(world, "fay")


async def test_no_message_holds_a_word_of_what_is_kept(world: World) -> None:
    code = await world.open()
    await keep(world, code, personal="quince")
    assert "quince" not in str([one.load for one in world.inbox("fay")])
