"""Pure: when reminders go out, how far downtime moves a deadline, until when the cast may change."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.settings import RoundSettings

ASKED_RECENTLY = timedelta(hours=1)
"""No reminder this soon after the question, in rounds that are longer than ten times this."""

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
    """When the automatic reminders fall due. Those that fall at once after the question or a neighbour are left out."""
    length = closes_at - opened_at
    quiet = min(ASKED_RECENTLY, length / 10)
    merged: list[datetime] = [opened_at]
    for before in settings.reminders(length):
        if closes_at - before - merged[-1] >= quiet:
            merged.append(closes_at - before)
    return tuple(merged[1:])


def cast_fixed_at(opened_at: datetime, closes_at: datetime) -> datetime:
    return closes_at - min(CAST_FIXED, (closes_at - opened_at) / 10)


def settled_at(since: datetime, opened_at: datetime, closes_at: datetime) -> datetime:
    return since + min(SETTLE, (closes_at - opened_at) / 100)


def watch_from(opened_at: datetime, closes_at: datetime) -> datetime:
    """Downtime at any moment from here to the deadline moves it."""
    return closes_at - min(LOOKING_BACK, (closes_at - opened_at) / 10)


def moved_deadline(opened_at: datetime, closes_at: datetime, ready: datetime) -> datetime:
    return ready + min(MOVED_BY, (closes_at - opened_at) / 10)
