"""Each time that a sentence shows as an example is one that can be typed at that moment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import when
from bot.when import Ambiguous, Unreadable

CATALOGUES = sorted((Path(__file__).parents[2] / "bot/locales").glob("*.toml"))
MARKS = re.compile(r"(?:[Ss]uch as:?|like this:|like one of these:|for example:) (?P<shown>[^?\n]+)")
LIKE_A_TIME = re.compile(r"\d\d?:\d\d|\d(?:am|pm)|\bin (?:a|\d+) \w+|\d{4}-\d\d-\d\d|\b(?:today|tomorrow|midnight)\b")

ZONES = ("Europe/London", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "Australia/Lord_Howe")
MOMENTS = (
    "2026-11-27T10:00",  # a Friday
    "2026-11-27T16:59:59",
    "2026-11-27T17:00",
    "2026-11-27T18:30",
    "2026-11-27T23:59:59",
    "2026-12-05T18:30",  # the 5th of December
    "2026-12-01T17:00",
    "2026-12-31T23:59:30",
    "2027-01-01T00:00",
    "2027-01-31T12:00",
    "2027-03-27T01:30",  # the clocks go forward in London
    "2027-03-28T00:30",
    "2027-03-14T01:59",  # in New York
    "2026-10-25T00:30",  # back
    "2026-10-25T01:30",
    "2026-11-01T01:30",
    "2027-04-04T01:45",
    "2028-02-28T23:00",
    "2028-02-29T10:00",
    "2028-02-29T18:30",
    "2031-03-01T12:00",
)
TYPED = (
    *("soon", "", "fri", "today", "tonight", "tomorrow", "this morning", "tomorrow morning", "eod", "cob friday"),
    *("end of the month", "next week", "next friday", "next friday 17:00", "1/12", "1/12 17:00", "midnight", "12am"),
    *("friday 5", "friday 12am", "1m", "17h", "today 00:00:01", "yesterday 17:00", "31 june", "29 feb", "29 feb 2029"),
    *("sat 29 feb 17:00", "friday 5 december", "monday 5 december 17:00", "2001-01-01", "in 9 years", "5th", "31st"),
    *("2027-03-28 01:30", "2026-10-25 01:30", "2026-11-01 01:30", "9 dec 10", "friday week", "weds", "5 dec 2030"),
)


def _sentences(node: Mapping[str, Any] | str, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield key, node
    else:
        for name, value in node.items():
            yield from _sentences(value, f"{key}.{name}".removeprefix("."))


def _written() -> dict[str, set[str]]:
    """Example -> the keys of the sentences that show it."""
    found: dict[str, set[str]] = {}
    for path in CATALOGUES:
        for key, text in _sentences(tomllib.loads(path.read_text(encoding="utf-8"))):
            for mark in MARKS.finditer(text):
                for part in re.split(r", | or ", mark["shown"]):
                    example = part.strip(" .\"'")
                    if LIKE_A_TIME.search(example) and "{" not in example:
                        found.setdefault(example, set()).add(key)
    return found


WRITTEN = _written()


def _now(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_the_sentences_that_show_times_are_found() -> None:
    keys = set().union(*WRITTEN.values())
    assert {
        "when.unreadable",
        "form.setup.closes_at.hint",
        "form.extend.closes_at.hint",
        "refused.time_empty",
        "refused.empty.closes_at",
    } <= keys


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("example", sorted(WRITTEN))
def test_each_time_in_the_catalogue_can_be_typed_at_any_moment(example: str, zone: str) -> None:
    for moment in MOMENTS:
        found = when.read(example, now=_now(moment, zone), tz=zone)
        assert isinstance(found, datetime), f"{example!r} at {moment}, in {sorted(WRITTEN[example])}"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("typed", TYPED)
def test_each_example_of_an_answer_can_be_typed_at_any_moment(typed: str, zone: str) -> None:
    for moment in MOMENTS:
        now = _now(moment, zone)
        found = when.read(typed, now=now, tz=zone)
        if isinstance(found, Ambiguous | Unreadable):
            for name, fact in found.line.facts.items():
                if name in ("example", "or_example", "date"):
                    assert isinstance(when.read(str(fact), now=now, tz=zone), datetime), f"{fact!r} at {moment}"
