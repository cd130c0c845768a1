"""How far ahead: `in 3 days`, `2 weeks`, `in a fortnight`, `1h30m`.

Months, weeks and days are counted on the calendar of a zone; hours and less are lengths. So `in 3 days` is the same
hour of the day, whether or not the clocks change between.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from bot.when import words

MOST = 10 * 366
"""Days: further away is too far, whatever it is."""

_UNITS: dict[str, tuple[int, int, int]] = {}  # months, days, seconds
for _names, _unit in (
    ("year yr y", (12, 0, 0)),
    ("month mth", (1, 0, 0)),
    ("fortnight", (0, 14, 0)),
    ("week wk w", (0, 7, 0)),
    ("day d", (0, 1, 0)),
    ("hour hr h", (0, 0, 3_600)),
    ("minute min m", (0, 0, 60)),
    ("second sec s", (0, 0, 1)),
):
    for _name in _names.split():
        _UNITS |= {_name: _unit} if len(_name) == 1 else {_name: _unit, f"{_name}s": _unit}

_PART = re.compile(r"(\d{1,6}|[a-z-]+) ?([a-z]+?)(?:(?: ?,| and| &)? (?=\S)|(?=\d)|$)")
_HALVES = re.compile(
    r"(\d{1,3})\.5 ?(?:hours?|hrs?|h)|(an|one|\d{1,3}) hours? and a half|(half) an hour"  # not for people
)
_ENDING = re.compile(r"(?:'s?)? time$| from now$| ahead$")
_CLOCK = re.compile(r"([01]\d|2[0-3])[0-5]\d ?(?:h|hrs|hours)")  # "1700h" is five o'clock
_M_ALONE = re.compile(r"(?:in )?(\d{1,6}) ?m")


@dataclass(frozen=True, slots=True)
class Length:
    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def is_calendar(self) -> bool:
        """Whole days: an hour may be named with it."""
        return not self.seconds

    def plus(self, count: int, unit: tuple[int, int, int]) -> Length:
        months, days, seconds = (count * each for each in unit)
        return Length(self.months + months, self.days + days, self.seconds + seconds)

    def after(self, now: datetime, zone: tzinfo) -> datetime:
        """In UTC. An hour that the clocks skip is the one behind it."""
        local = now.astimezone(zone)
        wall = datetime.combine(self.day_after(local.date()), local.time())
        at = wall.replace(tzinfo=zone).astimezone(UTC) if self.months or self.days else now
        return at.astimezone(UTC) + timedelta(seconds=min(self.seconds, MOST * 86_400))

    def day_after(self, day: date) -> date:
        """The 31st of January and a month is the last of February."""
        months = min(self.months, MOST // 30)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        there = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return there + timedelta(days=min(self.days, MOST))


def length(text: str) -> Length | None:
    """None where it is not of that form, or `m` may be minutes or months."""
    return None if minutes_or_months(text) or _CLOCK.fullmatch(text) else _length(text)


def minutes_or_months(text: str) -> int | None:
    """The number of `1m`, `in 10 m`, where it may as well be months."""
    found = _M_ALONE.fullmatch(text)
    return int(found[1]) if found and 0 < int(found[1]) <= 60 else None


def _length(text: str) -> Length | None:
    rest = _ENDING.sub("", text.removeprefix("in ").removeprefix("within ").removeprefix("another "))
    if found := _HALVES.fullmatch(rest):
        whole = 0 if found[3] else int(found[1] or (_count(found[2]) or 0))
        return Length(seconds=whole * 3_600 + 1_800)
    total, at, last = Length(), 0, (13, 0, 0)
    while at < len(rest):
        part = _PART.match(rest, at)
        unit = _UNITS.get(part[2]) if part else None
        count = _count(part[1]) if part else None
        if part is None or unit is None or count is None or unit >= last:  # "1m 2d": a minute, or a month?
            return None
        total, at, last = total.plus(count, unit), part.end(), unit
    return total if at else None


def _count(text: str) -> int | None:
    return 1 if text in ("a", "an") else words.number(text)
