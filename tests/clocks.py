"""A machine with a wall clock that can be set, and a steady one that cannot; and a platform whose clock is right."""

from __future__ import annotations

from datetime import datetime, timedelta

from coproduce.clock import SystemClock
from tests.builders import NOON


class Machine(SystemClock):
    """`bot.ports.Clock`, as the bot has it in earnest."""

    def __init__(self, right: datetime = NOON, *, ahead: timedelta = timedelta()) -> None:
        """`ahead`: of its wall clock, from the start on."""
        self.right = right
        self.ahead = ahead
        super().__init__(lambda: self.right + self.ahead, lambda: self.right.timestamp())

    def goes_on(self, length: timedelta) -> None:
        """Both clocks do: so it is also while the machine sleeps."""
        self.right += length
        for moved in self._watchers:
            moved()

    def jumps(self, by: timedelta) -> None:
        """Somebody sets the wall clock."""
        self.ahead += by

    # what `World` does with its clock

    def set(self, at: datetime) -> None:
        self.goes_on(at - self.now())

    def forget_watchers(self) -> None:
        self._watchers.clear()
