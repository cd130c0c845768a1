"""Time zones: their names, and those that people write behind an hour (`5pm GMT`, `17:00Z`, `17:00+01:00`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from bot import told

_WRITTEN = re.compile(
    r"(?<![a-z/])(?P<name>utc|gmt)(?: ?(?P<of_name>[+-]\d{1,2}(?::?\d\d)?))?(?![\w/])"
    r"|(?<=\d) ?(?P<zulu>z)(?!\w)"
    r"|(?<=\d\d:\d\d) ?(?P<offset>[+-]\d\d:?\d\d)(?!\d)"
    r"|\(?(?<![\w/])(?P<place>[a-z_]+/[a-z_/-]+)\)?"
)


@dataclass(frozen=True, slots=True)
class Written:
    """The words without the zone, and the zones that it may mean."""

    words: str
    zones: tuple[tzinfo, ...]


def is_zone(name: str) -> bool:
    """True for the names of time zones (`Europe/London`)."""
    return name in told.zones()


def zone_of(name: str) -> tzinfo:
    return ZoneInfo(name) if is_zone(name) else UTC


def written(words: str, own: tzinfo) -> Written | None:
    """None where no zone is written, or more than one."""
    found = list(_WRITTEN.finditer(words))
    if len(found) != 1:
        return None
    zones = _meant(found[0], own)
    rest = words[: found[0].start()] + " " + words[found[0].end() :]
    return Written(words=" ".join(rest.split()).strip(" ,"), zones=zones) if zones else None


def _meant(found: re.Match[str], own: tzinfo) -> tuple[tzinfo, ...]:
    if found["place"]:
        name = _by_lower_case().get(found["place"])
        return (ZoneInfo(name),) if name else ()
    if offset := found["of_name"] or found["offset"]:
        ahead = _offset(offset)
        return (timezone(ahead),) if ahead is not None else ()
    # who lives by GMT in winter writes "GMT" in summer, too, and means their own clock
    return (UTC, own) if found["name"] == "gmt" and _is_gmt_in_winter(own) else (UTC,)


def _offset(text: str) -> timedelta | None:
    sign, digits = text[0], text[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        return None
    ahead = timedelta(hours=hours, minutes=minutes)
    return -ahead if sign == "-" else ahead


def _is_gmt_in_winter(zone: tzinfo) -> bool:
    return datetime(2026, 1, 15, tzinfo=zone).tzname() == "GMT"


@cache
def _by_lower_case() -> dict[str, str]:
    return {name.lower(): name for name in sorted(told.zones())}
