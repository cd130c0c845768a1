"""Forms as HTML: each box with its label, hint and error tied to it, all errors on top, and nothing that is lost."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.html import worded
from adapters.html.forms import Step, Submit, filled, form_html
from adapters.html.prose import Reader
from adapters.html.shapes import Box, Choice, Paragraph, Sheet
from bot import forms
from bot.acts import FieldKind, Form, FormKind, Said, ShowForm
from bot.answers import Receipt
from bot.messages import control, line
from bot.setups import Fields, Setup
from tests.builders import DAY, NOON, answers, draft, seat
from tests.unit.html_parsed import Element, parsed
from tests.unit.messages import TEXTS, a_round
from tests.unit.test_html_prose import BY_PARSERS, WORDS

ROOT = Path(__file__).parent.parent.parent
LONDON = Reader("en-GB", "Europe/London")
PEOPLE = tuple(Choice(value=name.lower(), label=(name,)) for name in ("Ann", "Bo", "Cal"))
CHANNELS = (Choice(value="C1", label=("#repairs",)), Choice(value="C2", label=("#general",)))
OPTIONS: Mapping[str, tuple[Choice, ...]] = {"people": PEOPLE, "channel": CHANNELS}
RECEIPT = Receipt("K7QD-3M9X-TT2A-9WPE")
WRONG = line("refused.receipt_empty")
WRONG_TOO = line("refused.empty.channel")


def says(text: str) -> Paragraph:
    return Paragraph(pieces=(text,))


def box(kind: str = "line", **changes: Any) -> Box:
    return replace(Box(name="it", kind=kind, label=says("What is it?")), **changes)


def sheet(*boxes: Box, **changes: Any) -> Sheet:
    made = Sheet(kind="hide", code="R-1", page="", title=("A form",), notes=(), boxes=boxes, submit="Send")
    return replace(made, **changes)


def drawn(shown: Sheet, **changes: Any) -> Element:
    told: dict[str, Any] = {"action": "/fill", "texts": TEXTS, "options": OPTIONS, **changes}
    return parsed(form_html(shown, LONDON, **told)).one("form")


def asked(*boxes: Box, **changes: Any) -> Element:
    return drawn(sheet(*boxes), **changes)


def sent(form: Element) -> list[tuple[str, str]]:
    """What a browser sends when the form's own button is pressed and nothing was changed."""
    found: list[tuple[str, str]] = []
    for one in form:
        name, told = one.attributes.get("name"), one.attributes
        if one.tag == "input" and name is not None and (told["type"] in ("hidden", "text") or "checked" in told):
            found.append((name, told["value"]))
        elif one.tag == "textarea":
            found.append((told["name"], one.text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")))
        elif one.tag == "select":
            chosen = [option for option in one.all("option") if "selected" in option.attributes] or one.all("option")
            found.append((told["name"], chosen[0].attributes["value"]))
    return found


def text_of(form: Element, ids: str) -> list[str]:
    return [" ".join(form.one(id=one).text.split()) for one in ids.split()]


def of_product(form: Form) -> Sheet:
    return worded.sheet(TEXTS, ShowForm(form=form, locale="en-GB", tz="Europe/London"))


def set_up(**fields: tuple[str, ...]) -> Form:
    errors = {"service": WRONG, "leaders": WRONG, "channel": WRONG_TOO, "closes_at": WRONG, "stage": WRONG}
    group = {"group:night shift": ("ann", "gone")}
    round_ = draft(setup=Setup(fields={"leaders": ("ann",), "channel": ("C1",), **group, **fields}))
    return forms.setup_form(round_, "", errors, closes_at=NOON + 3 * DAY)


def every_form() -> dict[str, Form]:
    round_ = a_round()
    worker = seat("f0", "frontline")
    said = Said(content=(line("form.receipt.note"),), controls=(control("answer", round_.code),))
    return {
        "set-up": set_up(),
        "answer": forms.answer_form(round_, worker, answers(sign=True), group_size=2, receipt=RECEIPT, is_long=True),
        "late": forms.answer_form(round_, worker, None, group_size=5, late=True, language="es", errors={"seen": WRONG}),
        "receipt": forms.receipt_shown(said, RECEIPT),
        "check": forms.receipt_form(FormKind.RECEIPT_CHECK, round_.code, "K7QD", WRONG),
        "withdraw": forms.receipt_form(FormKind.RECEIPT_WITHDRAW, round_.code),
        "extend": forms.extend_form(round_, "frday", WRONG),
        "hide": forms.hide_form(round_, "F3", "It names\nsomebody", {"voice": WRONG, "reason": WRONG_TOO}),
        "hiding": forms.hiding_form(round_),
        "venue": forms.venue_form(round_, round_.venues[0]),
    }


@pytest.mark.parametrize("name", every_form())
def test_each_box_of_each_form_has_a_label_and_what_is_told_of_it(name: str) -> None:
    shown = of_product(every_form()[name])
    form = drawn(shown)
    ids = [one.attributes["id"] for one in form if "id" in one.attributes]
    assert len(ids) == len(set(ids)), "an id stands twice"
    for one in form:
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            assert set(one.attributes.get(attribute, "").split()) <= set(ids)
    labels = {label.attributes["for"] for label in form.all("label")}
    inputs = [
        one
        for tag in ("input", "textarea", "select")
        for one in form.all(tag)
        if one.attributes.get("type") != "hidden"
    ]
    assert {one.attributes["id"] for one in inputs} == labels
    for told in shown.boxes:
        part = form.one(data_box=told.name)
        held = next(one for tag in ("fieldset", "input", "textarea", "select") for one in part.all(tag))
        described = " ".join(text_of(form, held.attributes.get("aria-describedby", "")))
        assert (told.hint.text if told.hint else "") in described
        assert "".join(map(str, told.error)) in described


@pytest.mark.parametrize("name", every_form())
def test_what_was_typed_comes_back_as_it_was(name: str) -> None:
    shown = of_product(every_form()[name])
    fields = filled(sent(drawn(shown, hidden={"form": "F1"})), without=("form",))
    for one in shown.boxes:
        if one.kind != FieldKind.TIME and (one.kind != FieldKind.CHOICE or one.values):
            assert fields[one.name] == tuple(value for value in one.values if value)


def test_an_error_is_told_at_its_box_and_on_top_with_a_link_to_it() -> None:
    form = asked(
        box(name="a", label=says("First"), error=("Too short.",)),
        box(name="b", label=says("Second")),
        box("choice", name="c", label=says("Third"), error=("Choose.",), choices=PEOPLE),
        box("people", name="d", label=says("Fourth"), error=("Name somebody.",)),
        box("channel", name="e", label=says("Fifth"), error=("Which?",)),
    )
    errors = form.one(data_errors="")
    assert errors.one(role="alert").one("h3").text == "There is a problem"
    assert errors.attributes["tabindex"] == "-1"
    links = {" ".join(link.text.split()): form.one(id=link.attributes["href"][1:]) for link in errors.all("a")}
    assert {words: (to.tag, to.attributes["name"]) for words, to in links.items()} == {
        "First Too short.": ("input", "a"),
        "Third Choose.": ("input", "c"),
        "Fourth Name somebody.": ("input", "d"),
        "Fifth Which?": ("select", "e"),
    }
    assert text_of(form, form.one(name="a").attributes["aria-describedby"]) == ["Error: Too short."]
    invalid = [one.attributes.get("name") or one.attributes["role"] for one in form.all(aria_invalid="true")]
    assert invalid == ["a", "radiogroup", "d", "d", "d", "e"]  # a radio may not be invalid, nor a group of checkboxes


def test_a_form_without_errors_says_nothing_of_problems() -> None:
    form = asked(box(), box("people", name="p"), box("choice", name="c", choices=PEOPLE))
    assert not [*form.all(data_errors=""), *form.all(role="alert"), *form.all(aria_invalid="true")]


def test_there_is_one_way_to_show_an_error_and_it_is_ours() -> None:
    form = drawn(of_product(set_up()))
    assert "novalidate" in form.attributes
    assert not {"required", "maxlength", "pattern", "min", "max", "placeholder"} & {
        name for one in form for name in one.attributes
    }


def test_nothing_that_is_written_is_remembered_by_the_browser() -> None:
    form = drawn(of_product(set_up()))
    written = [
        one for tag in ("input", "textarea") for one in form.all(tag) if one.attributes.get("type", "text") == "text"
    ]
    assert form.attributes["autocomplete"] == "off"
    assert {one.attributes["autocomplete"] for one in written} == {"off"}
    assert {one.attributes["dir"] for one in written} == {"auto"}


def test_the_spelling_of_words_is_looked_at_and_that_of_codes_is_not() -> None:
    form = asked(box("text", name="reason"), box(name="voice"), box(name="receipt"), box("time", name="closes_at"))
    spelled = {one.attributes["name"]: one.attributes["spellcheck"] for one in form if "spellcheck" in one.attributes}
    assert spelled == {"reason": "true", "voice": "false", "receipt": "false", "closes_at": "false"}


def test_what_may_stay_empty_says_so_in_words() -> None:
    form = asked(
        box(name="a", optional=True),
        box(name="b"),
        box("choice", name="c", optional=True, choices=PEOPLE),
        box("choice", name="d", optional=True, choices=PEOPLE, values=("bo",)),
        box("people", name="leaders", optional=True),
        box("people", name="co_organiser", optional=True),
    )
    told = {part.attributes["data-box"] for part in form.all(class_="form-box") if "(optional)" in part.text}
    # what is chosen cannot be left empty; of a group of people only the engine knows whether it may be
    assert told == {"a", "c", "co_organiser"}


def test_where_every_box_may_stay_empty_it_is_said_once_above_them() -> None:
    form = drawn(of_product(every_form()["answer"]))
    assert "(optional)" not in form.text
    assert form.text.index("You may leave any of these boxes empty.") < form.text.index(
        "What would this change for you"
    )


def test_a_limit_is_told_and_cuts_nothing() -> None:
    long = "🙂" * 3_100
    form = asked(box("text", longest=3_000, values=(long,), hint=says("A hint"), error=("Too long.",)))
    area = form.one("textarea")
    assert text_of(form, area.attributes["aria-describedby"]) == [
        "A hint",
        "Error: Too long.",
        "At most 3,000 characters.",
    ]
    assert area.attributes["data-longest"] == "3000"
    assert area.text.removeprefix("\n") == long


@pytest.mark.parametrize("typed", ["\nfirst", "a\nb", "\n\n", "a\r\nb", " x "])
def test_line_breaks_and_spaces_come_back(typed: str) -> None:
    for kind in ("line", "text"):
        assert filled(sent(asked(box(kind, values=(typed,))))) == {"it": (typed.replace("\r\n", "\n"),)}


def test_a_line_break_counts_as_one_character() -> None:
    assert filled([("a", "x\r\ny"), ("b", "x\ry")]) == {"a": ("x\ny",), "b": ("x\ny",)}


def test_people_who_are_taken_out_are_taken_out() -> None:
    form = asked(box("people", name="leaders", values=("ann",)))
    assert filled(sent(form)) == {"leaders": ("ann",)}
    nobody = [(name, value) for name, value in sent(form) if value != "ann"]
    assert filled(nobody) == {"leaders": ()}


def test_somebody_who_cannot_be_chosen_any_more_stays_while_they_are_named() -> None:
    form = asked(box("people", values=("gone", "ann")))
    assert filled(sent(form)) == {"it": ("ann", "gone")}
    assert filled(sent(asked(box("channel", values=("C9",))))) == {"it": ("C9",)}


def test_a_box_for_one_person_takes_one() -> None:
    form = asked(box("people", name="co_organiser", values=("bo",)))
    assert [option.text for option in form.one("select").all("option")] == ["Nobody", "Ann", "Bo", "Cal"]
    assert filled(sent(form)) == {"co_organiser": ("bo",)}


def test_options_of_one_box_go_before_those_of_its_kind() -> None:
    form = asked(box("people", name="leaders"), options={**OPTIONS, "leaders": PEOPLE[:1]})
    assert [one.attributes["value"] for one in form.all(type="checkbox")] == ["ann"]


def test_where_there_is_nothing_to_choose_it_says_so() -> None:
    form = asked(box("people", error=("Name somebody.",)), box("channel", name="c"), options={})
    assert form.text.count("There is nothing to choose from here.") == 2
    target = form.one("a").attributes["href"][1:]
    assert form.one(id=target).attributes["tabindex"] == "-1"


def test_a_time_that_a_machine_wrote_is_shown_in_the_zone_beside_it() -> None:
    wrote = box("time", name="closes_at", values=("2026-12-04T17:00:00Z",))
    zone = box(name="time_zone", values=("Asia/Tokyo",))
    assert asked(wrote).one(name="closes_at").attributes["value"] == "2026-12-04 17:00"
    assert asked(wrote, zone).one(name="closes_at").attributes["value"] == "2026-12-05 02:00"
    for typed in ("fri 5pm", "2026-12-04 17:00", "9999-12-31T23:59:59-05:00", ""):
        assert asked(replace(wrote, values=(typed,)), zone).one(name="closes_at").attributes["value"] == typed


def test_a_receipt_is_there_to_be_copied() -> None:
    box_ = drawn(of_product(every_form()["receipt"])).one(name="receipt")
    assert (box_.attributes["value"], "readonly" in box_.attributes) == (RECEIPT, True)


def test_two_notes_stand_above_the_boxes_of_an_answer_and_the_others_before_its_button() -> None:
    shown = of_product(every_form()["answer"])
    above, below = drawn(shown).all("div", class_="form-notes") + drawn(shown).all(
        "div", class_="form-notes form-small"
    )
    assert len(above.all("p")) == 2
    assert len(below.all("p")) + len(below.all("blockquote")) == len(shown.notes) - 2
    assert below.one("blockquote").text == RECEIPT


def test_steps_group_boxes_with_their_notes_and_leave_none_out() -> None:
    boxes = [box(name=name) for name in ("a", "b", "c")]
    shown = sheet(*boxes, notes=(says("of one"), says("of all")))
    steps = [
        Step(name="one", title="1 of 2", boxes=("a",), notes=(shown.notes[0],)),
        Step(name="two", title="2 of 2", boxes=("c",)),
    ]
    form = drawn(shown, steps=steps)
    first, second = (form.one("fieldset", data_step=name) for name in ("one", "two"))
    assert first.one("legend").one("h3").text == "1 of 2"
    assert [one.attributes["data-box"] for one in form.all(class_="form-box")] == ["a", "c", "b"]
    assert ["of one" in step.text for step in (first, second)] == [True, False]
    assert form.text.count("of one") == form.text.count("of all") == 1


def test_the_main_button_comes_first_so_that_enter_presses_it() -> None:
    form = asked(box(), buttons=[Submit(name="do", value="keep", label="Keep for later")])
    told = [(one.text, one.attributes.get("name"), one.attributes["type"]) for one in form.all("button")]
    assert told == [("Send", None, "submit"), ("Keep for later", "do", "submit")]


def test_a_form_says_its_language_and_direction() -> None:
    assert asked(box()).attributes["lang"] == "en"
    arabic = drawn(sheet(box(), locale="ar")).attributes
    assert (arabic["lang"], arabic["dir"]) == ("ar", "rtl")


def test_headings_begin_at_the_level_of_the_caller() -> None:
    form = asked(box(error=("Wrong.",)), level=1)
    assert (form.one("h1").text, form.one("h2").text) == ("A form", "There is a problem")


def test_the_words_of_a_question_have_their_own_language() -> None:
    question = Paragraph(pieces=("¿Qué cambiaría?",), is_theirs=True, locale="es")
    assert asked(box("text", label=question)).one("label").one("span", class_="words").attributes["lang"] == "es"


@pytest.mark.parametrize("kind", FieldKind)
@settings(max_examples=25, deadline=None)
@given(words=WORDS, name=WORDS)
def test_no_words_break_out_of_their_box(kind: FieldKind, words: str, name: str) -> None:
    choices = (Choice(value=words, label=(words,)),) if kind is not FieldKind.LINE else ()
    told = box(
        kind, name=name, label=says(words), hint=says(words), error=(words, "!"), choices=choices, values=(words,)
    )
    theirs = replace(told, label=Paragraph(pieces=(words,), is_theirs=True, locale=words), name=f"{name}2")
    form = drawn(
        sheet(told, theirs, kind=words, title=(words,), notes=(says(words),), submit=words, locale=words[:5]),
        action=words, hidden={words: words}, scope="s", buttons=[Submit(name=words, value=words, label=words)],
        steps=[Step(name=words, title=words, boxes=(name,))],
    )  # fmt: skip
    known = {"form", "input", "textarea", "select", "option", "fieldset", "legend", "label", "button"}
    assert {one.tag for one in form} <= known | {"h2", "h3", "div", "p", "span", "bdi", "ul", "li", "a"}
    assert not {attribute for one in form for attribute in one.attributes if attribute.startswith("on")}
    assert form.attributes["action"] == words.translate(BY_PARSERS)
    assert {one.attributes["data-box"] for one in form.all(class_="form-box form-wrong")} == {
        name.translate(BY_PARSERS),
        f"{name}2".translate(BY_PARSERS),
    }
    if kind in (FieldKind.LINE, FieldKind.TEXT) and words:
        values = filled(sent(form))[name.translate(BY_PARSERS)]
        assert words.translate(BY_PARSERS).replace("\r\n", "\n").replace("\r", "\n") in values


@given(pairs=st.lists(st.tuples(WORDS, WORDS), max_size=6))
def test_anything_that_is_sent_is_read(pairs: list[tuple[str, str]]) -> None:
    fields: Fields = filled(pairs)
    assert fields.keys() == {name for name, _ in pairs}
    assert all(all(values) for values in fields.values())


def test_the_package_holds_what_pages_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    told = json.dumps(project["tool"]["setuptools"]["package-data"]["adapters"])
    kinds = {path.suffix for folder in ("static", "templates") for path in (ROOT / "adapters/html" / folder).iterdir()}
    assert kinds == {".css", ".html", ".js"}
    assert all(f'"**/*{kind}"' in told for kind in kinds)


def test_the_look_asks_for_nothing_from_elsewhere() -> None:
    for path in (ROOT / "adapters/html/static").iterdir():
        assert not re.search(r"url\(|@import|:?//\S", path.read_text(encoding="utf-8")), path.name
