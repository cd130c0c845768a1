"""Pure: when people are asked, reminded and nudged, how far downtime moves a deadline, until when seats may change."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from bot.days import after_rest, before_rest
from bot.settings import RoundSettings

ASKED_RECENTLY = timedelta(hours=1)
"""No reminder this soon after the question, in rounds that are longer than ten times this."""

KEEPS_DAYS = timedelta(hours=24)
"""Rounds shorter than this ask and remind people in their nights and on their days off, too."""

IN_TIME = timedelta(minutes=15)
"""What waits for somebody's morning comes this long before the deadline at least."""

CAST_FIXED = timedelta(hours=24)
"""Nobody is added this close to the close (or in the last tenth of a shorter round)."""

NOTICE = timedelta(hours=48)
"""A deadline may move earlier only if everybody still has this long."""

LOOKING_BACK = timedelta(minutes=30)
"""Downtime this close before a deadline moves it (or in the last tenth of a shorter round)."""

MOVED_BY = timedelta(minutes=15)
"""… to this long after intake is open again (or that tenth)."""

SETTLE = timedelta(minutes=5)
"""The debounce of "your group is smaller": removals within this time (or a hundredth of the round) are told as one."""

MOST_MOVES = 2

BLIP = timedelta(seconds=60)
"""A platform that did not listen for no longer than this was not away: a socket that is made anew, for example."""

HELD_AT_MOST = timedelta(minutes=15)
"""How long a round whose platform does not listen is kept from closing: from its deadline, or from our start."""


def reminders(opened_at: datetime, closes_at: datetime, settings: RoundSettings) -> tuple[datetime, ...]:
    """When reminders fall due by the settings alone, without those that follow the question or a neighbour at once."""
    length = closes_at - opened_at
    quiet = min(ASKED_RECENTLY, length / 10)
    merged: list[datetime] = [opened_at]
    for before in settings.reminders(length):
        if closes_at - before - merged[-1] >= quiet:
            merged.append(closes_at - before)
    return tuple(merged[1:])


def reminders_in(
    zone: tzinfo, opened_at: datetime, closes_at: datetime, settings: RoundSettings
) -> tuple[datetime, ...]:
    """When people of that zone are reminded: never at night or on a day off.

    A reminder that would be is moved to the end of the waking hours before. What then follows the question or another
    reminder at once is merged with it. If that leaves none at all, the last one comes after the rest instead.
    """
    planned = reminders(opened_at, closes_at, settings)
    if not keeps_days(opened_at, closes_at) or not planned:
        return planned
    earliest = asked_from(opened_at, zone, opened_at, closes_at, settings) + ASKED_RECENTLY
    merged: list[datetime] = []
    for at in planned:
        moved = before_rest(at, zone, settings, since=earliest)
        if moved and (not merged or moved - merged[-1] >= ASKED_RECENTLY):
            merged.append(moved)
    if not merged:
        late = reminded_from(max(planned[-1], earliest), zone, opened_at, closes_at, settings)
        merged = [late] if late and late < closes_at else []
    return tuple(merged)


def reminded_from(
    now: datetime, zone: tzinfo, opened_at: datetime, closes_at: datetime, settings: RoundSettings
) -> datetime | None:
    """When a reminder that is due now goes out: now, or after the rest. None: then it would come too late."""
    if not keeps_days(opened_at, closes_at):
        return now
    at = after_rest(now, zone, settings)
    return at if at is not None and (at == now or at <= closes_at - IN_TIME) else None


def asked_from(
    now: datetime, zone: tzinfo, opened_at: datetime, closes_at: datetime, settings: RoundSettings
) -> datetime:
    """When a question that is owed now goes out: in the morning, if that leaves half of the time that is left now."""
    if not keeps_days(opened_at, closes_at):
        return now
    morning = after_rest(now, zone, settings, days_off=False)
    return morning if morning and (closes_at - morning) * 2 >= closes_at - now else now


def nudged_in(
    zone: tzinfo, at: datetime, opened_at: datetime, closes_at: datetime, settings: RoundSettings
) -> datetime:
    """When people of that zone hear that words of theirs are not sealed: `at`, or if that is at night the next morning.

    Where that is too late, the evening before. Days off do not count: the words would miss the reveal.
    """
    if not keeps_days(opened_at, closes_at):
        return at
    morning = after_rest(at, zone, settings, days_off=False)
    if morning and (morning == at or morning <= closes_at - IN_TIME):
        return morning
    return before_rest(at, zone, settings, since=opened_at + ASKED_RECENTLY, days_off=False) or at


def keeps_days(opened_at: datetime, closes_at: datetime) -> bool:
    """Whether the round is long enough to keep to people's nights and days off."""
    return closes_at - opened_at >= KEEPS_DAYS


def cast_fixed_at(opened_at: datetime, closes_at: datetime) -> datetime:
    return closes_at - min(CAST_FIXED, (closes_at - opened_at) / 10)


def settled_at(since: datetime, opened_at: datetime, closes_at: datetime) -> datetime:
    return since + min(SETTLE, (closes_at - opened_at) / 100)


def watch_from(opened_at: datetime, closes_at: datetime) -> datetime:
    """Downtime at any moment from here to the deadline moves it."""
    return closes_at - min(LOOKING_BACK, (closes_at - opened_at) / 10)


def moved_deadline(opened_at: datetime, closes_at: datetime, ready: datetime) -> datetime:
    return ready + min(MOVED_BY, (closes_at - opened_at) / 10)
