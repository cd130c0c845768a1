"""The day of a time: `fri`, `tomorrow`, `5 dec`, `2026-12-01`, `13/12/2026`, `friday week`, `in 3 days`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.when import lengths, words

DAY, WEEK = timedelta(days=1), timedelta(days=7)
YEARS = 5
"""A year of two digits, or one that may be an hour, is at most so far away."""

_YEAR_FIRST = re.compile(r"(\d{4})([/.-])(\d\d?)\2(\d\d?)")
_EIGHT_DIGITS = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_NUMBERS = re.compile(r"(\d\d?)([/.-])(\d\d?)(?:\2(\d{4}|\d\d)|\.)?")
_DAY_MONTH = re.compile(r"(\d\d?)(?:st|nd|rd|th)?(?: of)? ?([a-z]{3,10})\.?(?: '?(\d{4}|\d\d))?")
_MONTH_DAY = re.compile(r"([a-z]{3,10})\.? (\d\d?)(?:st|nd|rd|th)?(?: '?(\d{4}|\d\d))?")
_NTH = re.compile(r"(\d\d?)(?:st|nd|rd|th)")
_HYPHENS = re.compile(r"(?<=[a-z])[-/](?=\d)|(?<=\d)[-/](?=[a-z])")
_WEEK_ON = re.compile(r"(a week|a fortnight|[a-z]+ weeks|\d+ weeks) (?:on |from |after )?([a-z]+)")
_WEEKDAY_WEEK = re.compile(r"([a-z]+) week")
_NEXT_WEEK = re.compile(r"(?P<day>[a-z]+) next week|next week (?P<other>[a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as it was typed: the dates that it may be."""

    dates: tuple[date, ...]
    comes_again: bool = False  # a weekday: in a week, where its hour has gone by
    is_date: bool = False  # day and month, in any form
    is_full: bool = False  # weekday, day and month
    is_length: bool = False  # "in 3 days"
    second_if_gone: bool = False  # "friday week" on a Friday: the second date is meant only where the hour has gone by

    def later(self) -> Day:
        return Day(dates=tuple(each + WEEK for each in self.dates), comes_again=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDay:
    """There is no such day (31 June), or it has another weekday than was typed."""

    date: date | None = None


def day(text: str, today: date) -> Day | WrongDay | None:
    """None where it is no day."""
    text = _HYPHENS.sub(" ", text)
    readers: tuple[Callable[[str, date], Day | WrongDay | None], ...] = (_relative, _weekly, _numeric, _with_weekday)
    try:
        return next((found for reader in readers if (found := reader(text, today)) is not None), None)
    except OverflowError:
        return WrongDay()


# days that are counted from today ------------------------------------------------------------------------


def _relative(text: str, today: date) -> Day | None:
    if text == "day after tomorrow":  # not for people
        return Day(dates=(today + 2 * DAY,))
    if text in ("today week", "tomorrow week"):  # not for people
        text = f"a week {text.split()[0]}"
    if (one := _near(text, today)) is not None:
        return Day(dates=(one,))
    if (found := _WEEK_ON.fullmatch(text)) and (one := _near(found[2], today)) is not None:
        wait = lengths.length(found[1])
        return Day(dates=(wait.day_after(one),)) if wait else None
    wait = lengths.length(text)
    if wait and wait.is_calendar:
        return Day(dates=(wait.day_after(today),), is_length=True)
    return None


def _near(word: str, today: date) -> date | None:
    if words.is_today(word):
        return today
    if word == "yesterday":
        return today - DAY
    return today + DAY if words.is_tomorrow(word) else None


def _weekly(text: str, today: date) -> Day | None:
    """`fri`, `this fri`, `next fri`, `fri week`, `fri next week`, `a week on fri`."""
    if (at := words.weekday(text)) is not None:
        return Day(dates=(_coming(at, today),), comes_again=True)
    first, _, last = text.partition(" ")
    if first in ("this", "next", "coming") and (at := words.weekday(last)) is not None:
        return Day(dates=_of_word(first, _coming(at, today), today))
    if found := _NEXT_WEEK.fullmatch(text):
        return _in_next_week(found["day"] or found["other"], today)
    wait, week = _WEEK_ON.fullmatch(text), _WEEKDAY_WEEK.fullmatch(text)
    at = words.weekday(wait[2] if wait else week[1] if week else "")
    ahead = lengths.length(wait[1] if wait else "a week")
    if at is None or ahead is None:
        return None
    there, is_today = ahead.day_after(_coming(at, today)), at == today.weekday()
    return Day(dates=(there, there + WEEK) if is_today else (there,), second_if_gone=is_today)


def _coming(weekday: int, today: date) -> date:
    """The next day of that name, today included."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _of_word(word: str, coming: date, today: date) -> tuple[date, ...]:
    """Some mean by "next Friday" the first one that comes, some the one after it."""
    if word == "this":
        return (coming,)
    if word == "coming":
        return (coming, coming + WEEK) if coming == today else (coming,)
    first = coming if coming > today else coming + WEEK
    return (first, first + WEEK)


def _in_next_week(name: str, today: date) -> Day | None:
    at = words.weekday(name)
    if at is None:
        return None
    monday = today + timedelta(days=7 - today.weekday())
    sunday = today + timedelta(days=7 - (today.weekday() + 1) % 7)  # where weeks begin on Sunday
    return Day(dates=tuple(sorted({monday + timedelta(days=at), sunday + timedelta(days=(at + 1) % 7)})))


# dates -----------------------------------------------------------------------------------------------------


def _numeric(text: str, today: date) -> Day | WrongDay | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _of_dates([_date(int(found[1]), int(found[3]), int(found[4]))])
    if found := _EIGHT_DIGITS.fullmatch(text):
        return _of_dates([_date(int(found[1]), int(found[2]), int(found[3]))])
    found = _NUMBERS.fullmatch(text)
    if found is None or (found[2] == "-" and not found[4]):
        return None
    first, second, year = int(found[1]), int(found[3]), _year(found[4], today)
    ways = [(first, second)] if found[2] == "." else [(first, second), (second, first)]
    dates = [_on(number, month, year, today) for number, month in ways]
    if year and len(found[4]) == 2 and found[2] != ".":
        dates.append(_date(2000 + first, second, int(found[4])))
    if found[2] == "." and dates == [None] and not year:
        return None  # "6.30" is an hour
    return _of_dates(dates)


def _of_dates(dates: Sequence[date | None]) -> Day | WrongDay:
    there = tuple(dict.fromkeys(each for each in dates if each))
    return Day(dates=there, is_date=True) if there else WrongDay()


def _with_weekday(text: str, today: date) -> Day | WrongDay | None:
    """A date with the name of its month, or a day of this month or the next; its weekday may stand beside it."""
    first, _, rest = text.partition(" ")
    before, _, last = text.rpartition(" ")
    for name, bare in (("", text), (first, rest), (last, before)):
        at = words.weekday(name)
        if name and (at is None or not bare):
            continue
        found = _named(bare, today) or (_numeric(bare, today) if name else None)
        if not isinstance(found, Day) or at is None:
            if found is not None:
                return found
            continue
        fitting = tuple(each for each in found.dates if each.weekday() == at)
        return Day(dates=fitting, is_date=True, is_full=True) if fitting else WrongDay(date=found.dates[0])
    return None


def _named(text: str, today: date) -> Day | WrongDay | None:
    if found := _DAY_MONTH.fullmatch(text):
        number, name, year = found.groups()
    elif found := _MONTH_DAY.fullmatch(text):
        name, number, year = found.groups()
    elif found := _NTH.fullmatch(text):
        return _nth(int(found[1]), today)
    else:
        return None
    month, in_year = words.month(name), _year(year, today)
    if month is None or (year and not in_year):
        return None
    return _of_dates([_on(int(number), month, in_year, today)])


def _nth(number: int, today: date) -> Day | WrongDay:
    """`5th`: of this month, or of the next."""
    month, year = (1, today.year + 1) if today.month == 12 else (today.month + 1, today.year)
    there = [_date(today.year, today.month, number), _date(year, month, number)]
    return _of_dates([each for each in there if each and each >= today][:1])


def _year(text: str | None, today: date) -> int | None:
    """`26` is 2026, where it is a year that is near."""
    if not text or len(text) == 4:
        return int(text) if text else None
    year = today.year // 100 * 100 + int(text)
    return year if today.year <= year <= today.year + YEARS else None


def _on(number: int, month: int, year: int | None, today: date) -> date | None:
    """Without a year: the next time that day comes. 29 February may be eight years away."""
    years = (year,) if year else range(today.year, today.year + 9)
    there = (_date(each, month, number) for each in years)
    return next((each for each in there if each and (year or each >= today)), None)


def is_year(year: int) -> bool:
    """Beyond these, some zone has no such day."""
    return 1_000 <= year <= 9_000


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if is_year(year) else None
    except ValueError:
        return None
