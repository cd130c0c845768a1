"""From what was typed to a moment, a question or a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial

from bot.when import answers, clocks, dates, lengths, phrases, words, zones
from bot.when.answers import FURTHEST, Ambiguous, Answer, Here
from bot.when.clocks import Clock
from bot.when.dates import Day, WrongDay
from bot.when.phrases import Phrase

LONGEST = 120
"""Characters: more is a text, and no time."""

SMALL_HOURS = 5
"""Before this hour, "tonight at 2" may be the night that it is now."""

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)t(\d\d:\d\d(?::\d\d)?)(z|[+-]\d\d:?\d\d)?")
_HOURS_ALONE = re.compile(r"(\d\d?) ?h")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One thing that it may mean: an hour on the clocks of a zone."""

    day: date
    time: time
    zone: tzinfo
    clock: Clock

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The same twice, but where the clocks change: the earlier and the later offset of that hour."""
        wall = datetime.combine(self.day, self.time, self.zone)
        return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)

    @property
    def at(self) -> datetime:
        return self.moments[0]

    def is_after(self, now: datetime) -> bool:
        return max(self.moments) > now


def read_in(text: str, here: Here) -> Answer:
    typed = words.plain(text)
    if not typed or len(typed) > LONGEST:
        return answers.unreadable(here)
    try:
        return _exact(typed, here) or _length(typed, here) or _day_and_hour(typed, here)
    except OverflowError:  # the last days of the calendar
        return answers.wrong_day(WrongDay(), here)


def _exact(typed: str, here: Here) -> Answer | None:
    """ISO 8601, as native pickers send it; without an offset it is local."""
    found = _ISO.fullmatch(typed)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '').upper()}")
    except ValueError:
        return answers.wrong_day(WrongDay(), here)
    if not dates.is_year(at.year):
        return answers.wrong_day(WrongDay(), here)
    if at.tzinfo:
        return answers.checked(at.astimezone(UTC), here)
    clock = Clock(hour=at.hour, minute=at.minute, second=at.second)
    return _by_the_clock(_Reading(at.date(), at.time(), here.zone, clock), here)


def _length(typed: str, here: Here) -> Answer | None:
    """`in 3 days`. What may be a length or something else is asked about."""
    if count := lengths.minutes_or_months(typed):
        minutes, months = lengths.Length(seconds=60 * count), lengths.Length(months=count)
        first, other = minutes.after(here.now, here.zone), months.after(here.now, here.zone)
        one, two = f"in {count} min", f"in {count} {'month' if count == 1 else 'months'}"
        return Ambiguous(line=answers.either("when.which", first, other, one, two), choices=(first, other))
    wait = lengths.length(typed)
    if wait is None:
        return None
    after = wait.after(here.now, here.zone)
    if found := _HOURS_ALONE.fullmatch(typed):  # "17h": at 17:00, or in 17 hours?
        hour = int(found[1])
        at = _Reading(here.today, time(hour), here.zone, Clock(hour=hour)).at if 8 <= hour <= 23 else here.now
        if here.now < at != after:
            shown = answers.either("when.which", at, after, f"{hour}:00", f"in {hour} hours")
            return Ambiguous(line=shown, choices=(at, after))
    return answers.checked(after, here)


def _day_and_hour(typed: str, here: Here) -> Answer:
    written = zones.written(typed, here.zone)
    phrase = phrases.phrase(written.words if written else typed)
    if phrase is None:
        return answers.unreadable(here)
    whole = dates.day(phrase.words, here.today) if phrase.words else None
    if isinstance(whole, Day) and (coming := _coming_dates(whole, here)):
        return answers.needs_hour(replace(whole, dates=coming), phrase.part, here)
    zones_ = written.zones if written else (here.zone,)
    readings = [each for zone in zones_ for each in _readings(phrase, zone, here)]
    if readings:
        return _answer(readings, here)
    return _refused(typed, phrase, whole, here)


def _coming_dates(day: Day, here: Here) -> tuple[date, ...]:
    return tuple(each for each in day.dates if here.today <= each <= here.today + FURTHEST)


def _readings(phrase: Phrase, zone: tzinfo, here: Here) -> Iterator[_Reading]:
    """All that it may mean. `today` of a foreign zone may be ours, or that zone's."""
    for today in {here.today, here.now.astimezone(zone).date()}:
        for first, second in phrase.splits:
            clock = clocks.clock(second)
            day = _day(first, today) if clock else None
            if clock and isinstance(day, Day) and _fit(day, clock, first, phrase, today):
                on = partial(_on, clock=clock, phrase=phrase, zone=zone, here=here, is_alone=not first)
                yield from on(_of_week(day, today, on, here))


