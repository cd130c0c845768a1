"""Which button stands out on Discord, and in which order things stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord import screens, views
from adapters.discord.forms import Place
from bot import forms
from bot.acts import LATE, Confirm, Field, FieldKind, Form, FormKind, Refused, Said, ShowForm
from bot.answers import Receipt
from bot.messages import Control, MessageKind, Passage, Post, control, line
from bot.rounds import RoundCode
from bot.text import Texts
from tests import builders
from tests.builders import NOON

TEXTS = Texts.load().on("discord")
CODE = RoundCode("R-7F3K")
PRIMARY, SECONDARY, DANGER = 1, 2, 4


def _styles(*controls: Control) -> list[int]:
    post = Post(kind=MessageKind.STATUS, content=(line("said.saved"),), controls=controls)
    return [each["style"] for row in views.message(post, TEXTS).components for each in row["components"]]


@pytest.mark.parametrize("what", ["cancel", "close", "withdraw:3", "withdraw:voice", "decline:3", "hide:F3"])
def test_a_press_that_destroys_or_ends_something_is_in_the_style_of_danger(what: str) -> None:
    confirm = Confirm(content=(line("said.saved"),), yes=control("confirm", CODE, what))
    (told,) = views.said(confirm, TEXTS)
    (button,) = told.components[0]["components"]
    assert button["style"] == DANGER


def test_the_button_that_calls_off_a_round_is_never_taken_for_another() -> None:
    assert _styles(control("remind", CODE), control("cancel", CODE)) == [SECONDARY, DANGER]


@pytest.mark.parametrize(
    "first",
    [
        control("confirm", CODE, "extend:2026-12-01T17:00:00+00:00"),
        control("confirm", CODE, "wrong"),
        control("late", CODE),
        control("read", CODE),
        control("retry", CODE),
        control("again", CODE, "extend"),
        control("setup", CODE, wording="carry_on"),
    ],
    ids=lambda one: one.id,
)
def test_the_next_thing_to_do_stands_out_where_it_comes_first(first: Control) -> None:
    assert _styles(first, control("help")) == [PRIMARY, SECONDARY]
    assert _styles(control("help"), first) == [SECONDARY, SECONDARY]


def test_of_a_set_up_that_was_only_begun_the_first_part_stands_out_and_not_the_deadline_that_was_proposed() -> None:
    shown = ShowForm(form=forms.setup_form(builders.draft(CODE), "", {}, closes_at=NOON))
    fields = tuple(replace(box, values=()) if box.name == "service" else box for box in shown.form.fields)
    shown = replace(shown, form=replace(shown.form, fields=fields))
    (told,) = screens.screen(shown, TEXTS, NOON, may_open=True).messages
    primary = [one["custom_id"] for row in told.components for one in row["components"] if one["style"] == PRIMARY]
    assert primary == [f"coproduce:setup:{CODE}:what"]


def test_our_questions_stand_apart_from_what_the_organiser_wrote_before_them() -> None:
    words = Passage(text="The rest.", heading=line("message.question.still_open"))
    (told,) = views.said(Said(content=(words, Passage(text="What would this change for you?"))), TEXTS)
    assert "The rest.\n\nWhat would" in told.content


def test_the_receipt_of_a_late_answer_stands_below_its_sentence_and_the_choice_comes_last() -> None:
    receipt = Receipt("K7QD-3M9X-TT2A-9WPE")
    seen = Field(
        name="seen",
        kind=FieldKind.CHOICE,
        label=line("form.answer.seen.label"),
        choices=(("none", line("form.answer.seen.none")),),
    )
    notes = (line("form.answer.note_receipt"), Passage(text=receipt))
    title, submit = line("form.answer.title", service="Repairs online"), line("form.answer.submit")
    form = Form(kind=FormKind.ANSWER, code=CODE, page=LATE, fields=(seen,), title=title, notes=notes, submit=submit)
    (told,) = screens.screen(ShowForm(form=form), TEXTS, NOON, may_open=True).messages
    sentence, asked = (TEXTS.line(one) for one in (notes[0], seen.label))  # type: ignore[arg-type]
    assert told.content.index(sentence) < told.content.index(receipt) < told.content.index(asked)


@pytest.mark.parametrize(
    ("custom_id", "button"),
    [
        (f"coproduce:answer:{CODE}:as:citizens", f"coproduce:answer:{CODE}:write"),
        (f"coproduce:answer:{CODE}:late:some", f"coproduce:late:{CODE}:write:some"),
    ],
)
def test_an_answer_that_was_refused_leads_back_to_its_form(custom_id: str, button: str) -> None:
    refused = Refused(because=line("refused.empty.answer"))
    shown = screens.screen(refused, TEXTS, NOON, may_open=False, sent=Place.read(custom_id))
    (told,) = shown.messages
    assert told.components[0]["components"][0]["custom_id"] == button
    assert told.components[0]["components"][0]["label"] == "Write"
