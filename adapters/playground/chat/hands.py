"""The state of the bot's clock: running with an offset to the system clock, or stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The bot's time is the machine's plus `ahead`, or `stopped_at` while it is stopped."""

    ahead: timedelta = timedelta()
    stopped_at: datetime | None = None

    def now(self, machine: datetime) -> datetime:
        return self.stopped_at if self.stopped_at is not None else machine + self.ahead

    def real(self, at: datetime, machine: datetime) -> datetime | None:
        """The system time at which this clock will show `at`; None while it is stopped before `at`."""
        if self.stopped_at is None:
            return at - self.ahead
        return machine if at <= self.stopped_at else None

    def stop(self, machine: datetime) -> Hands:
        return replace(self, stopped_at=self.now(machine))

    def run(self, machine: datetime) -> Hands:
        return Hands(ahead=self.now(machine) - machine)

    def show(self, at: datetime, machine: datetime) -> Hands:
        """Sets the time to `at`; a running clock keeps running, a stopped one stays stopped."""
        if self.stopped_at is not None:
            return replace(self, stopped_at=at)
        return Hands(ahead=at - machine)

    def as_json(self) -> dict[str, Any]:
        stopped = self.stopped_at.isoformat() if self.stopped_at else None
        return {"ahead": self.ahead.total_seconds(), "stopped_at": stopped}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Hands:
        stopped = told["stopped_at"]
        return cls(
            ahead=timedelta(seconds=told["ahead"]),
            stopped_at=datetime.fromisoformat(stopped) if stopped else None,
        )
