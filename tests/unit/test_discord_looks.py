"""How Discord's messages look: what belongs together stands together, and the next thing to do stands out."""

from __future__ import annotations

from dataclasses import replace

from adapters.discord import screens, views
from bot.acts import Form, FormKind, ShowForm
from bot.answers import Receipt
from bot.forms import setup_form
from bot.messages import MessageKind, Passage, Post, line
from bot.rounds import RoundCode
from bot.text import Texts
from tests import builders
from tests.builders import NOON

TEXTS = Texts.load().on("discord")
CODE = RoundCode("R-7F3K")
PRIMARY = 1


def _setup(**typed: str) -> ShowForm:
    shown = ShowForm(form=setup_form(builders.draft(CODE), "", {}, closes_at=NOON))
    fields = tuple(replace(box, values=(typed[box.name],)) if box.name in typed else box for box in shown.form.fields)
    return replace(shown, form=replace(shown.form, fields=fields))


def test_the_parts_of_the_set_up_stand_in_one_row_and_the_way_on_in_the_next() -> None:
    (told,) = screens.screen(_setup(citizens="1"), TEXTS, NOON, may_open=True).messages
    first, second = told.components
    assert [each["custom_id"].rpartition(":")[2] for each in first["components"]] == ["what", "who", "when", "names"]
    assert [each["style"] == PRIMARY for each in first["components"]] == [True, False, False, False]  # it lacks words
    assert second["components"][-1]["custom_id"].startswith("coproduce:cancel:")


def test_of_a_set_up_the_next_thing_to_do_is_the_primary_button() -> None:
    typed = _setup(service="Repairs", proposal="Less calling.", citizens="1", frontline="2", leaders="3")
    (told,) = screens.screen(typed, TEXTS, NOON, may_open=True).messages
    (primary,) = (each for row in told.components for each in row["components"] if each["style"] == PRIMARY)
    assert ":closes:" in primary["custom_id"]
    assert primary is told.components[1]["components"][0]


def test_what_is_wrong_in_the_set_up_stands_below_the_name_of_its_box() -> None:
    shown = _setup()
    wrong = line("refused.too_long", longest=100, count=150)
    fields = tuple(replace(box, error=wrong) if box.name == "service" else box for box in shown.form.fields)
    shown = replace(shown, form=replace(shown.form, fields=fields))
    (told,) = screens.screen(shown, TEXTS, NOON, may_open=True).messages
    label, error = TEXTS.line(line("form.setup.service.label")), TEXTS.line(wrong)
    assert f"**{label}**\n{error}" in told.content


def test_what_we_say_stands_apart_from_the_words_of_people_before_it() -> None:
    words = Passage(text="The rest.", heading=line("message.question.still_open"))
    post = Post(kind=MessageKind.QUESTION, content=(words, line("message.question.group", group="citizens")))
    content = views.message(post, TEXTS).content
    assert "The rest.\n\n" in content


def test_notices_before_a_form_are_a_list_and_a_receipt_stands_in_a_box_to_copy() -> None:
    receipt = Receipt("K7QD-3M9X-TT2A-9WPE")
    notes = (line("form.answer.note_no_names"), line("form.answer.note_receipt"), Passage(text=receipt))
    title = line("form.answer.title", service="Repairs online")
    form = Form(kind=FormKind.ANSWER, code=CODE, fields=(), title=title, notes=notes, submit=line("form.answer.submit"))
    (told,) = screens.screen(ShowForm(form=form), TEXTS, NOON, may_open=True).messages
    title_line, first, *_ = told.content.split("\n")
    assert not title_line.startswith("-")
    assert first.startswith("- Please")
    assert told.content.endswith(f"```\n{receipt}\n```")
    assert told.content.count(receipt) == 1


def test_help_on_discord_names_no_way_of_typing_that_discord_does_not_have() -> None:
    told = TEXTS.line(line("said.help.type"))
    assert "@Sam" not in told
    assert "/coproduce" in told
