"""The machine's clock, as the bot's: checked against a clock that nobody can set, and against the chats' own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot.ports import AGREES_WITHIN, Doubt

JUMP = timedelta(minutes=1)
"""How far the wall clock may part from the steady one before it is in doubt. A leap second is far below it."""


def _wall() -> datetime:
    return datetime.now(UTC)


def _steady() -> float:
    """Seconds of a clock that nobody sets and that goes on while the machine sleeps.

    Linux: CLOCK_BOOTTIME (clock_gettime(2)). macOS has none; its CLOCK_MONOTONIC goes on in sleep, and Python's
    `time.monotonic` there does not.
    """
    if not hasattr(time, "clock_gettime"):
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SystemClock:
    """`bot.ports.Clock`. In doubt from its start until a chat has confirmed it, and again after each jump.

    After a jump it goes on from the last time that was right, by the steady clock; once a chat has told its time, from
    that one. So nothing falls due early, and no heartbeat is missed, while the wall clock is wrong.
    """

    def __init__(self, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = _steady) -> None:
        self._wall = wall
        self._steady = steady
        self._since: datetime | None = self._wall()  # in doubt since then, by this clock
        self._is_known = False
        self._set_base(self._since)
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        wall, estimate = self._wall(), self._estimate()
        if self._since is None and abs(wall - estimate) > JUMP:
            self._since, self._is_known = estimate, True
        return estimate if self._since and self._is_known else wall

    def real(self, at: datetime) -> datetime | None:
        now = self.now()
        return at + (self._wall() - now) if self._since and self._is_known else at

    def watch(self, moved: Callable[[], None]) -> None:
        self._watchers.append(moved)

    @property
    def doubt(self) -> Doubt | None:
        now = self.now()
        if self._since is None:
            return None
        wall = self._wall()
        return Doubt(since=self._since, machine=wall, is_known=self._is_known, off=wall - now)

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        wall = self._wall()
        furthest = max(theirs, key=lambda each: abs(wall - each))
        if abs(wall - furthest) <= AGREES_WITHIN:
            return True
        if self._since is not None:
            self._set_base(furthest)
            self._is_known = True
        return False

    def trust(self) -> timedelta:
        before, wall = self.now(), self._wall()
        self._since, self._is_known = None, True
        self._set_base(wall)
        for moved in self._watchers:
            moved()
        return wall - before

    def _estimate(self) -> datetime:
        return self._base + timedelta(seconds=self._steady() - self._base_at)

    def _set_base(self, at: datetime) -> None:
        self._base, self._base_at = at, self._steady()
