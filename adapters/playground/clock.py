"""The bot's clock in the playground; the chat stops and moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from adapters.playground.chat.hands import Hands


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
        self._watchers: list[Callable[[], None]] = []

    @property
    def hands(self) -> Hands:
        return self._hands

    def now(self) -> datetime:
        return self._hands.now(self._machine())

    def real(self, at: datetime) -> datetime | None:
        return self._hands.real(at, self._machine())

    def watch(self, moved: Callable[[], None]) -> None:
        self._watchers.append(moved)

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        return True

    def trust(self) -> timedelta:
        return timedelta()

    def show(self, hands: Hands) -> None:
        if hands == self._hands:
            return
        self._hands = hands
        for moved in self._watchers:
            moved()
