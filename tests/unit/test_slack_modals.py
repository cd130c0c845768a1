"""Forms as Slack's windows: one page at a time, prefilled, with mistakes on their boxes; and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.slack import modals
from adapters.slack.modals import NOT_ASKED, Groups, Place
from adapters.slack.setting_up import PAGES
from bot import forms
from bot.acts import Form, FormKind, Refused, Said, ShowForm
from bot.answers import Answers
from bot.messages import Passage, line
from bot.rounds import Phase, Round, RoundCode
from bot.setups import Fields, Setup
from bot.text import Texts
from tests.unit.reveals import a_round, cast
from tests.unit.slack_rules import as_they_stand, is_a_view

TEXTS = Texts.load()
STEPS = range(4)


def collecting() -> Round:
    return replace(a_round(cast(("citizens", 3), ("leaders", 2))), phase=Phase.COLLECTING, closed_at=None)


def answer(own: Answers | None = None, *, late: bool = False) -> ShowForm:
    round_ = replace(collecting(), phase=Phase.REVEALED) if late else collecting()
    return ShowForm(form=forms.answer_form(round_, round_.seats[0], own, group_size=3, late=late))


def set_up(page: str, fields: Fields | None = None, **errors: str) -> ShowForm:
    round_ = replace(collecting(), phase=Phase.DRAFT, groups=(), seats=(), setup=Setup(fields=fields or {}))
    wrong = {name: line(key) for name, key in errors.items()}
    return ShowForm(form=forms.setup_form(round_, page, wrong))


def boxes(view: dict[str, Any]) -> dict[str, Any]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_every_page_of_an_answer_is_a_view(step: int, late: bool) -> None:
    is_a_view(modals.form(answer(late=late), TEXTS, step=step))


def test_an_answer_has_a_page_for_each_question_and_the_last_seals() -> None:
    views = [modals.form(answer(), TEXTS, step=step) for step in STEPS]
    assert [list(boxes(view)) for view in views] == [["personal"], ["others"], ["intentions"], ["barriers", "sign"]]
    assert [view["title"]["text"] for view in views] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]
    assert [view["submit"]["text"] for view in views] == [*["Save and next"] * 3, "Send my answers"]


def test_a_late_answer_asks_on_its_last_page_what_was_read() -> None:
    assert list(boxes(modals.form(answer(late=True), TEXTS, step=3))) == ["barriers", "sign", "seen"]


def test_a_page_shows_what_was_written_so_far_and_carries_no_words_along() -> None:
    own = Answers(personal="My own words", others="Of others")
    view = modals.form(answer(own), TEXTS, step=1)
    assert boxes(view)["others"]["element"]["initial_value"] == "Of others"
    assert "words" not in view["private_metadata"]
    assert "My own words" not in str(view)


def test_the_question_and_its_hint_stand_in_full() -> None:
    block = boxes(modals.form(answer(), TEXTS))["personal"]
    assert block["label"]["text"] == "Question personal?"
    assert block["hint"]["text"] == "A hint."


def test_a_question_longer_than_a_label_stands_in_full_above_its_box() -> None:
    shown = answer()
    question = replace(shown.form.fields[0], label=Passage(text="Why? " * 600))
    view = modals.form(replace(shown, form=replace(shown.form, fields=(question, *shown.form.fields[1:]))), TEXTS)
    is_a_view(view)
    assert "".join(as_they_stand(view["blocks"]).split("\n")).count("Why?") >= 600


def test_a_box_takes_three_thousand_characters_whatever_was_kept() -> None:
    element = boxes(modals.form(answer(Answers(personal="&" * 3_000)), TEXTS))["personal"]["element"]
    assert (element["max_length"], len(element["initial_value"])) == (3_000, 3_000)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_set_up_is_a_view(page: str) -> None:
    view = modals.form(set_up(page), TEXTS)
    is_a_view(view)
    assert Place.read(view["private_metadata"]) == Place(kind="setup", code="R-7F3K", page=page)


def test_people_are_picked_and_user_groups_only_where_there_are_any() -> None:
    assert not [name for name in boxes(modals.form(set_up("who"), TEXTS)) if name.endswith("_groups")]
    shown = set_up("who", {"leaders": ("U1",), "frontline": ("S1",)})
    view = modals.form(shown, TEXTS, groups=Groups(names={"S1": "Fitters", "S2": "Clerks"}))
    is_a_view(view)
    found = boxes(view)
    assert list(found) == [
        *("leaders", "leaders_groups"),
        *("frontline", "frontline_groups"),
        *("citizens", "citizens_groups"),
        *("leaders_name", "frontline_name", "citizens_name"),
    ]
    assert found["leaders"]["element"]["initial_users"] == ["U1"]
    assert [option["value"] for option in found["frontline_groups"]["element"]["initial_options"]] == ["S1"]


def test_a_user_group_that_was_chosen_stays_chosen_while_its_name_is_not_known() -> None:
    view = modals.form(set_up("who", {"leaders": ("U1", "S7")}), TEXTS)
    is_a_view(view)
    found = boxes(view)
    assert found["leaders"]["element"]["initial_users"] == ["U1"]
    assert [option["value"] for option in found["leaders_groups"]["element"]["initial_options"]] == ["S7"]


def test_every_box_of_the_set_up_stands_on_one_of_the_pages() -> None:
    whole = set_up("what", {"group:Night shift": ("U1",)})
    shown = [name for page in PAGES for name in boxes(modals.form(set_up(page, {"group:Night shift": ("U1",)}), TEXTS))]
    assert sorted(shown) == sorted(box.name for box in whole.form.fields if box.name not in NOT_ASKED)


def test_the_deadline_is_picked_natively_and_comes_back_as_the_same_moment() -> None:
    at = "2026-12-04T17:00:00Z"
    view = modals.form(set_up("when", {"closes_at": (at,)}), TEXTS)
    element = boxes(view)["closes_at"]["element"]
    seconds = int(datetime(2026, 12, 4, 17, tzinfo=UTC).timestamp())
    assert (element["type"], element["initial_date_time"]) == ("datetimepicker", seconds)
    state = {"closes_at": {"closes_at": {"type": "datetimepicker", "selected_date_time": seconds}}}
    assert modals.filled({"state": {"values": state}}) == {"closes_at": (at,)}


def test_the_time_zone_is_not_asked_where_a_picker_knows_it() -> None:
    assert "time_zone" not in boxes(modals.form(set_up("when"), TEXTS))


def test_the_channel_is_the_one_in_which_it_was_typed() -> None:
    view = modals.form(set_up("when", {"channel": ("C1",)}), TEXTS)
    assert boxes(view)["channel"]["element"]["initial_conversation"] == "C1"


def test_a_mistake_found_later_stands_above_its_box() -> None:
    view = modals.form(set_up("what", service="refused.empty.service"), TEXTS)
    is_a_view(view)
    assert "Give it a short name." in as_they_stand(view["blocks"])


def test_every_kind_of_box_is_read_back() -> None:
    state = {
        "service": {"service": {"type": "plain_text_input", "value": "Repairs <online>"}},
        "decided": {"decided": {"type": "plain_text_input", "value": None}},
        "stage": {"stage": {"type": "radio_buttons", "selected_option": {"value": "design"}}},
        "sign": {"sign": {"type": "radio_buttons", "selected_option": None}},
        "leaders": {"leaders": {"type": "multi_users_select", "selected_users": ["U1", "U2"]}},
        "leaders_groups": {"leaders_groups": {"type": "multi_external_select", "selected_options": [{"value": "S1"}]}},
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": "C1"}},
    }
    assert modals.filled({"state": {"values": state}}) == {
        "service": ("Repairs <online>",),
        "decided": ("",),
        "stage": ("design",),
        "sign": (),
        "leaders": ("U1", "U2", "S1"),
        "channel": ("C1",),
    }


def test_a_mistake_is_said_at_its_box_or_at_the_first_one() -> None:
    refused = Refused(because=line("refused.setup"), fields={"service": line("refused.empty.service")})
    assert modals.errors(refused, ("proposal", "service"), TEXTS) == {"service": "Give it a short name."}
    elsewhere = modals.errors(refused, ("proposal",), TEXTS)
    assert list(elsewhere) == ["proposal"]
    assert elsewhere["proposal"].endswith("Give it a short name.")


@pytest.mark.parametrize("stored", ["", "{}", "[1]", '["answer", "R-7F3K", "", "x", 4]', "null"])
def test_a_window_that_is_not_ours_is_of_no_form(stored: str) -> None:
    assert Place.read(stored) == Place()


def test_a_word_stands_where_the_form_stood() -> None:
    view = modals.word(Said(content=(line("said.preview"),)), TEXTS)
    is_a_view(view)
    assert "submit" not in view


def test_loading_says_so_in_a_window() -> None:
    is_a_view(modals.loading(TEXTS, "en"))


@pytest.mark.parametrize("kind", [FormKind.RECEIPT_CHECK, FormKind.RECEIPT_WITHDRAW])
def test_the_other_forms_are_views_too(kind: FormKind) -> None:
    receipt: Form = forms.receipt_form(kind, RoundCode("R-7F3K"))
    is_a_view(modals.form(ShowForm(form=receipt), TEXTS))
    is_a_view(modals.form(ShowForm(form=forms.hide_form(collecting())), TEXTS))


def test_an_external_select_offers_a_hundred_at_most() -> None:
    offered = modals.group_options([(f"S{n}", "x" * 90) for n in range(120)])
    assert len(offered) == 100
    assert all(len(option["text"]["text"]) <= 75 for option in offered)


def test_a_mistake_that_stands_at_none_of_the_boxes_is_told_once_at_the_first() -> None:
    mistake = line("refused.time_empty")
    refused = Refused(because=mistake, fields={"others": mistake})
    assert modals.errors(refused, ("personal",), TEXTS)["personal"] == TEXTS.line(mistake)
