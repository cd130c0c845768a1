"""When people are asked and reminded, by their own clock: a table (reminders.toml), and what holds for every round."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules import schedule
from bot.settings import RoundSettings

SETTINGS = RoundSettings()
ZONES = (
    "Africa/Nairobi",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Apia",
)


class Case(NamedTuple):
    zone: str
    opens: datetime
    closes: datetime
    answer: str


def _cases() -> Iterator[Case]:
    tables = tomllib.loads((Path(__file__).parent / "reminders.toml").read_text(encoding="utf-8"))
    for table in tables.values():
        opens, closes = (
            datetime.fromisoformat(table[name]).replace(tzinfo=ZoneInfo(table["zone"])).astimezone(UTC)
            for name in ("opens", "closes")
        )
        for zone, answer in table["people"].items():
            yield Case(zone, opens, closes, answer)


CASES = tuple(_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.opens:%Y-%m-%d}-{case.zone}")
def test_people_are_asked_and_reminded_by_their_own_clock(case: Case) -> None:
    zone = ZoneInfo(case.zone)
    asked = schedule.asked_from(case.opens, zone, case.opens, case.closes, SETTINGS)
    reminded = schedule.reminders_in(zone, case.opens, case.closes, SETTINGS)
    wall = [f"{at.astimezone(zone):%a %d %H:%M}" for at in (asked, *reminded)]
    assert f"{wall[0]} | {', '.join(wall[1:])}" == case.answer


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(CASES) >= 60
    assert len({case.zone for case in CASES}) >= 10


YEARS = timedelta(days=3 * 365)
MOMENTS = st.timedeltas(timedelta(), YEARS).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
LENGTHS = st.timedeltas(timedelta(minutes=10), timedelta(days=40))
HOURS = st.times().map(lambda at: at.replace(second=0, microsecond=0))
REMIND = st.one_of(st.floats(0.01, 0.99), st.timedeltas(timedelta(minutes=1), timedelta(days=20)))


def _has_two(quiet: tuple[time, time] | None) -> bool:
    return quiet is None or quiet[0] != quiet[1]


DAYS = st.builds(
    RoundSettings,
    remind=st.lists(REMIND, max_size=5).map(tuple),
    quiet_hours=st.one_of(st.none(), st.tuples(HOURS, HOURS)).filter(_has_two),
    working_days=st.frozensets(st.integers(0, 6), min_size=1),
    country=st.sampled_from(("", "DE", "GB-SCT")),
)


def _is_at_rest(at: datetime, zone: tzinfo, settings: RoundSettings, *, days_off: bool) -> bool:
    """Said once more, minute by minute."""
    local = at.astimezone(zone)
    minute, quiet = local.hour * 60 + local.minute, settings.quiet_hours
    if days_off and local.weekday() not in settings.working_days:
        return True
    if quiet is None:
        return False
    since, until = (each.hour * 60 + each.minute for each in quiet)
    return minute in range(since, until) if since < until else minute not in range(until, since)


@settings(deadline=None)  # the first holidays of a country take a while
@given(MOMENTS, LENGTHS, st.sampled_from(ZONES), DAYS)
@example(datetime(2027, 3, 26, 9, tzinfo=UTC), timedelta(days=3), "Europe/Berlin", SETTINGS)
@example(  # the quiet hours begin in an hour that there is not on that day
    datetime(2027, 3, 26, 9, tzinfo=UTC),
    timedelta(days=3),
    "Europe/Berlin",
    RoundSettings(remind=(timedelta(hours=29),), quiet_hours=(time(2, 30), time(8)), working_days=frozenset(range(7))),
)
@example(  # … or end in one that is there twice
    datetime(2027, 10, 29, 9, tzinfo=UTC),
    timedelta(days=3),
    "Europe/Berlin",
    RoundSettings(remind=(timedelta(hours=33),), quiet_hours=(time(20), time(2, 30)), working_days=frozenset(range(7))),
)
def test_no_reminder_comes_at_night_on_a_day_off_or_out_of_the_round(
    opens: datetime, length: timedelta, name: str, days: RoundSettings
) -> None:
    zone, closes = ZoneInfo(name), opens + length
    asked = schedule.asked_from(opens, zone, opens, closes, days)
    reminded = schedule.reminders_in(zone, opens, closes, days)
    assert len(reminded) <= len(days.remind)
    assert list(reminded) == sorted(set(reminded))
    assert all(opens < at < closes for at in reminded)
    assert opens <= asked <= opens + length / 2
    if length >= timedelta(hours=24):
        assert all(at - asked >= timedelta(hours=1) for at in reminded)
        assert not [at for at in reminded if _is_at_rest(at, zone, days, days_off=True)]
        assert asked == opens or not _is_at_rest(asked, zone, days, days_off=False)
    else:
        assert (asked, reminded) == (opens, schedule.reminders(opens, closes, days))


@settings(deadline=None)
@given(MOMENTS, LENGTHS, st.sampled_from(ZONES))
def test_a_round_with_a_waking_hour_before_its_end_reminds_everybody(
    opens: datetime, length: timedelta, name: str
) -> None:
    """The hours before the deadline and after the first hour with the question, on a working day between 08 and 20."""
    zone, closes = ZoneInfo(name), opens + length
    asked = schedule.asked_from(opens, zone, opens, closes, SETTINGS)
    last = schedule.reminders(opens, closes, SETTINGS)[-1]
    quarter = timedelta(minutes=15)
    at = max(last, asked + timedelta(hours=1))
    hours = (at + n * quarter for n in range(int((closes - at) / quarter)))
    if any(not _is_at_rest(one, zone, SETTINGS, days_off=True) for one in hours if one <= closes - 2 * quarter):
        assert schedule.reminders_in(zone, opens, closes, SETTINGS)
