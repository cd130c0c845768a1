"""Times as people write them: a small strict grammar. What it does not know it refuses with an example."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot import told
from bot.messages import Line, line
from bot.settings import length as duration

__all__ = ["Ambiguous", "Unreadable", "ahead", "duration", "is_zone", "read"]

EARLIEST_UNASKED = 8
"""A bare hour below this ("Friday at 5") may be meant for the evening: we ask."""

FURTHEST = timedelta(days=5 * 366)
"""Further away than this is a slip of the pen."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT_DAYS = {"tues": 1, "wednes": 2, "thur": 3, "thurs": 3}
_UNITS = {"w": 604_800, "week": 604_800, "d": 86_400, "day": 86_400, "h": 3_600, "hr": 3_600, "hour": 3_600}
_UNITS |= {"m": 60, "min": 60, "minute": 60, "s": 1, "sec": 1, "second": 1}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}

_LENGTH = re.compile(r"(?:(\d{1,6}|[a-z]+) ?([a-z]+?)s?)(?:,? (?:and )?|$)")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d)(?::(\d\d))?)? ?(am|pm|a\.m\.?|p\.m\.?)?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:, (\d{4})| (\d{4}))?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d(?::\d\d)?)(Z|z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It may mean either of `choices` (UTC). `line` asks which."""

    line: Line
    choices: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """It is no time, or one that cannot be meant. `line` says what to write instead."""

    line: Line


@dataclass(frozen=True, slots=True)
class _Clock:
    hour: int
    minute: int
    second: int
    is_bare: bool  # no minutes, no am or pm: "5"

    @property
    def may_be_evening(self) -> bool:
        return self.is_bare and self.hour < EARLIEST_UNASKED

    @property
    def evening(self) -> _Clock:
        return _Clock(self.hour + 12, 0, 0, False)


def read(text: str, *, now: datetime, tz: str) -> datetime | Ambiguous | Unreadable:
    """The moment in UTC. Known: `fri 17:00`, `in 3 days`, `tomorrow 9am`, `5 dec 17:00`, `2026-12-01 17:00`."""
    words = _plain(text)
    zone = ZoneInfo(tz) if is_zone(tz) else UTC
    local = now.astimezone(zone)
    wait = ahead(words)
    if wait is not None:
        return _checked(now.astimezone(UTC) + wait, now, local) if wait else _past(now, local)
    if exact := _ISO.fullmatch(text.strip()):
        return _exact(exact, zone, now, local)
    readings = _readings(words, local)
    if len(readings) == 1:
        day, clock = readings.pop()
        return _moment(day, clock, zone, now, local)
    if readings:  # "9 dec 10": the ninth at ten, or the tenth at nine?
        return Unreadable(line=line("when.unreadable"))
    return _almost(words, local)


def ahead(text: str) -> timedelta | None:
    """`in 3 days`, `in 1 hour 30 minutes`, `3d`, `1h30m`: how far ahead; None where it is not of that form."""
    words = _plain(text)
    rest = words.removeprefix("in ")
    total, at = 0, 0
    if rest == words:
        try:
            return duration(words)
        except (ValueError, OverflowError):
            return None
    while at < len(rest):
        found = _LENGTH.match(rest, at)
        seconds = _UNITS.get(found[2]) if found else None
        count = _count(found[1]) if found else None
        if found is None or seconds is None or count is None:
            return _glued(rest)
        total, at = total + count * seconds, found.end()
    return _bounded(total)


def is_zone(name: str) -> bool:
    """True for the names of time zones (`Europe/London`)."""
    return name in told.zones()


def _glued(words: str) -> timedelta | None:
    try:
        return duration(words)
    except (ValueError, OverflowError):
        return None


def _bounded(seconds: int) -> timedelta:
    return min(timedelta(seconds=min(seconds, 10**9)), 2 * FURTHEST)


def _count(text: str) -> int | None:
    return int(text) if text.isdigit() else _NUMBERS.get(text)


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .!?")


def _readings(words: str, local: datetime) -> set[tuple[date, _Clock]]:
    """Every day and hour that it may mean."""
    found: set[tuple[date, _Clock]] = set()
    for first, second in _split(words):
        clock = _clock(second, is_tonight="tonight" in words)
        day = _day(first, local, clock) if clock else None
        if clock and isinstance(day, date):
            found.add((day, clock))
    return found


# days and hours -----------------------------------------------------------------------------------


def _split(words: str) -> list[tuple[str, str]]:
    """Every way to cut it into a day and an hour, either first; the day may be left out."""
    parts = [word for word in words.replace(",", " ").split() if word not in ("at", "on", "by", "until")]
    ways = [] if words.isdigit() else [("today", " ".join(parts))]
    for cut in range(1, len(parts)):
        ways.append((" ".join(parts[:cut]), " ".join(parts[cut:])))
        ways.append((" ".join(parts[cut:]), " ".join(parts[:cut])))
    return ways


def _clock(words: str, *, is_tonight: bool) -> _Clock | None:
    if words in ("noon", "midday"):
        return _Clock(12, 0, 0, False)
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    half = (found[4] or "").replace(".", "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    is_bare = not half and found[2] is None
    if is_bare and is_tonight and hour < 12:
        return _Clock(hour + 12, 0, 0, False)
    return _Clock(hour, minute, second, is_bare)


def _day(words: str, local: datetime, clock: _Clock | None = None) -> date | Unreadable | None:
    """Unreadable for the 31st of June; None where it is no day."""
    if words in ("today", "tonight"):
        return local.date()
    if words in ("tomorrow", "tmrw"):
        return local.date() + timedelta(days=1)
    if words.removeprefix("the ") == "day after tomorrow":  # not for people
        return local.date() + timedelta(days=2)
    weekday = _weekday(words.removeprefix("this "))
    if weekday is not None:
        return _coming(weekday, clock, local)
    readers: tuple[Callable[[str, datetime], date | Unreadable | None], ...] = (
        _iso_day,
        _named_day,
    )
    return next((found for reader in readers if (found := reader(words, local)) is not None), None)


def _weekday(word: str) -> int | None:
    word = word.rstrip(".")
    if word in _SHORT_DAYS:
        return _SHORT_DAYS[word]
    return next((at for at, name in enumerate(_DAYS) if word in (name, name[:3])), None)


def _iso_day(words: str, local: datetime) -> date | Unreadable | None:
    found = _ISO_DAY.fullmatch(words)
    return _date(int(found[1]), int(found[2]), int(found[3]), local) if found else None


def _named_day(words: str, local: datetime) -> date | Unreadable | None:
    """`5 dec`, `dec 5 2026`, `fri 5 dec`. Without a year: the next time that day comes."""
    first, _, rest = words.partition(" ")
    weekday = _weekday(first) if rest else None
    bare = rest if weekday is not None else words
    if found := _DAY_MONTH.fullmatch(bare):
        day, month, year = int(found[1]), _month(found[2]), found[3]
    elif found := _MONTH_DAY.fullmatch(bare):
        day, month, year = int(found[2]), _month(found[1]), found[3] or found[4]
    else:
        return None
    if month is None:
        return None
    named = _date(int(year), month, day, local) if year else _next_date(month, day, local)
    if weekday is not None and isinstance(named, date) and named.weekday() != weekday:
        return _no_such_day(local)
    return named


def _month(word: str) -> int | None:
    found = (at for at, name in enumerate(_MONTHS, start=1) if word in (name, name[:3], name[:4]))
    return next(found, None)


def _date(year: int, month: int, day: int, local: datetime) -> date | Unreadable:
    try:
        return date(year, month, day)
    except ValueError:
        return _no_such_day(local)


def _next_date(month: int, day: int, local: datetime) -> date | Unreadable:
    for year in range(local.year, local.year + 5):  # 29 February may be four years away
        found = _date(year, month, day, local)
        if isinstance(found, date) and found >= local.date():
            return found
    return _no_such_day(local)


# moments ------------------------------------------------------------------------------------------


def _coming(weekday: int, clock: _Clock | None, local: datetime) -> date:
    """The next day of that name: today while that hour is still to come, else in a week."""
    days = (weekday - local.weekday()) % 7
    coming = local.date() + timedelta(days=days)
    if days or clock is None:
        return coming
    latest = clock.evening if clock.may_be_evening else clock
    still_to_come = time(latest.hour, latest.minute, latest.second) > local.time()
    return coming if still_to_come else coming + timedelta(days=7)


def _moment(
    day: date, clock: _Clock, zone: tzinfo, now: datetime, local: datetime
) -> datetime | Ambiguous | Unreadable:
    if not clock.may_be_evening:
        return _by_the_clock(day, clock, zone, now, local)
    morning, evening = (_at(day, one, zone).astimezone(UTC) for one in (clock, clock.evening))
    if morning <= now:
        return _by_the_clock(day, clock.evening, zone, now, local)
    told = line("when.morning_or_evening", morning=morning, evening=evening)
    return Ambiguous(line=told, choices=(morning, evening))


def _at(day: date, clock: _Clock, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(clock.hour, clock.minute, clock.second), zone)


def _by_the_clock(
    day: date, clock: _Clock, zone: tzinfo, now: datetime, local: datetime
) -> datetime | Ambiguous | Unreadable:
    """The wall clock as an instant, where that hour exists, and only once."""
    wall = _at(day, clock, zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first == second:
        return _checked(first, now, local)
    typed = f"{clock.hour:02}:{clock.minute:02}"
    if first < second:  # the hour comes twice
        return Ambiguous(line=line("when.twice", typed=typed), choices=(first, second))
    return Ambiguous(line=line("when.skipped", typed=typed, before=second, after=first), choices=(second, first))


def _exact(found: re.Match[str], zone: tzinfo, now: datetime, local: datetime) -> datetime | Ambiguous | Unreadable:
    """ISO 8601, as native pickers send it; without an offset it is local."""
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '').upper()}")
    except ValueError:
        return _no_such_day(local)
    if at.tzinfo:
        return _checked(at.astimezone(UTC), now, local)
    clock = _Clock(at.hour, at.minute, at.second, False)
    return _by_the_clock(at.date(), clock, zone, now, local)


def _checked(at: datetime, now: datetime, local: datetime) -> datetime | Unreadable:
    if at <= now:
        return _past(at, local)
    if at - now > FURTHEST:
        return Unreadable(line=line("when.too_far", at=at))
    return at


def _past(at: datetime, local: datetime) -> Unreadable:
    return Unreadable(line=line("when.past", at=at, example=_example(local)))


def _no_such_day(local: datetime) -> Unreadable:
    return Unreadable(line=line("when.no_such_day", example=_example(local)))


def _almost(words: str, local: datetime) -> Unreadable:
    """A day without an hour, a day that does not exist, or nothing we know."""
    if isinstance(_day(words, local), date):
        return Unreadable(line=line("when.needs_hour", example=f"{words} 17:00"))
    days = (words, *(day for day, _ in _split(words)))
    lost = (found for day in days if isinstance(found := _day(day, local), Unreadable))
    return next(lost, Unreadable(line=line("when.unreadable")))


def _example(local: datetime) -> str:
    return f"{local.date() + timedelta(days=7):%Y-%m-%d} 17:00"
