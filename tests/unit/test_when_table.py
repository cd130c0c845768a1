"""What people type for a time, as a table (times.toml): taken as it is meant, asked about, or refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from bot import when
from bot.text import Texts
from bot.when import Ambiguous, Unreadable

TEXTS = Texts.load()
KINDS = {
    "no": "unreadable",
    "hour": "needs_hour",
    "day": "needs_day",
    "past": "past",
    "far": "too_far",
    "no such day": "no_such_day",
    "weekday": "other_weekday",
}


class Case(NamedTuple):
    typed: str
    now: datetime
    zone: str
    answer: str


def _cases() -> Iterator[Case]:
    tables = tomllib.loads((Path(__file__).parent / "times.toml").read_text(encoding="utf-8"))
    for table in tables.values():
        now = _moment(table.pop("now"), table["zone"])
        zone = table.pop("zone")
        for rows in table.values():
            yield from (Case(typed, now, zone, answer) for typed, answer in rows.items())


def _moment(text: str, zone: str) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


CASES = tuple(_cases())


def _id(case: Case) -> str:
    return f"{case.typed} ({case.now:%d %b %H:%M} {case.zone})"


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_each_phrase_is_taken_as_it_is_meant_or_asked_about(case: Case) -> None:
    found = when.read(case.typed, now=case.now, tz=case.zone)
    if case.answer in KINDS:
        assert isinstance(found, Unreadable), found
        assert found.line.key == f"when.{KINDS[case.answer]}"
    elif case.answer == "ask":
        assert isinstance(found, Ambiguous), found
        assert found.line.key == "when.which_day"
    elif case.answer.startswith("ask "):
        assert isinstance(found, Ambiguous), found
        assert found.choices == tuple(_moment(each, case.zone) for each in case.answer[4:].split(" | "))
    else:
        assert found == _moment(case.answer, case.zone)


@pytest.mark.parametrize("case", [case for case in CASES if case.answer.startswith(("ask", *KINDS))], ids=_id)
def test_each_example_of_an_answer_is_accepted_at_that_moment(case: Case) -> None:
    found = when.read(case.typed, now=case.now, tz=case.zone)
    assert not isinstance(found, datetime)
    shown = {name: fact for name, fact in found.line.facts.items() if name.endswith("example") or name == "date"}
    for fact in shown.values():
        assert isinstance(when.read(str(fact), now=case.now, tz=case.zone), datetime), fact
    assert TEXTS.line(found.line, "en", case.zone)


@pytest.mark.parametrize("case", [case for case in CASES if case.answer.startswith("ask ")], ids=_id)
def test_each_reading_that_is_asked_about_can_be_had_by_its_example(case: Case) -> None:
    found = when.read(case.typed, now=case.now, tz=case.zone)
    assert isinstance(found, Ambiguous)
    facts = found.line.facts
    if "or_example" in facts:
        examples = (str(facts["example"]), str(facts["or_example"]))
        assert tuple(when.read(each, now=case.now, tz=case.zone) for each in examples) == found.choices


def test_the_table_is_long_enough_to_hold_what_people_type() -> None:
    assert len(CASES) >= 392
