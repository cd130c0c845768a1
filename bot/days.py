"""When people are at rest: on days off (the settings' own, and public holidays of a country) and in quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from bot.settings import RoundSettings

if TYPE_CHECKING:
    from holidays import HolidayBase

DAY = timedelta(days=1)
LONGEST = 30
"""Days off in a row, at most: nobody waits longer for a working day."""

BEFORE_REST = timedelta(minutes=30)
"""What is moved ahead of a rest comes this long before it begins: time for the courier, and time to act on it."""

Span = tuple[datetime, datetime]


def holiday(day: date, country: str) -> str:
    """What is celebrated; "" on any other day, and without a country. Raises LookupError for a country unknown here."""
    return _of(country).get(day, "") if country else ""


@cache
def _of(country: str) -> HolidayBase:
    """`GB`, or a part of it: `GB-SCT`. Years are filled in as they are asked for."""
    from holidays import country_holidays  # takes a fifth of a second, and most set no country

    whole, _, part = country.partition("-")
    try:
        return country_holidays(whole, subdiv=part or None)
    except NotImplementedError as unknown:
        raise LookupError(country) from unknown


def is_day_off(day: date, settings: RoundSettings) -> bool:
    return day.weekday() not in settings.working_days or bool(holiday(day, settings.country))


def days_off_from(day: date, settings: RoundSettings) -> int:
    """How many days off follow each other from this one on; 0: people work on it."""
    return next((n for n in range(LONGEST) if not is_day_off(day + n * DAY, settings)), LONGEST)


def is_quiet(at: time, settings: RoundSettings) -> bool:
    """Within the quiet hours, which may run over midnight."""
    if settings.quiet_hours is None:
        return False
    since, until = settings.quiet_hours
    return since <= at < until if since < until else at >= since or at < until


def is_at_rest(at: datetime, zone: tzinfo, settings: RoundSettings, *, days_off: bool = True) -> bool:
    """Whether it is quiet at that moment in that zone or, with `days_off`, a day off there."""
    local = at.astimezone(zone)
    return is_quiet(local.time(), settings) or (days_off and is_day_off(local.date(), settings))


def before_rest(
    at: datetime, zone: tzinfo, settings: RoundSettings, *, since: datetime, days_off: bool = True
) -> datetime | None:
    """`at`, or where that is at rest the end of the waking hours before it. None where those end before `since`."""
    if not is_at_rest(at, zone, settings, days_off=days_off):
        return at if at >= since else None
    day, first = at.astimezone(zone).date(), since.astimezone(zone).date()
    while day >= first:
        for begins, ends in reversed(_waking(day, zone, settings)):
            moment = min(at, ends - min(BEFORE_REST, (ends - begins) / 2))
            if max(begins, since) <= moment and not is_at_rest(moment, zone, settings, days_off=days_off):
                return moment
        day -= DAY
    return None


def after_rest(at: datetime, zone: tzinfo, settings: RoundSettings, *, days_off: bool = True) -> datetime | None:
    """`at`, or where that is at rest the beginning of the waking hours after it. None: there are none for weeks."""
    if not is_at_rest(at, zone, settings, days_off=days_off):
        return at
    today = at.astimezone(zone).date()
    for ahead in range(LONGEST + 2):
        for begins, ends in _waking(today + ahead * DAY, zone, settings):
            moment = max(at, begins)
            if moment < ends and not is_at_rest(moment, zone, settings, days_off=days_off):
                return moment
    return None


def _waking(day: date, zone: tzinfo, settings: RoundSettings) -> list[Span]:
    """The hours of that day that are not quiet, earliest first, in UTC: a day of 23 or 25 hours needs no care then."""
    midnight, next_midnight = _utc(day, time(), zone), _utc(day + DAY, time(), zone)
    if settings.quiet_hours is None:
        return [(midnight, next_midnight)]
    since, until = (_utc(day, at, zone) for at in settings.quiet_hours)
    spans = [(until, since)] if since > until else [(midnight, since), (until, next_midnight)]
    return [(begins, ends) for begins, ends in spans if begins < ends]


def _utc(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
