"""Times as people write them: what holds for all of them. Phrase by phrase: test_when_table.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from bot import when
from bot.messages import line
from bot.text import Texts
from bot.when import Ambiguous
from tests.unit.test_when_table import CASES

LONDON = "Europe/London"
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
THURSDAY = FRIDAY - timedelta(days=1)
TEXTS = Texts.load()
ZONES = (LONDON, "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Australia/Lord_Howe", "UTC")
ENGLISH = tuple(
    name.replace("_", "-")
    for name in sorted(locale_identifiers())
    if Locale.parse(name).language == "en" and not Locale.parse(name).script
)

moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2032, 12, 31))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)).astimezone(UTC)


def in_utc(moment: datetime, zone: str) -> datetime:
    return moment.replace(microsecond=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(moment: datetime, locale: str, zone: str) -> str:
    return TEXTS.line(line("when.past", at=moment, example=""), locale, zone).split(" is in the past")[0]


def sentence(typed: str, now: datetime) -> str:
    found = when.read(typed, now=now, tz=LONDON)
    assert not isinstance(found, datetime)
    return TEXTS.line(found.line, "en", LONDON)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("friday at 5", "Do you mean Fri 27 Nov, 05:00 or Fri 27 Nov, 17:00? Write am or pm behind the hour."),
        (
            "friday 12am",
            "Is that the night before or the night after: Fri, 27 Nov 2026, 00:00 or Sat, 28 Nov 2026, 00:00? "
            "Write 2026-11-27 00:00 or 2026-11-28 00:00.",
        ),
        ("1m", "Do you mean Thu, 26 Nov 2026, 10:01 or Sat, 26 Dec 2026, 10:00? Write in 1 min or in 1 month."),
        ("17h", "Do you mean Thu, 26 Nov 2026, 17:00 or Fri, 27 Nov 2026, 03:00? Write 17:00 or in 17 hours."),
        (
            "next friday",
            "Do you mean Fri, 27 Nov 2026 or Fri, 4 Dec 2026, and at what hour? "
            "Write it like this: 2026-11-27 17:00 or 2026-12-04 17:00.",
        ),
        ("tomorrow morning", "At what hour? Write it like this: tomorrow 09:00."),
        ("fri", "At what hour? Write it like this: fri 17:00."),
        ("end of the month", "On which day, and at what hour? Write it like this: 2026-12-03 17:00."),
        ("friday 5 december", "5 December is a Saturday. Write the day that you mean, such as: 5 dec 17:00."),
        (
            "31 oct 2027 01:30",
            "The clocks go back then, and 01:30 comes twice that day. For the first one write 2027-10-31 00:30 UTC, "
            "for the second 2027-10-31 01:30 UTC.",
        ),
        (
            "28 mar 2027 01:30",
            "The clocks go forward then, and 01:30 does not exist that day. "
            "Do you mean Sun, 28 Mar 2027, 00:30 or Sun, 28 Mar 2027, 02:30?",
        ),
    ],
)
def test_what_is_asked_says_both_readings_and_how_to_write_them(typed: str, asked: str) -> None:
    assert sentence(typed, THURSDAY) == asked


@given(moment=moments, zone=st.sampled_from(ZONES), locale=st.sampled_from(ENGLISH))
def test_every_time_that_is_shown_can_be_typed_back(moment: datetime, zone: str, locale: str) -> None:
    meant = in_utc(moment, zone)
    found = when.read(shown(meant, locale, zone), now=meant - timedelta(days=400), tz=zone)
    assert found == meant or (isinstance(found, Ambiguous) and meant in found.choices)


@given(moment=moments, zone=st.sampled_from(ZONES), locale=st.sampled_from(["en", "en-GB", "en-US", "en-AU"]))
def test_a_time_that_is_shown_and_typed_back_is_asked_about_only_where_the_clocks_change(
    moment: datetime, zone: str, locale: str
) -> None:
    meant = in_utc(moment, zone)
    found = when.read(shown(meant, locale, zone), now=meant - timedelta(days=400), tz=zone)
    assert found == meant or (isinstance(found, Ambiguous) and found.line.key == "when.twice")


@given(case=st.sampled_from(CASES), now=moments, zone=st.sampled_from(ZONES), locale=st.sampled_from(["en", "en-US"]))
def test_what_is_accepted_shown_and_typed_back_is_the_same_moment(
    case: object, now: datetime, zone: str, locale: str
) -> None:
    moment = in_utc(now, zone)
    found = when.read(case[0], now=moment, tz=zone)  # type: ignore[index]
    if isinstance(found, datetime):
        again = when.read(shown(found, locale, zone), now=moment, tz=zone)
        assert again == found or (isinstance(again, Ambiguous) and again.line.key == "when.twice")


WORDS = (
    "fri",
    "friday",
    "next",
    "this",
    "week",
    "a",
    "in",
    "3",
    "5",
    "17",
    "days",
    "month",
    "m",
    "h",
    "at",
    "on",
    "5pm",
    "17:00",
    "1700",
    "tonight",
    "tomorrow",
    "midnight",
    "noon",
    "dec",
    "5th",
    "29",
    "feb",
    "2026",
    "1/12",
    "4.12.",
    "2026-12-01",
    "utc",
    "gmt",
    "+01:00",
    "morning",
    "night",
    "end",
    "of",
    "eod",
    "half",
    "past",
    "o'clock",
    "²",
    "99999",
    "00:00",
    "24:00",
)


@given(
    typed=st.text(max_size=30)
    | st.from_regex(r"[a-z]{2,4} [0-9]{1,4}[:. ]?[0-9]{0,2} ?(am|pm)?", fullmatch=True)
    | st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{0,4} [0-9]{1,2}:[0-9]{2}[zZ]?", fullmatch=True)
    | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
    now=moments,
    zone=st.sampled_from(ZONES),
)
def test_anything_typed_is_a_coming_time_or_a_sentence(typed: str, now: datetime, zone: str) -> None:
    moment = in_utc(now, zone)
    found = when.read(typed, now=moment, tz=zone)
    if isinstance(found, datetime):
        assert found > moment
        assert found.tzinfo is UTC
        return
    assert TEXTS.line(found.line, "en", zone)
    if isinstance(found, Ambiguous) and found.choices:
        first, other = found.choices
        assert first != other
        assert min(found.choices) >= moment or found.line.key == "when.skipped"
    for name, fact in found.line.facts.items():
        if name in ("example", "or_example", "date"):
            assert isinstance(when.read(str(fact), now=moment, tz=zone), datetime), fact


@pytest.mark.parametrize(
    ("typed", "ahead"),
    [
        ("in 3 days", "2026-11-30T10:00"),
        ("5d", "2026-12-02T10:00"),
        ("1h30m", "2026-11-27T11:30"),
        ("in a month", "2026-12-27T10:00"),
        ("fri 17:00", None),
        ("in 3 days at 17:00", None),
        ("1m", None),
    ],
)
def test_how_far_ahead_is_told_from_a_time_of_day(typed: str, ahead: str | None) -> None:
    assert when.ahead(typed, now=FRIDAY, tz=LONDON) == (at(ahead) if ahead else None)


def test_time_zones_are_known_by_name() -> None:
    assert when.is_zone("Europe/London")
    assert not when.is_zone("Londinium")
    assert not when.is_zone("../etc/passwd")
