"""What is answered where a time cannot be taken as it was typed. Each example in it is accepted at that moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.messages import Line, line
from bot.when.clocks import Clock
from bot.when.dates import Day, WrongDay
from bot.when.words import DAYS, MONTHS

FURTHEST = timedelta(days=5 * 366)
"""Further away than this is a slip of the pen."""

_NEAR = timedelta(days=300)
"""A date without a year is understood as the next one: nearer than this it may be left out."""

_HOURS = (time(17), time(20), time(22), time(23, 30), time(23, 59))
_HOURS_OF = {"morning": time(9), "afternoon": time(15), "evening": time(19), "night": time(21)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It may mean either of `choices` (UTC; none where only the day is in doubt, and the hour is missing)."""

    line: Line
    choices: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """It is no time, or one that cannot be meant. `line` says what to write instead."""

    line: Line


@dataclass(frozen=True, slots=True)
class Here:
    """When and where it is typed."""

    now: datetime  # UTC
    zone: tzinfo

    @property
    def local(self) -> datetime:
        return self.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.local.date()


Answer = datetime | Ambiguous | Unreadable


def checked(at: datetime, here: Here) -> datetime | Unreadable:
    """A moment that is still to come, and near enough."""
    if at <= here.now:
        return Unreadable(line=line("when.past", at=at, example=example(here)))
    if at - here.now > FURTHEST:
        return Unreadable(line=line("when.too_far", at=at))
    return at


def unreadable(here: Here) -> Unreadable:
    coming = here.today + timedelta(days=7)
    return Unreadable(line=line("when.unreadable", date=f"{_date(coming, here)} 17:00", example=example(here)))


def wrong_day(wrong: WrongDay, here: Here) -> Unreadable:
    if wrong.date is None:
        return Unreadable(line=line("when.no_such_day", example=example(here)))
    noon = datetime.combine(wrong.date, time(12), here.zone).astimezone(UTC)
    shown = _hour_on(wrong.date, _date(wrong.date, here), here)
    return Unreadable(line=line("when.other_weekday", at=noon, example=shown))


def needs_hour(day: Day, part: str, here: Here) -> Ambiguous | Unreadable:
    """A day without an hour. Of two days it is asked which one, too."""
    first = day.dates[0]
    if len(day.dates) > 1:
        first, other = (datetime.combine(each, time(12), here.zone).astimezone(UTC) for each in day.dates[:2])
        shown = line(
            "when.which_day",
            first=first,
            other=other,
            example=_hour_on(day.dates[0], f"{day.dates[0]:%Y-%m-%d}", here),
            or_example=_hour_on(day.dates[1], f"{day.dates[1]:%Y-%m-%d}", here),
        )
        return Ambiguous(line=shown)
    names = {here.today: "today", here.today + timedelta(days=1): "tomorrow"}
    name = DAYS[first.weekday()][:3] if day.comes_again else names.get(first) or _date(first, here)
    return Unreadable(line=line("when.needs_hour", example=_hour_on(first, name, here, part)))


def needs_day(here: Here) -> Unreadable:
    return Unreadable(line=line("when.needs_day", example=example(here)))


def which(moments: Sequence[datetime], clock: Clock | None, here: Here) -> Ambiguous:
    """Both readings of it, and how to write each."""
    first, other = moments[:2]
    if clock and clock.may_be_evening and first.astimezone(here.zone).date() == other.astimezone(here.zone).date():
        shown = line("when.morning_or_evening", morning=first, evening=other)
    else:
        key = "when.midnight" if clock and clock.is_midnight else "when.which"
        shown = either(key, first, other, written(first, here), written(other, here))
    return Ambiguous(line=shown, choices=(first, other))


def either(key: str, first: datetime, other: datetime, one: str, two: str) -> Line:
    return Line(key=key, facts={"first": first, "other": other, "example": one, "or_example": two})


def twice(clock: Clock, first: datetime, other: datetime) -> Ambiguous:
    """The clocks go back, and that hour comes again. Only UTC tells the two apart."""
    one, two = (f"{each:%Y-%m-%d %H:%M} UTC" for each in (first, other))
    return Ambiguous(line=line("when.twice", typed=clock.typed, example=one, or_example=two), choices=(first, other))


def skipped(clock: Clock, before: datetime, after: datetime) -> Ambiguous:
    shown = line("when.skipped", typed=clock.typed, before=before, after=after)
    return Ambiguous(line=shown, choices=(before, after))


# examples --------------------------------------------------------------------------------------------------


def example(here: Here) -> str:
    return f"{here.today + timedelta(days=7):%Y-%m-%d} 17:00"


def written(at: datetime, here: Here) -> str:
    """A form that has one meaning only."""
    local = at.astimezone(here.zone)
    hour = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    is_once = local.replace(fold=0).astimezone(UTC) == local.replace(fold=1).astimezone(UTC)
    return f"{local:%Y-%m-%d} {hour}" if is_once else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _hour_on(day: date, name: str, here: Here, part: str = "") -> str:
    """An hour of that day that is still to come: `today 17:00`, after five `today 20:00`."""
    hours = (*([_HOURS_OF[part]] if part in _HOURS_OF else []), *_HOURS)
    wall = next((hour for hour in hours if _is_coming(day, hour, here)), None)
    weekly = name in {each[:3] for each in DAYS}
    if wall is None and not weekly:
        return example(here)
    return f"{name} {wall or hours[0]:%H:%M}"


def _is_coming(day: date, hour: time, here: Here) -> bool:
    at = datetime.combine(day, hour, here.zone)
    return here.now < at.astimezone(UTC) == at.replace(fold=1).astimezone(UTC) <= here.now + FURTHEST


def _date(day: date, here: Here) -> str:
    """`5 dec`, with its year where it is not the next one."""
    name = f"{day.day} {MONTHS[day.month - 1][:3]}"
    return name if timedelta() <= day - here.today <= _NEAR else f"{name} {day.year}"
