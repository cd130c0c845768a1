"""The machine's clock, as the bot's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """The system clock. After a suspend, the alarm's sweep finds what became due."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real(self, at: datetime) -> datetime | None:
        return at

    def watch(self, moved: Callable[[], None]) -> None:
        """Does nothing: this clock is never moved."""