def _of_week(day: Day, today: date, on: Callable[[Day], Iterator[_Reading]], here: Here) -> Day:
    """The same day; of a weekday that is today, the one in a week, where its hour has gone by."""

    def is_to_come(one: Day) -> bool:
        return any(each.is_after(here.now) for each in on(one))

    if day.comes_again and not is_to_come(day):
        return day.later()
    if day.second_if_gone and is_to_come(Day(dates=(today,))):
        return replace(day, dates=day.dates[:1])
    return day


def _day(text: str, today: date) -> Day | WrongDay | None:
    return dates.day(text, today) if text else Day(dates=(today,))


def _fit(day: Day, clock: Clock, text: str, phrase: Phrase, today: date) -> bool:
    """False where the hour may belong to the day: "5 dec 2030" has a year, "in 3 days 5" is not finished."""
    if day.is_length and clock.is_bare and not phrase.has_at:
        return False
    year = clock.hour * 100 + clock.minute
    is_year = clock.is_compact and not clock.half and today.year <= year <= today.year + dates.YEARS
    return not (is_year and day.is_date and not re.search(r"\d{4}", text))


def _on(day: Day, *, clock: Clock, phrase: Phrase, zone: tzinfo, here: Here, is_alone: bool) -> Iterator[_Reading]:
    options = clock.options(phrase.part)
    if not phrase.part and clock.is_midnight and not _is_formal(day, clock):
        start = 1 if is_alone else 0  # the night before or the night after?
        options = ((start, time()), (start + 1, time()))
    is_night_now = phrase.part == "night" and here.local.hour < SMALL_HOURS
    for each in day.dates:
        for later, at in options:
            yield _Reading(each + timedelta(days=later), at, zone, clock)
            if is_night_now and later and each == here.today and at.hour:
                yield _Reading(each, at, zone, clock)


def _is_formal(day: Day, clock: Clock) -> bool:
    """Midnight as computers write it, and as we do: `2026-12-04 00:00`, `Fri, 4 Dec 2026, 12:00 AM`."""
    return not clock.is_bare and (day.is_full or (day.is_date and not clock.half))


def _answer(readings: list[_Reading], here: Here) -> Answer:
    """The one moment that is meant; a question where there are two."""
    by_moment = {each.at: each for each in sorted(readings, key=lambda each: each.at)}
    coming = [at for at, each in by_moment.items() if each.is_after(here.now) and at <= here.now + FURTHEST]
    if not coming:
        return _by_the_clock(by_moment[max(by_moment)], here)
    if len(coming) == 1:
        return _by_the_clock(by_moment[coming[0]], here)
    last_of_day = {by_moment[at].day: at for at in coming}
    asked = list(last_of_day.values()) if len(coming) > 2 and len(last_of_day) > 1 else coming
    hours = {by_moment[at].clock for at in asked}
    return answers.which(asked, hours.pop() if len(hours) == 1 else None, here)


def _by_the_clock(reading: _Reading, here: Here) -> Answer:
    """The wall clock as an instant, where that hour exists, and only once."""
    first, other = reading.moments
    if first < other and other > here.now:  # the hour comes twice
        return answers.twice(reading.clock, first, other) if first > here.now else answers.checked(other, here)
    if first > other > here.now:
        return answers.skipped(reading.clock, other, first)
    return answers.checked(first, here)


def _refused(typed: str, phrase: Phrase, whole: Day | WrongDay | None, here: Here) -> Answer:
    """A part of a day without an hour, a period, a day that does not exist, or nothing we know."""
    if not phrase.words and phrase.part:
        return answers.needs_hour(Day(dates=(here.today,)), phrase.part, here)
    if isinstance(whole, Day):
        return answers.needs_day(here)  # gone by, or too far
    if phrases.is_period(typed):
        return answers.needs_day(here)
    sides = (dates.day(first, here.today) for first, second in phrase.splits if first and clocks.clock(second))
    wrong = [each for each in (whole, *sides) if isinstance(each, WrongDay)]
    if wrong:
        return answers.wrong_day(next((each for each in wrong if each.date), wrong[0]), here)
    return answers.unreadable(here)
