"""Times as people write them: understood, or refused with an example; never silently wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import when
from bot.messages import line
from bot.text import Texts
from bot.when import Ambiguous, Unreadable

LONDON = "Europe/London"
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
THURSDAY = FRIDAY - timedelta(days=1)
TEXTS = Texts.load()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)).astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fri 17:00", "2026-11-27T17:00"),
        ("Friday at 5pm", "2026-11-27T17:00"),
        ("friday 5.30 p.m.", "2026-11-27T17:30"),
        ("fri 9:00", "2026-12-04T09:00"),  # nine has gone by this Friday
        ("sat 17:00", "2026-11-28T17:00"),
        ("tues 17:00", "2026-12-01T17:00"),
        ("17:00 on monday", "2026-11-30T17:00"),
        ("mon 12am", "2026-11-30T00:00"),
        ("mon 12pm", "2026-11-30T12:00"),
        ("tomorrow 9am", "2026-11-28T09:00"),
        ("noon tomorrow", "2026-11-28T12:00"),
        ("the day after tomorrow 14", "2026-11-29T14:00"),
        ("tonight 9", "2026-11-27T21:00"),
        ("today 5", "2026-11-27T17:00"),  # five in the morning has gone by
        ("17:00", "2026-11-27T17:00"),
        ("in 3 days", "2026-11-30T10:00"),
        ("in 40 seconds", "2026-11-27T10:00:40"),
        ("in an hour and 30 minutes", "2026-11-27T11:30"),
        ("in 1h30m", "2026-11-27T11:30"),
        ("3d", "2026-11-30T10:00"),
        ("in two weeks", "2026-12-11T10:00"),
        ("5 dec 17:00", "2026-12-05T17:00"),
        ("5th of December, 17:00", "2026-12-05T17:00"),
        ("Dec 5 17:00", "2026-12-05T17:00"),
        ("sat 5 dec 17:00:30", "2026-12-05T17:00:30"),
        ("5 feb 17:00", "2027-02-05T17:00"),
        ("29 feb 17:00", "2028-02-29T17:00"),
        ("2026-12-01 17:00", "2026-12-01T17:00"),
        ("2026-12-01T17:00", "2026-12-01T17:00"),
        ("2026-12-01T18:00+01:00", "2026-12-01T17:00"),
        ("2026-07-01 17:00", None),  # gone by
        ("2027-07-01 17:00", "2027-07-01T17:00"),  # summer time
    ],
)
def test_times_are_read_as_people_mean_them(typed: str, meant: str | None) -> None:
    found = when.read(typed, now=FRIDAY, tz=LONDON)
    assert found == at(meant) if meant else isinstance(found, Unreadable)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "when.unreadable"),
        ("soon", "when.unreadable"),
        ("next fri 17:00", "when.unreadable"),
        ("in 3 potatoes", "when.unreadable"),
        ("4/12/2026 10:00", "when.unreadable"),  # April, or December?
        ("9 dec 10", "when.unreadable"),  # the ninth at ten, or the tenth at nine?
        ("5 dec 25:00", "when.unreadable"),
        ("5", "when.unreadable"),
        ("fri 13pm", "when.unreadable"),
        ("fri", "when.needs_hour"),
        ("4 dec", "when.needs_hour"),
        ("31 june 10:00", "when.no_such_day"),
        ("2026-02-29 10:00", "when.no_such_day"),
        ("sun 4 dec 10:00", "when.no_such_day"),  # that is a Friday
        ("2026-11-01 10:00", "when.past"),
        ("today 9:00", "when.past"),
        ("in 0 days", "when.past"),
        ("2060-01-01 10:00", "when.too_far"),
    ],
)
def test_what_it_does_not_know_it_refuses(typed: str, key: str) -> None:
    found = when.read(typed, now=FRIDAY, tz=LONDON)
    assert isinstance(found, Unreadable)
    assert found.line.key == key
    assert TEXTS.line(found.line, "en", LONDON)


def test_a_bare_early_hour_is_asked_about() -> None:
    found = when.read("friday at 5", now=THURSDAY, tz=LONDON)
    assert isinstance(found, Ambiguous)
    assert found.choices == (at("2026-11-27T05:00"), at("2026-11-27T17:00"))
    assert "Fri 27 Nov, 05:00 or Fri 27 Nov, 17:00" in TEXTS.line(found.line, "en", LONDON)


def test_a_bare_hour_of_the_working_day_is_not_asked_about() -> None:
    assert when.read("fri 8", now=THURSDAY, tz=LONDON) == at("2026-11-27T08:00")


def test_an_hour_that_the_clocks_skip_is_told_with_its_neighbours() -> None:
    found = when.read("28 mar 2027 01:30", now=FRIDAY, tz=LONDON)
    assert isinstance(found, Ambiguous)
    assert found.line.key == "when.skipped"
    assert found.choices == (at("2027-03-28T00:30"), at("2027-03-28T02:30"))


def test_an_hour_that_comes_twice_is_asked_about() -> None:
    found = when.read("31 oct 2027 01:30", now=FRIDAY, tz=LONDON)
    assert isinstance(found, Ambiguous)
    assert found.line.key == "when.twice"
    first, second = found.choices
    assert second - first == timedelta(hours=1)


@given(
    moment=st.datetimes(min_value=datetime(2026, 11, 28), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from([LONDON, "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "UTC"]),
    locale=st.sampled_from(["en", "en-GB", "en-US", "en-AU"]),
)
def test_every_time_that_is_shown_can_be_typed_back(moment: datetime, zone: str, locale: str) -> None:
    meant = moment.replace(microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    shown = TEXTS.line(line("when.past", at=meant, example=""), locale, zone).split(" is in the past")[0]
    found = when.read(shown, now=FRIDAY, tz=zone)
    assert found == meant or (isinstance(found, Ambiguous) and meant in found.choices)


@given(typed=st.text(max_size=30) | st.from_regex(r"[a-z]{2,4} [0-9]{1,4}[:. ]?[0-9]{0,2} ?(am|pm)?", fullmatch=True))
def test_anything_typed_is_a_coming_time_or_a_sentence(typed: str) -> None:
    found = when.read(typed, now=FRIDAY, tz=LONDON)
    if isinstance(found, datetime):
        assert found > FRIDAY
        assert found.tzinfo is UTC
    else:
        assert TEXTS.line(found.line, "en", LONDON)


@pytest.mark.parametrize(
    ("typed", "ahead"),
    [
        ("in 3 days", timedelta(days=3)),
        ("5d", timedelta(days=5)),
        ("1h30m", timedelta(minutes=90)),
        ("fri 17:00", None),
    ],
)
def test_how_far_ahead_is_told_from_a_time_of_day(typed: str, ahead: timedelta | None) -> None:
    assert when.ahead(typed) == ahead


def test_time_zones_are_known_by_name() -> None:
    assert when.is_zone("Europe/London")
    assert not when.is_zone("Londinium")
    assert not when.is_zone("../etc/passwd")
