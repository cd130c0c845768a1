"""The state of the bot's clock: running with an offset to the system clock, as fast or faster, or stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The bot's time is the machine's plus `ahead`, or `stopped_at` while it is stopped.

    From the machine's `since` on it runs `rate` times as fast.
    """

    ahead: timedelta = timedelta()
    stopped_at: datetime | None = None
    rate: int = 1
    since: datetime | None = None  # None where `rate` is 1: then it makes no difference

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    def now(self, machine: datetime) -> datetime:
        if self.stopped_at is not None:
            return self.stopped_at
        return machine + self.ahead + self._gained(machine)

    def real(self, at: datetime, machine: datetime) -> datetime | None:
        """The system time from which on this clock shows `at`; None while it is stopped before `at`."""
        if self.stopped_at is not None:
            return machine if at <= self.stopped_at else None
        if self.since is None:
            return at - self.ahead
        shown = at - self.ahead - self.since
        return self.since - (-shown // self.rate)  # rounded up: whoever wakes then finds that it has come

    def _gained(self, machine: datetime) -> timedelta:
        return (machine - self.since) * (self.rate - 1) if self.since is not None else timedelta()

    def stop(self, machine: datetime) -> Hands:
        return Hands(stopped_at=self.now(machine))

    def run(self, machine: datetime, rate: int = 1) -> Hands:
        """It goes on from where it is, `rate` times as fast as the machine's."""
        if rate < 1:
            raise ValueError(f"a clock that runs {rate} times as fast does not run")
        since = machine if rate != 1 else None
        return Hands(ahead=self.now(machine) - machine, rate=rate, since=since)

    def show(self, at: datetime, machine: datetime) -> Hands:
        """Sets the time to `at`; a running clock keeps running as fast as before, a stopped one stays stopped."""
        if self.stopped_at is not None:
            return replace(self, stopped_at=at)
        return Hands(ahead=at - machine).run(machine, self.rate)

    def as_json(self) -> dict[str, Any]:
        stopped = self.stopped_at.isoformat() if self.stopped_at else None
        since = self.since.isoformat() if self.since else None
        return {"ahead": self.ahead.total_seconds(), "stopped_at": stopped, "rate": self.rate, "since": since}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Hands:
        """Also what was told before clocks could run faster."""
        stopped, since = told["stopped_at"], told.get("since")
        return cls(
            ahead=timedelta(seconds=told["ahead"]),
            stopped_at=datetime.fromisoformat(stopped) if stopped else None,
            rate=told.get("rate", 1),
            since=datetime.fromisoformat(since) if since else None,
        )
