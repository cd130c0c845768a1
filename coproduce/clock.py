"""The machine's clock, as the bot's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """Never stopped and never moved by us. A machine that slept is caught by the alarm's sweep."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def real(self, at: datetime) -> datetime | None:
        return at

    def watch(self, moved: Callable[[], None]) -> None:
        """There is nothing to tell: it does not move."""
