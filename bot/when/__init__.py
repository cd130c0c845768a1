"""Times as people write them: a small strict grammar.

What may mean two moments is asked about, with both; what it does not know it refuses, with an example.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.when import answers, lengths, mentioned, words, zones
from bot.when.answers import Ambiguous, Answer, Here, Unreadable
from bot.when.reading import read_in
from bot.when.zones import is_zone

__all__ = ["Ambiguous", "Unreadable", "ahead", "checked", "days_named", "is_zone", "read"]


def read(text: str, *, now: datetime, tz: str) -> Answer:
    """The moment in UTC, of what somebody typed `now` in the zone `tz`.

    Known: `fri 17:00`, `in 3 days`, `tomorrow 9am`, `5 dec 17:00`, `2026-12-01 17:00`, and the like.
    """
    return read_in(text, _here(now, tz))


def ahead(text: str, *, now: datetime, tz: str) -> datetime | None:
    """The moment that `in 3 days`, `1h30m` name, counted from `now`; None where it is not of that form."""
    length = lengths.length(words.plain(text))
    return length.after(now, zones.zone_of(tz)) if length else None


def checked(at: datetime, *, now: datetime, tz: str) -> datetime | Unreadable:
    """A time that was read before, looked at `now`: it may have gone by."""
    return answers.checked(at, _here(now, tz))


def days_named(text: str, *, today: date) -> tuple[date, ...]:
    """The dates in what somebody wrote, as far as each can be read in one way."""
    return mentioned.days(text, today)


def _here(now: datetime, tz: str) -> Here:
    return Here(now=now.astimezone(UTC), zone=zones.zone_of(tz))
