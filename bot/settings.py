"""What an operator may set about rounds and delivery, as plain values, each with the promised default."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from bot.rounds import Attribution

Remind = timedelta | float
"""Before the deadline: a time, or a share of the round's length (0.5: when half of it is left)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSettings:
    """Defaults for new rounds, and the limits they keep to."""

    time_zone: str = "Europe/London"  # an IANA name
    locale: str = "en"
    default_length: timedelta = timedelta(days=5)
    shortest: timedelta = timedelta(minutes=10)
    remind: tuple[Remind, ...] = (0.5, timedelta(hours=24), timedelta(hours=3))  # (): no automatic reminders
    quiet_hours: tuple[time, time] | None = (
        time(20),
        time(8),
    )  # from, until; over midnight where from > until
    working_days: frozenset[int] = frozenset(range(5))  # Monday is 0
    attribution: Attribution = Attribution.GROUP
    small_group: int = 3  # fewer unsigned replies than this: the group is merged
    late_for: timedelta = timedelta(days=7)  # after the reveal
    retention: timedelta = timedelta(days=365)
    country: str = ""  # ISO 3166 code, for its holidays; "": none
    largest: int = 100  # people in a round that no workspace admin opens
    responsible: str = ""  # who answers for the data; "": nobody is named
    backup_keep: timedelta = timedelta(days=30)  # how long backups are kept, as it is told to people

    def reminders(self, length: timedelta) -> tuple[timedelta, ...]:
        """How long before the deadline of such a round reminders fall due: longest first, each once."""
        before = {remind if isinstance(remind, timedelta) else length * remind for remind in self.remind}
        return tuple(sorted((wait for wait in before if wait < length), reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    look_after: timedelta = timedelta(seconds=30)  # how long after a lost answer a message is looked for


_LENGTH = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def length(text: str) -> timedelta:
    """`5d`, `12h`, `10m`, `1h30m`, as configuration files and scripts write it. Raises ValueError."""
    found = _LENGTH.fullmatch("".join(text.split()).lower())
    if found is None or not any(found.groups()):
        raise ValueError("expected a length such as 5d, 12h, 10m, 30s or 1h30m")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def texts(value: Any) -> list[str]:
    """A list of texts; the environment writes it as JSON, or with commas. Raises ValueError."""
    try:
        value = _listed(value)
    except ValueError:
        value = None
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise ValueError('expected a list of texts, such as ["a", "b"]')
    return [part.strip() for part in value]


def _listed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]
