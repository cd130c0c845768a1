"""Which days people work: the working days of the settings, without the public holidays of a country."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from bot.settings import RoundSettings

if TYPE_CHECKING:
    from holidays import HolidayBase

DAY = timedelta(days=1)
LONGEST = 30
"""Days off in a row, at most: nobody waits longer for a working day."""


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
