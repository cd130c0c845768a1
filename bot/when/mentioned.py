"""Dates that a text names: only those that can be read in one way."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.when import dates, words
from bot.when.dates import WrongDay

LONGEST_DATE = 4
"""Words: `Saturday 12 December 2026`."""

NEAR = timedelta(days=300)
"""How far ahead a day without a year is meant."""

_EDGES = ".,;:!?()[]\"'“”‘’"
_WITH_YEAR = re.compile(r"\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4}")
_NUMBER = re.compile(r"\d\d?(?:st|nd|rd|th)?")


def days(text: str, today: date) -> tuple[date, ...]:
    """Each once, in the order of the text. Without a year: the next time that the day comes, from `today` on."""
    typed = [word.strip(_EDGES) for word in text.split()]
    found: dict[date, None] = {}
    at = 0
    while at < len(typed):
        size, day = _longest(typed[at : at + LONGEST_DATE], today)
        if day:
            found[day] = None
        at += size
    return tuple(found)


def _longest(typed: list[str], today: date) -> tuple[int, date | None]:
    """The longest date that the text begins with, and its words. None: there is none, or it may be another."""
    for size in range(len(typed), 0, -1):
        read = dates.day(words.plain(" ".join(typed[:size])), today) if _names_a_date(typed[:size]) else None
        if isinstance(read, WrongDay):
            return size, None
        if read and read.is_date:
            is_meant = len(read.dates) == 1 and not _is_over(typed[:size], read.dates[0], today)
            return size, read.dates[0] if is_meant else None
    return 1, None


def _is_over(phrase: list[str], day: date, today: date) -> bool:
    """Without a year it would come again, but a text that names it speaks of the one that has just been."""
    has_year = any(re.search(r"\d{4}", word) for word in phrase)
    return not has_year and day - today > NEAR


def _names_a_date(phrase: list[str]) -> bool:
    """A number beside the name of a month, as it is written ("12 may decide" names none); or numbers with a year."""
    if len(phrase) == 1:
        return _WITH_YEAR.fullmatch(phrase[0]) is not None
    return any(map(_NUMBER.fullmatch, phrase)) and any(map(_is_month, phrase))


def _is_month(word: str) -> bool:
    plain = word.lower()
    is_name = any(plain in (month, month[:3], month[:4]) for month in words.MONTHS)
    return is_name and (plain != "may" or word == "May")
