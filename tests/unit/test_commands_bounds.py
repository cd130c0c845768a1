"""The grammar at its bounds: how long a code may be, what is said back, and in whose language."""

from __future__ import annotations

from typing import Any

import pytest

from bot import commands
from bot.acts import Act, Add, Answer, Extend, FormKind, Hide, Refused, SaveSetup, Share, Write
from bot.answers import Answers, Seen
from bot.messages import Line
from bot.rounds import ActId, RoundCode
from tests.builders import NOON, actor
from tests.saying import settled

CODE, KWMP = RoundCode("R-7F3K"), RoundCode("R-KWMP")
BERLIN = actor("sam", locale="en-GB", tz="Europe/Berlin")


def typed(text: str) -> Act | Refused:
    return settled(commands.typed(text, id=ActId("a"), actor=BERLIN, at=NOON), CODE, KWMP)


def filled(kind: FormKind, page: str = "", **fields: str) -> Act | Refused:
    values = {name: (value,) for name, value in fields.items()}
    return commands.filled(kind, CODE, page, values, id=ActId("a"), actor=BERLIN, at=NOON)


@pytest.mark.parametrize("text", ["weigh", "xyzzy", "answer R-1O0I", "add 7f3k x", "share", "remove 7f3k"])
def test_a_refusal_is_in_the_language_of_who_typed_and_offers_home_and_help(text: str) -> None:
    found = typed(text)
    assert isinstance(found, Refused)
    assert (found.locale, found.tz) == ("en-GB", "Europe/Berlin")
    assert [control.id for control in found.controls] == ["coproduce:home:", "coproduce:help:"]


def test_who_has_no_language_and_no_zone_is_answered_in_ours() -> None:
    found = commands.typed("xyzzy", id=ActId("a"), actor=actor(), at=NOON)
    assert isinstance(found, Refused)
    assert (found.locale, found.tz) == ("en", "UTC")


def because(text: str) -> Line:
    found = typed(text)
    assert isinstance(found, Refused), found
    return found.because


def test_what_was_not_understood_is_said_back_and_cut_at_30() -> None:
    assert because("weigh 7f3k") == Line(key="refused.verb_later", facts={"verb": "weigh"})
    assert because("anser 7f3k").facts == {"typed": "anser", "nearest": "answer"}
    assert because("q" * 40).facts == {"typed": "q" * 30, "nearest": "help"}
    assert because("answer R-O0O0 please") == Line(key="refused.code_shape", facts={"typed": "R-O0O0"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7f3k", "R-7F3K"),
        (" r-7f3k ", "R-7F3K"),
        ("R 7F3K", "R-7F3K"),
        ("7f3k9", "R-7F3K9"),
        ("7f3k9z", "R-7F3K9Z"),
        ("7f3", None),
        ("7f3k9zz", None),
        ("7f3o", None),
        ("7f31", None),
    ],
)
def test_a_code_has_four_to_six_signs_and_none_that_looks_like_another(text: str, code: str | None) -> None:
    assert commands.read_code(text) == code


@pytest.mark.parametrize("word", ["next", "week", "days", "half", "past", "team"])
def test_words_of_four_letters_that_people_use_are_no_codes(word: str) -> None:
    assert typed(f"extend {word} fri 17:00") == Extend(id=ActId("a"), actor=BERLIN, at=NOON, when=f"{word} fri 17:00")


def test_people_and_voices_are_read_from_what_is_typed() -> None:
    assert typed("share 7f3k <@U1>") == Share(id=ActId("a"), actor=BERLIN, at=NOON, code=CODE, person="U1")
    hide = typed("hide 7f3k F3  it names somebody ")
    assert hide == Hide(id=ActId("a"), actor=BERLIN, at=NOON, code=CODE, voice="F3", reason="it names somebody")
    add = typed("add 7f3k <@U1> night, shift <@U2>")
    assert isinstance(add, Add)
    assert (add.group, add.people) == ("night shift", ("U1", "U2"))


def test_every_box_of_an_answer_is_kept_where_it_was_written() -> None:
    boxes: dict[str, Any] = {"personal": "a", "others": "b", "intentions": "c", "barriers": "d"}
    written = filled(FormKind.ANSWER, "late", **boxes, sign="name", seen="some")
    assert isinstance(written, Write)
    assert (written.code, written.seal, written.late) == (CODE, True, True)
    assert written.answers == Answers(**boxes, sign=True, seen=Seen.SOME)
    plain = filled(FormKind.ANSWER)
    assert isinstance(plain, Write)
    assert (plain.answers, plain.late) == (Answers(), False)


@pytest.mark.parametrize("page", ["what", "", "3 of 9"])
def test_each_part_of_a_set_up_is_saved_with_all_that_was_typed(page: str) -> None:
    saved = filled(FormKind.SETUP, page, service="Repairs")
    assert isinstance(saved, SaveSetup)
    assert (saved.code, saved.page, saved.fields) == (CODE, page, {"service": ("Repairs",)})


def test_a_time_or_a_reason_is_trimmed_and_an_empty_one_is_marked_at_its_box() -> None:
    extend = filled(FormKind.EXTEND, closes_at="  fri 17:00 ")
    assert isinstance(extend, Extend)
    assert (extend.when, extend.confirmed) == ("fri 17:00", False)
    empty = filled(FormKind.EXTEND, closes_at="  ")
    assert isinstance(empty, Refused)
    assert (empty.because.key, [*empty.fields]) == ("refused.time_empty", ["closes_at"])
    assert (empty.locale, empty.tz) == ("en-GB", "Europe/Berlin")
    hide = filled(FormKind.HIDE, voice=" F3 ", reason=" because ")
    assert isinstance(hide, Hide)
    assert (hide.voice, hide.reason) == ("F3", "because")


@pytest.mark.parametrize(
    "text", ["coproduce:answer:R-7F3", "coproduce:answer", "other:answer:R-7F3K", "coproduce:fly:R-7F3K"]
)
def test_a_button_that_is_not_ours_does_nothing(text: str) -> None:
    found = commands.pressed(text, id=ActId("a"), actor=BERLIN, at=NOON)
    assert isinstance(found, Refused)
    assert found.because.key == "refused.stale_button"


def test_answering_before_reading_is_told_from_answering() -> None:
    kinds = [
        commands.pressed(f"coproduce:{verb}:R-7F3K", id=ActId("a"), actor=BERLIN, at=NOON)
        for verb in ("late", "answer")
    ]
    assert [isinstance(act, Answer) and act.late for act in kinds] == [True, False]
