"""A script of seconds over the days that a real round takes: people act in working hours, in the script's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from adapters.playground.playing.script import Deed, Player, Script

A_DAY = timedelta(days=1)
FROM, UNTIL = time(9), time(17)
"""Hours in which people of a script act."""

WORKING_DAYS = range(5)
OPENS, LOOKED_AT, CLOSES = (2, time(10)), (1, time(9, 30)), (2, time(17))
"""Weekday (Monday is 0) and time: it opens on a Wednesday, is looked at the Tuesday after, and closes a day later."""


def days_of(now: datetime, zone: str) -> tuple[datetime, datetime, datetime]:
    """When a round opens, is looked at and closes, so that the look falls into the week of `now`."""
    there = now.astimezone(ZoneInfo(zone))
    monday = there.date() - timedelta(days=there.weekday())

    def at(weeks: int, moment: tuple[int, time]) -> datetime:
        day = monday + timedelta(days=7 * weeks + moment[0])
        return datetime.combine(day, moment[1], ZoneInfo(zone)).astimezone(UTC)

    return at(-1, OPENS), at(0, LOOKED_AT), at(0, CLOSES)


def stretched(script: Script, opens_at: datetime, closes_at: datetime) -> Script:
    """With times that fit a round between the two. One that lasts a day or longer stays as it is written."""
    if script.closes_in >= A_DAY:
        return script
    hours = list(_working_hours(opens_at, closes_at, ZoneInfo(script.time_zone)))

    def moved(at: timedelta) -> timedelta:
        share = at / script.closes_in if script.closes_in else 0.0
        if share >= 1:
            return (closes_at - opens_at) * share
        return _within(hours, share) - opens_at

    def at_work(player: Player) -> Player:
        return replace(player, deeds=tuple(_at(deed, moved(deed.at)) for deed in player.deeds))

    players = tuple(at_work(player) for player in script.players)
    return replace(script, closes_in=closes_at - opens_at, late_for=None, players=players)


def _at(deed: Deed, at: timedelta) -> Deed:
    return replace(deed, at=timedelta(seconds=int(at.total_seconds())))


def _working_hours(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """From, until, of each working day between the two."""
    day = since.astimezone(zone).date()
    while day <= until.astimezone(zone).date():
        begins = max(datetime.combine(day, FROM, zone).astimezone(UTC), since)
        ends = min(datetime.combine(day, UNTIL, zone).astimezone(UTC), until)
        if day.weekday() in WORKING_DAYS and begins < ends:
            yield begins, ends
        day += A_DAY


def _within(hours: list[tuple[datetime, datetime]], share: float) -> datetime:
    """The moment at which that share of the working hours is over."""
    left = sum((ends - begins for begins, ends in hours), timedelta()) * share
    for begins, ends in hours:
        if left < ends - begins:
            return begins + left
        left -= ends - begins
    return hours[-1][1]
