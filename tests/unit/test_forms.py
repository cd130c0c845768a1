"""Forms hold what people wrote so far, and say what they must know before they write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import forms
from bot.acts import Form, FormKind, ShowForm
from bot.answers import LARGEST_ANSWER, Answers
from bot.messages import line
from bot.rounds import Attribution, Phase, Round, Seat
from bot.setups import Setup
from bot.text import WordedField, WordedForm
from tests.builders import answers, draft, seat
from tests.unit.messages import TEXTS, a_round

WORKER = seat("f0", "frontline")
LEADER = seat("ann", "leaders")


def worded(form: Form) -> WordedForm:
    return TEXTS.form(ShowForm(form=form, tz="Europe/London"))


def notes(form: Form) -> str:
    return " ".join(note.text for note in worded(form).notes)


def box(form: Form, name: str) -> WordedField:
    return next(each for each in worded(form).boxes if each.field.name == name)


def names(form: Form) -> list[str]:
    return [each.name for each in form.fields]


def answering(
    round_: Round | None = None, of: Seat = WORKER, own: Answers | None = None, *, late: bool = False
) -> Form:
    round_ = round_ or a_round()
    size = sum(one.is_here and one.group == of.group for one in round_.seats)
    return forms.answer_form(round_, of, own, group_size=size, late=late)


def test_the_answer_form_asks_the_seats_own_questions() -> None:
    assert names(answering()) == ["personal", "others", "intentions", "barriers", "sign"]
    assert box(answering(), "personal").label == "What would this change for you at work?"
    assert box(answering(of=LEADER), "intentions").label == "What do you want from this?"


def test_the_answer_form_brings_back_what_was_written() -> None:
    form = answering(own=answers(sign=True))
    assert form.fields[0].values == ("Less walking",)
    assert form.fields[3].values == ("No signal\nOld phones",)
    assert form.fields[4].values == ("name",)


def test_a_text_that_was_too_long_is_brought_back_whole() -> None:
    too_long = "x" * (LARGEST_ANSWER + 500)
    assert answering(own=answers(personal=too_long)).fields[0].values == (too_long,)


def test_words_in_a_form_stay_out_of_its_representation() -> None:
    assert "walking" not in repr(answering(own=answers()))


def test_every_box_may_stay_empty() -> None:
    assert all(each.optional for each in answering().fields)
    assert '"I don\'t know" is an answer.' in notes(answering())


def test_people_are_told_who_reads_what_before_they_write() -> None:
    told = notes(answering())
    assert "Please don't name other people." in told
    assert "It closes Fri 4 Dec, 12:00. Sam can close it sooner." in told
    assert "Until then the bot shows this to nobody, not even Sam." in told
    assert "Only somebody who runs its server could look." in told
    assert "Copies that others made cannot be called back." in told


def test_the_urgent_contact_stands_at_the_text_box() -> None:
    assert "Duty desk 0123" in notes(answering(a_round(contact="Duty desk 0123")))
    assert "urgent" not in notes(answering())


def test_leaders_are_told_that_their_words_lead_to_them() -> None:
    assert "Readers will know that this comes from the leaders (2 people)." in notes(answering(of=LEADER))


def test_members_of_a_small_group_are_told() -> None:
    small = a_round(WORKER, seat("f1"), LEADER)
    assert "Your group is small (2 people)." in notes(answering(small))
    assert "small" not in notes(answering())


def test_nobody_chooses_to_sign_where_everybody_is_named() -> None:
    named = answering(a_round(attribution=Attribution.NAMED))
    assert "sign" not in names(named)
    assert "Readers will see your name." in notes(named)
    assert "group is small" not in notes(named)


def test_a_late_form_asks_what_its_writer_had_read() -> None:
    revealed = replace(a_round(), phase=Phase.REVEALED)
    form = answering(revealed, late=True)
    assert form.page == "late"
    assert [value for value, _ in box(form, "seen").choices] == ["none", "some", "all"]
    assert "marked as late" in notes(form)
    assert "at the end" in notes(form)


def test_before_the_reveal_nobody_is_asked_what_they_had_read() -> None:
    closed = replace(a_round(), phase=Phase.CLOSED)
    assert "seen" not in names(answering(closed, late=True))


def test_a_seat_of_another_language_gets_the_language_of_the_round() -> None:
    assert box(answering(of=replace(WORKER, locale="tlh")), "personal").label
    assert box(answering(of=replace(WORKER, locale="en-GB")), "personal").label


def test_the_set_up_is_one_form_with_the_label_of_the_platform() -> None:
    form = forms.setup_form(draft(), "what")
    assert names(form) == [
        *("service", "proposal", "decided", "still_open", "stage"),
        *("leaders", "frontline", "citizens"),
        *("leaders_name", "frontline_name", "citizens_name"),
        *("channel", "closes_at", "time_zone", "attribution", "co_organiser", "contact", "next_steps"),
    ]
    assert (form.kind, form.page) == (FormKind.SETUP, "what")
    assert all(each.label for each in worded(form).boxes)


def test_the_set_up_keeps_what_was_typed_and_marks_what_is_wrong() -> None:
    round_ = draft(setup=Setup(fields={"closes_at": ("soonish",), "leaders": ("U1", "U2")}))
    form = forms.setup_form(round_, "when", {"closes_at": line("when.needs_hour", example="fri 17:00")})
    assert box(form, "closes_at").field.values == ("soonish",)
    assert box(form, "closes_at").error.startswith("At what hour?")
    assert box(forms.setup_form(round_, "who"), "leaders").field.values == ("U1", "U2")


def test_groups_beside_the_three_have_their_own_box() -> None:
    form = forms.setup_form(draft(setup=Setup(fields={"group:Night shift": ("U1",)})), "who")
    assert box(form, "group:Night shift").label == "Night shift"


def test_an_empty_set_up_shows_what_it_will_be_if_nobody_chooses() -> None:
    assert box(forms.setup_form(draft(), "what"), "stage").field.values == ("design",)
    assert box(forms.setup_form(draft(), "when"), "attribution").field.values == ("group",)


@pytest.mark.parametrize("kind", [FormKind.RECEIPT_CHECK, FormKind.RECEIPT_WITHDRAW])
def test_a_receipt_can_be_typed(kind: FormKind) -> None:
    form = forms.receipt_form(kind, draft().code, "K7QD", line("refused.receipt_empty"))
    assert names(form) == ["receipt"]
    assert box(form, "receipt").field.values == ("K7QD",)
    assert box(form, "receipt").error


def test_the_deadline_form_says_when_it_closes_now() -> None:
    assert "It closes Fri, 4 Dec 2026, 12:00 now." in notes(forms.extend_form(a_round()))
