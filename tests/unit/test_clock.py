"""The machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.ports import Clock
from coproduce.clock import SystemClock


def test_the_systems_clock_is_aware_and_real() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert clock.real(now) == now
