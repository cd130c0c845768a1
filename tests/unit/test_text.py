"""Sentences are worded in the reader's language and time zone; what people wrote never acts on anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.acts import Confirm, Field, FieldKind, Form, FormKind, Refused, Said, ShowForm
from bot.messages import Line, MessageKind, Passage, Post, control, line
from bot.rounds import RoundCode
from bot.text import Texts, Wordless
from tests.isolates import AsRead

CODE = RoundCode("R-7F3K")
AT = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)

ENGLISH = {
    "format": "en_GB",
    "group": {"frontline": {"one": "worker", "other": "workers", "title": "Frontline", "voice": "Frontline"}},
    "phase": {"draft": "being set up"},
    "said": {
        "hello": "Hello {name}.",
        "at": "{at}|{at:year}|{at:day}|{at:weekday}|{at:time}|{at:zone}",
        "left": "{left} left",
        "many": "{count} people",
        "group": "{group}|{group:one}|{group:title}",
        "list": "{names:list}",
        "phase": "{phase:phase}",
        "missing": {"one": "{count} is missing", "other": "{count} are missing", "zero": "nobody is missing"},
        "late": {"one": "{late} late", "other": "{late} late ones", "plural": "late"},
        "held": {"text": "Sealed.", "keep": "Keep it."},
    },
    "control": {"answer": {"label": "Answer", "write": "Write"}, "more": "More"},
}
GERMAN = {
    "format": "de_DE",
    "group": {},
    "said": {"at": "{at:year}", "many": "{count} Menschen"},
    "control": {"more": "Mehr"},
}
TEXTS = AsRead({"en": ENGLISH, "de": GERMAN})


def test_names_are_facts_and_never_templates() -> None:
    assert TEXTS.line(line("said.hello", name="{name} {0} %s {at}")) == "Hello {name} {0} %s {at}."


def test_facts_are_made_inert_by_the_platforms_own_rule() -> None:
    told = TEXTS.line(line("said.hello", name="<!channel>"), escape=lambda text: text.replace("<", "&lt;"))
    assert told == "Hello &lt;!channel>."


def test_times_are_shown_in_the_readers_zone() -> None:
    assert TEXTS.line(line("said.at", at=AT), "en", "Europe/Paris") == (
        "Fri 4 Dec, 18:00|Fri, 4 Dec 2026, 18:00|Friday 4 December|Friday|18:00|Fri, 4 Dec 2026, 18:00 (Europe/Paris)"
    )


def test_nothing_is_rounded_to_the_minute() -> None:
    assert TEXTS.line(line("said.at", at=AT + timedelta(seconds=40))).startswith("Fri 4 Dec, 17:00:40|")


def test_times_look_as_the_reader_writes_them() -> None:
    assert TEXTS.line(line("said.at", at=AT), "de", "Europe/Berlin") == "Fr., 4. Dez. 2026, 18:00"
    assert "5:00\u202fPM" in TEXTS.line(line("said.at", at=AT), "en-US", "UTC").replace(" PM", "\u202fPM")


def test_a_platform_may_show_its_own_timestamps() -> None:
    told = TEXTS.line(
        line("said.left", left=AT), "en", moment=lambda at, style, ours: f"<{at:%s}^{ours}>", escape=str.upper
    )
    assert told.startswith("<")
    assert told.endswith("^Fri 4 Dec, 17:00> left")


def test_an_unknown_zone_is_utc_and_an_unknown_language_english() -> None:
    assert TEXTS.line(line("said.at", at=AT), "tlh", "Mars/Olympus") == TEXTS.line(line("said.at", at=AT), "en", "UTC")


@pytest.mark.parametrize(
    ("locale", "catalogue"),
    [("de-AT", "de"), ("de_CH", "de"), ("en-GB", "en"), ("zh-Hans-CN", "en"), (None, "en"), ("", "en"), ("?", "en")],
)
def test_the_nearest_language_serves(locale: str | None, catalogue: str) -> None:
    assert TEXTS.nearest(locale) == catalogue


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert TEXTS.line(line("said.hello", name="Ann"), "de") == "Hello Ann."
    assert TEXTS.label(control("answer"), "de") == "Answer"
    assert TEXTS.label(control("more"), "de") == "Mehr"


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "nobody is missing"), (1, "1 is missing"), (2, "2 are missing"), (1200, "1,200 are missing")],
)
def test_numbers_choose_the_right_form(count: int, told: str) -> None:
    assert TEXTS.line(line("said.missing", count=count)) == told


def test_the_number_that_chooses_may_have_its_own_name() -> None:
    assert TEXTS.line(line("said.late", late=1)) == "1 late"
    assert TEXTS.line(line("said.late", late=3)) == "3 late ones"


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (timedelta(hours=1, minutes=30), "1 hour, 30 minutes left"),
        (timedelta(days=5), "5 days left"),
        (timedelta(days=1, minutes=2, seconds=3), "1 day, 2 minutes left"),
        (timedelta(seconds=40), "40 seconds left"),
        (timedelta(), "0 seconds left"),
    ],
)
def test_lengths_of_time_read_as_people_say_them(left: timedelta, told: str) -> None:
    assert TEXTS.line(line("said.left", left=left)) == told


def test_known_groups_are_worded_and_others_keep_their_name() -> None:
    assert TEXTS.line(line("said.group", group="frontline")) == "workers|worker|Frontline"
    assert TEXTS.line(line("said.group", group="Night shift")) == "Night shift|Night shift|Night shift"
    assert TEXTS.line(line("said.group", group="said.hello")) == "said.hello|said.hello|Said.hello"


def test_lists_are_joined_as_the_language_joins_them() -> None:
    assert TEXTS.line(line("said.list", names="Ann\nBo\nCy")) == "Ann, Bo and Cy"
    assert TEXTS.listed(("Ann", "Bo")) == "Ann and Bo"


def test_a_fact_may_name_a_sentence_of_a_table() -> None:
    assert TEXTS.line(line("said.phase", phase="draft")) == "being set up"


def test_a_sentence_may_have_others_below_it() -> None:
    assert TEXTS.line(line("said.held")) == "Sealed."
    assert TEXTS.line(line("said.held.keep")) == "Keep it."


@pytest.mark.parametrize(
    "wrong",
    [line("said.nothing"), line("said"), line("said.hello"), line("said.missing"), line("said.missing", count="1")],
)
def test_a_missing_sentence_or_fact_is_an_error_and_never_a_blank(wrong: Line) -> None:
    with pytest.raises(Wordless):
        TEXTS.line(wrong)


def test_a_button_without_a_label_is_an_error() -> None:
    with pytest.raises(Wordless):
        TEXTS.label(control("explode"))


def test_buttons_are_labelled_by_verb_and_argument() -> None:
    assert TEXTS.label(control("answer", CODE, "write")) == "Write"
    assert TEXTS.label(control("answer", CODE, "K7QD-3M9X")) == "Answer"


def test_a_post_keeps_ours_and_theirs_apart() -> None:
    post = Post(
        kind=MessageKind.PAGE,
        content=(line("said.hello", name="Ann"), Passage(text="*{count}*", heading=line("said.held"), locale="he")),
        controls=(control("more", CODE),),
    )
    worded = TEXTS.post(post)
    ours, theirs = worded.paragraphs
    assert (ours.text, ours.is_theirs) == ("Hello Ann.", False)
    assert (theirs.text, theirs.is_theirs, theirs.heading, theirs.locale) == ("*{count}*", True, "Sealed.", "he")
    assert worded.buttons[0].id == "coproduce:more:R-7F3K"
    assert worded.text == "Hello Ann.\nSealed.\n*{count}*"


def test_people_s_words_stay_out_of_representations() -> None:
    worded = TEXTS.outcome(Said(content=(Passage(text="secret"),)))
    assert "secret" not in repr(worded)


def test_outcomes_are_worded_with_their_errors_and_buttons() -> None:
    refused = Refused(because=line("said.held"), fields={"closes_at": line("said.hello", name="Ann")}, locale="en")
    assert TEXTS.outcome(refused).errors == {"closes_at": "Hello Ann."}
    confirm = Confirm(content=(line("said.held"),), yes=control("answer", CODE, "write"))
    assert [button.label for button in TEXTS.outcome(confirm).buttons] == ["Write"]


def test_forms_are_worded_box_by_box() -> None:
    box = Field(
        name="sign",
        kind=FieldKind.CHOICE,
        label=Passage(text="Your {own} question"),
        hint=line("said.held"),
        choices=(("a", line("said.hello", name="A")),),
        error=line("said.held.keep"),
        values=("a",),
    )
    form = Form(kind=FormKind.ANSWER, code=CODE, fields=(box,), title=line("said.held"), submit=line("said.held"))
    worded = TEXTS.form(ShowForm(form=form))
    assert worded.boxes[0].label == "Your {own} question"
    assert worded.boxes[0].choices == (("a", "Hello A."),)
    assert worded.boxes[0].error == "Keep it."


def test_the_real_catalogues_load() -> None:
    assert "en" in Texts.load().languages
