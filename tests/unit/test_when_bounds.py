"""Times at their bounds, and every word that a time may be written with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import when
from bot.when import Ambiguous, Unreadable

FRIDAY = datetime(2026, 11, 27, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def read(typed: str, now: datetime = FRIDAY, tz: str = "UTC") -> object:
    return when.read(typed, now=now, tz=tz)


def key_of(found: object) -> str:
    return found.line.key if isinstance(found, Unreadable | Ambiguous) else ""


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("monday 17:00", 30),
        ("tues 17:00", 31),
        ("tue 17:00", 31),
        ("wednes 17:00", 32),
        ("wed 17:00", 32),
        ("thur 17:00", 33),
        ("thurs 17:00", 33),
        ("thu. 17:00", 33),
        ("this saturday 17:00", 28),
        ("sun at 17:00", 29),
        ("on sunday, 17:00", 29),
        ("by sunday 17:00", 29),
        ("until sunday 17:00", 29),
        ("sunday 17:00!", 29),
        ("today 17:00", 27),
        ("tmrw 17:00", 28),
        ("day after tomorrow 17:00", 29),
    ],
)
def test_days_are_known_by_all_their_names(typed: str, day: int) -> None:
    assert read(typed) == datetime(2026, 11, 1, 17, tzinfo=UTC) + (day - 1) * DAY


MONTHS = ("jan", "feb", "mar", "apr", "may", "june", "july", "aug", "sept", "oct", "nov", "dec")


@pytest.mark.parametrize("typed", MONTHS)
def test_months_are_known_by_three_letters_four_or_all(typed: str) -> None:
    month = MONTHS.index(typed) + 1
    assert read(f"15 {typed} 2027 17:00") == datetime(2027, month, 15, 17, tzinfo=UTC)
    assert read(f"{typed} 15, 2027 17:00") == datetime(2027, month, 15, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "hour", "minute", "second"),
    [
        ("noon", 12, 0, 0),
        ("midday", 12, 0, 0),
        ("1am", 1, 0, 0),
        ("12am", 0, 0, 0),
        ("12pm", 12, 0, 0),
        ("12.59 pm", 12, 59, 0),
        ("11:59:59 p.m.", 23, 59, 59),
        ("0:00", 0, 0, 0),
        ("23:59:59", 23, 59, 59),
        ("8", 8, 0, 0),
        ("23", 23, 0, 0),
    ],
)
def test_hours_are_read_to_the_second(typed: str, hour: int, minute: int, second: int) -> None:
    assert read(f"2026-12-05 {typed}") == datetime(2026, 12, 5, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["24:00", "23:60", "12:00:60", "0am", "13am", "0pm", "24"])
def test_hours_that_no_clock_shows_are_refused(typed: str) -> None:
    assert key_of(read(f"2026-12-05 {typed}")) == "when.unreadable"


@pytest.mark.parametrize(("typed", "hours"), [("1", (1, 13)), ("7", (7, 19))])
def test_a_bare_hour_before_eight_is_asked_about_unless_it_says_tonight(typed: str, hours: tuple[int, int]) -> None:
    found = read(f"sat {typed}")
    assert isinstance(found, Ambiguous)
    assert [at.hour for at in found.choices] == [*hours]
    assert read(f"tonight {typed}", now=FRIDAY.replace(hour=0)) == FRIDAY.replace(hour=hours[1])


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        *(
            (f"in {word} days", count * DAY)
            for count, word in enumerate(["one", "two", "three", "four", "five", "six", "seven"], 1)
        ),
        ("in a week", 7 * DAY),
        ("in an hour", timedelta(hours=1)),
        ("in 2 hrs", timedelta(hours=2)),
        ("in 1 min", timedelta(minutes=1)),
        ("in 5 minutes and 10 secs", timedelta(minutes=5, seconds=10)),
        ("in 1 day, 2 hours", timedelta(days=1, hours=2)),
        ("in 1w 1d 1h 1m 1s", timedelta(weeks=1, days=1, hours=1, minutes=1, seconds=1)),
        ("in 90 seconds", timedelta(seconds=90)),
        ("In 3 Days.", 3 * DAY),
        ("5d", 5 * DAY),
        ("in eight days", None),
        ("in days", None),
        ("3 days", None),
        ("tomorrow", None),
    ],
)
def test_how_far_ahead_may_be_said_in_words(typed: str, length: timedelta | None) -> None:
    assert when.ahead(typed) == length
    if length:
        assert read(typed) == FRIDAY + length


def test_a_time_is_to_come_and_at_most_five_years_away() -> None:
    assert read("2026-11-27T10:00:01Z") == FRIDAY + SECOND
    assert key_of(read("2026-11-27T10:00:00Z")) == "when.past"
    furthest = FRIDAY + when.FURTHEST
    assert read(furthest.isoformat()) == furthest
    assert key_of(read((furthest + SECOND).isoformat())) == "when.too_far"
    assert key_of(read("in 999999 weeks")) == "when.too_far"


def test_a_weekday_is_today_while_its_hour_is_still_to_come() -> None:
    assert read("fri 10:00:01") == FRIDAY + SECOND
    assert read("fri 10:00") == FRIDAY + 7 * DAY
    assert read("fri 9") == FRIDAY + 7 * DAY - timedelta(hours=1)


def test_a_day_without_a_year_is_the_next_of_that_name_today_included() -> None:
    assert read("27 nov 10:30") == FRIDAY + timedelta(minutes=30)
    assert read("26 nov 10:30") == datetime(2027, 11, 26, 10, 30, tzinfo=UTC)
    assert read("sat 28 nov 10:30") == datetime(2026, 11, 28, 10, 30, tzinfo=UTC)
    assert key_of(read("sun 28 nov 10:30")) == "when.no_such_day"


@pytest.mark.parametrize(
    "typed", ["2026-12-01t17:00", "2026-12-01T17:00:00z", "2026-12-01T18:30+0130", "2026-12-1 17:00"]
)
def test_what_pickers_send_is_read(typed: str) -> None:
    assert read(typed) == datetime(2026, 12, 1, 17, tzinfo=UTC)


def test_the_day_is_that_of_the_zone_and_an_unknown_zone_is_utc() -> None:
    late = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # Saturday already in Auckland
    auckland = ZoneInfo("Pacific/Auckland")
    assert read("today 17:00", now=late, tz="Pacific/Auckland") == datetime(2026, 11, 28, 17, tzinfo=auckland)
    assert read("tomorrow 17:00", now=late, tz="Mars/Base") == datetime(2026, 11, 28, 17, tzinfo=UTC)


def test_what_is_refused_is_answered_with_an_example_that_can_be_typed() -> None:
    for typed in ("in 0 days", "2026-11-01 10:00", "31 june 10:00", "fri"):
        found = read(typed)
        assert isinstance(found, Unreadable)
        example = str(found.line.facts["example"])
        assert isinstance(read(example), datetime), example
    past, twice = read("2026-11-01 10:00"), read("2027-10-31T01:30", tz="Europe/London")
    assert isinstance(past, Unreadable)
    assert past.line.facts["at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert isinstance(twice, Ambiguous)
    assert twice.line.facts["typed"] == "01:30"
    assert dict(twice.line.facts) == {"typed": "01:30"}
