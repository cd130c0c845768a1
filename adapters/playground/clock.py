"""The bot's clock in the playground; the chat stops and moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from adapters.playground.chat.hands import Hands

LONGEST_LEAD = timedelta(minutes=5)
"""Over the chat's clock. Whoever sets that one back further means it."""


def _machine() -> datetime:
    return datetime.now(UTC)


class MovableClock:
    """`bot.ports.Clock`. It shows the system time until the chat has sent its offset.

    It is never in doubt: the chat itself says what time it is.
    """

    doubt = None

    def __init__(self, machine: Callable[[], datetime] = _machine) -> None:
        self._machine = machine
        self._hands = Hands()
        self._lead = timedelta()
        self._watchers: list[Callable[[], None]] = []

    @property
    def hands(self) -> Hands:
        return self._hands

    def now(self) -> datetime:
        return self._hands.now(self._machine()) + self._lead

    def real(self, at: datetime) -> datetime | None:
        return self._hands.real(at - self._lead, self._machine())

    def watch(self, moved: Callable[[], None]) -> None:
        self._watchers.append(moved)

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        return True

    def trust(self) -> timedelta:
        return timedelta()

    def show(self, hands: Hands) -> None:
        """It does not go back for a lead that it had."""
        if hands == self._hands:
            return
        before = self.now()
        self._hands, self._lead = hands, timedelta()
        behind = before - self.now()
        if timedelta() < behind <= LONGEST_LEAD:
            self._lead = behind
        self._tell()

    def lead(self, to: datetime) -> None:
        """Ahead of the chat's clock, by seconds, while that stands still: what waits for them goes out.

        Nobody in the chat sees it: else its clock would move whenever somebody does something.
        """
        if (by := to - self.now()) > timedelta():
            self._lead += by
            self._tell()

    def _tell(self) -> None:
        for moved in self._watchers:
            moved()
