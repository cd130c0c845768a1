"""How times, lengths of time and numbers are written for a locale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

DATES = {
    "": "MMMEd",
    "year": "yMMMEd",
    "zone": "yMMMEd",
    "day": "MMMMEEEEd",
    "date": "yMMMEd",
    "month_day": "MMMMd",
    "weekday": "EEEE",
    "time": None,
}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def date(at: datetime, style: str, locale: Locale, tz: tzinfo) -> str:
    """`Fri 4 Dec, 17:00`; seconds only where there are any: nothing is rounded."""
    local = at.astimezone(tz)
    if style == "weekday":
        return format_date(local, "EEEE", locale=locale)
    skeleton = DATES[style]
    day = format_skeleton(skeleton, local, locale=locale, fuzzy=True) if skeleton else ""
    if style in ("day", "date", "month_day"):
        return day
    hour = format_time(local.timetz(), "medium" if local.second else "short", tzinfo=tz, locale=locale)
    written = f"{day}, {hour}" if day else hour
    return f"{written} ({tz})" if style == "zone" else written


def length(told: timedelta, locale: Locale) -> str:
    """`1 hour, 30 minutes`: all units that are not nothing, the two largest at most."""
    rest, parts = round(told.total_seconds()), []
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(format_unit(count, f"duration-{unit}", locale=locale))
    parts = parts or [format_unit(0, "duration-second", locale=locale)]
    return format_list(parts[:2], style="unit", locale=locale)


@lru_cache(maxsize=1_000)
def number(told: int, locale: Locale) -> str:
    return str(format_decimal(told, locale=locale))


@lru_cache(maxsize=1_000)
def formats(locale: str | None, fallback: str) -> Locale:
    """The locale for dates and numbers: the reader's own where its language is the catalogue's."""
    house = Locale.parse(fallback)
    try:
        wanted = Locale.parse((locale or "").replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        return house
    return wanted if wanted.language == house.language and wanted.territory else house


@lru_cache(maxsize=1_000)
def written_language(tag: str) -> str:
    """The language of a locale as text is marked with it (`de`, `zh-Hant`); empty for what is no language."""
    try:
        found = Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return ""
    return f"{found.language}-{found.script}" if found.script else str(found.language)


@lru_cache(maxsize=1_000)
def direction(tag: str) -> str:
    """`rtl` or `ltr`, as the `dir` of what is written in this language."""
    try:
        return str(Locale.parse(tag.replace("_", "-"), sep="-").text_direction)
    except (ValueError, UnknownLocaleError):
        return "ltr"


@lru_cache(maxsize=1_000)
def language_name(tag: str) -> str:
    """As its own speakers call it."""
    return str(Locale.parse(tag, sep="-").get_display_name())


@lru_cache(maxsize=1_000)
def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
