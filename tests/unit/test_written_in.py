"""People say in which language they write, where it is not that of the round; the report marks their words with it."""

from __future__ import annotations

import pytest

from bot import forms
from bot.acts import Actor, Answer, ShowForm, Write
from bot.answers import Answers, Level
from bot.commands import answers_of
from bot.messages import Line
from bot.report import files, report
from bot.report.html import passage
from bot.rounds import RoundCode
from storage.words.seal import from_words, words
from tests.builders import account, act, collecting, seat
from tests.contract.stores import Stores, kept_as, stores
from tests.unit.messages import TEXTS, a_round
from tests.unit.reveals import NOW, arranged, cast, reply, revealed
from tests.unit.reveals import a_round as round_of
from tests.unit.test_slack_platform import Slack, user
from tests.world import World, memory_stores

__all__ = ["stores"]


@pytest.mark.parametrize(
    ("spoken", "choices"),
    [
        ("en-GB", None),
        (None, None),
        ("not a language", None),
        ("de-AT", {"de": "Deutsch", "en": "English"}),
        ("zh-TW", {"zh-Hant": "中文 (繁體)", "en": "English"}),
        ("pt_BR", {"pt": "português", "en": "English"}),
    ],
)
def test_the_form_asks_for_the_language_only_of_whoever_speaks_another_than_the_round(
    spoken: str | None, choices: dict[str, str] | None
) -> None:
    round_ = a_round()
    language = Actor(account=account("ann"), name="Ann", locale=spoken).language
    form = forms.answer_form(round_, round_.seats[0], None, group_size=2, language=language)
    asked = {field.name: field for field in form.fields}.get("written_in")
    assert (asked is None) is (choices is None)
    if asked and choices:
        assert {value: TEXTS.line(label) for value, label in asked.choices} == choices
        assert isinstance(asked.label, Line)
        assert TEXTS.line(asked.label) == "I write in"
        assert asked.optional
        assert not asked.values


@pytest.mark.parametrize(("typed", "kept"), [("zh-Hant", "zh-Hant"), ("", ""), ('de"><b>', ""), ("x" * 50, "")])
def test_only_the_tag_of_a_language_is_taken_from_the_form(typed: str, kept: str) -> None:
    assert answers_of({"personal": ("x",), "written_in": (typed,)}).written_in == kept


def test_it_is_sealed_with_the_words_and_answers_from_before_have_none() -> None:
    german = Answers(personal="Gut", written_in="de")
    assert from_words(words(german))[0] == german
    assert b"written_in" not in words(Answers(personal="Gut"))


async def test_it_is_kept_with_the_answer_page_by_page_and_shown_again() -> None:
    world = World(memory_stores()[0])
    await world.start()
    code = await world.open()
    german = {"actor": {"locale": "de"}}
    page = Answers(personal="Gut", written_in="de")
    boxes = frozenset({"personal", "written_in"})
    await world.press(Write, "fay", code=code, answers=page, boxes=boxes, seal=False, **german)
    await world.press(Write, "fay", code=code, answers=Answers(others="Gut"), boxes=frozenset({"others"}), **german)
    shown = await world.press(Answer, "fay", code=code, **german)
    assert isinstance(shown, ShowForm)
    assert {field.name: field.values for field in shown.form.fields}["written_in"] == ("de",)
    await world.crash()


def test_the_report_marks_the_words_with_the_language_their_writer_named() -> None:
    assert 'lang="zh-Hant"' in passage("一句中文", language="zh-Hant")
    assert 'lang="de"' in passage("OK", "span", "de")
    seats = cast(("citizens", 3), ("frontline", 3))
    texts = Answers(personal="Handy", others="Bus", barriers="WLAN", written_in="de")
    made = arranged(round_of(seats), [reply(one, texts) for one in seats])
    shown = report(revealed(made.round_), made.perspectives, NOW)
    (page,) = (file.content.decode() for file in files(shown, ["html"], TEXTS))
    for word in ("Handy", "Bus", "WLAN"):
        assert page.count(f'lang="de">{word}<') == page.count(f">{word}<") > 0


def test_questions_in_the_report_carry_the_language_they_were_asked_in() -> None:
    seats = cast(("citizens", 1))
    made = arranged(round_of(seats), [reply(seats[0], Answers(personal="x"))])
    shown = report(revealed(made.round_), made.perspectives, NOW)
    (page,) = (file.content.decode() for file in files(shown, ["html"], TEXTS))
    assert page.count('<li dir="auto" lang="en">') == sum(len(asked) for _, asked in shown.questions) >= len(Level)


async def test_slack_says_which_language_somebody_speaks_also_where_there_is_no_catalogue_for_it() -> None:
    """It is held in memory only: neither set-up nor seat stores it."""
    slack = Slack(users_info=[user(locale="zh-TW")])
    actor = await slack.people.actor("U1", "ann")
    assert (actor.locale, actor.language) == (None, "zh-TW")


async def test_a_language_is_kept_with_the_words_in_every_store(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    written = Answers(personal="Gut", written_in="de")
    await stores.replies.keep(RoundCode("R-7F3K"), account("ann"), act("ann"), written, kept_as("reply"))
    own = await stores.replies.own(RoundCode("R-7F3K"), account("ann"))
    assert own
    assert own.answers == written
