"""The engine knows no pages of a set-up: fields in, errors by field out; which form holds what is the platform's."""

from __future__ import annotations

from datetime import timedelta

from bot.acts import New, OpenSetup, Preview, Refused, Said, SaveSetup, ShowForm, Write
from bot.answers import Answers, Seen
from bot.messages import Line
from bot.rounds import RoundCode
from tests.world import SETUP, World

BOXES = ("personal", "others", "intentions", "barriers")


async def begun(world: World) -> RoundCode:
    shown = await world.press(New, "olga")
    assert isinstance(shown, ShowForm)
    return shown.form.code


def typed(*names: str, **changes: str) -> dict[str, tuple[str, ...]]:
    fields = {**{name: SETUP[name] for name in names}, **changes}
    return {
        name: tuple(value.split()) if name in ("leaders", "frontline", "citizens") else (value,)
        for name, value in fields.items()
    }


async def test_a_form_of_any_boxes_is_kept_and_the_whole_set_up_comes_back_with_the_label_it_was_sent_with(
    world: World,
) -> None:
    code = await begun(world)
    fields = typed("proposal", "channel", "citizens")
    shown = await world.do(SaveSetup, "olga", code=code, page="4-of-9", fields=fields)
    assert isinstance(shown, ShowForm)
    assert shown.form.page == "4-of-9"
    boxes = {box.name: box for box in shown.form.fields}
    assert {"service", "proposal", "leaders", "citizens", "channel", "closes_at", "contact"} <= boxes.keys()
    assert {name: boxes[name].values for name in fields} == fields
    assert not [box.name for box in boxes.values() if box.error], "nobody has been asked for the other boxes yet"


async def test_a_mistake_is_told_of_boxes_that_were_sent_and_marked_again_whenever_they_are_shown(
    world: World,
) -> None:
    code = await begun(world)
    wrong = typed("proposal", service="", closes_at="soonish")
    refused = await world.do(SaveSetup, "olga", code=code, page="", fields=wrong)
    assert isinstance(refused, Refused)
    assert {name: told.key for name, told in refused.fields.items()} == {
        "service": "refused.empty.service",
        "closes_at": "when.unreadable",
    }
    other = await world.do(SaveSetup, "olga", code=code, page="who", fields=typed("leaders"))
    assert isinstance(other, ShowForm), "what is wrong in another form does not stop this one"
    reopened = await world.do(OpenSetup, "olga", code=code, page="any")
    for shown in (other, reopened):
        assert isinstance(shown, ShowForm)
        assert {box.name for box in shown.form.fields if box.error} == {"service", "closes_at"}


async def test_the_preview_names_every_box_that_is_missing(world: World) -> None:
    code = await begun(world)
    refused = await world.do(Preview, "olga", code=code)
    assert isinstance(refused, Refused)
    assert {"service", "proposal", "leaders", "frontline", "citizens", "channel", "closes_at"} == refused.fields.keys()


async def test_a_late_answer_may_come_in_parts_of_any_boxes_its_choices_first(world: World) -> None:
    code = await world.open()
    await world.pass_time(timedelta(days=6))
    choices = Answers(sign=True, seen=Seen.SOME)
    shown = await world.press(
        Write, "fay", code=code, answers=choices, boxes=frozenset({"sign", "seen"}), seal=False, late=True
    )
    assert isinstance(shown, ShowForm)
    boxes = {box.name: box for box in shown.form.fields}
    assert {*BOXES, "sign", "seen"} == boxes.keys()
    assert (boxes["sign"].values, boxes["seen"].values) == (("name",), ("some",))
    words = Answers(personal="Late, and mine")
    held = await world.press(Write, "fay", code=code, answers=words, boxes=frozenset(BOXES), late=True)
    assert isinstance(held, Said)
    assert [told.key for told in held.content if isinstance(told, Line)][:2] == [
        "said.late_held",
        "said.late_held.signed",
    ]
