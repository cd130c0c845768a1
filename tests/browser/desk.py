"""A desk at which nobody sits: the page beside rounds that a test runs itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.playground.page.desk import ClockState, Due, Guide, Held, Move
from bot.messages import Line


@dataclass
class QuietDesk:
    first: str
    place: str

    def group(self, person: str) -> Line | None:
        return None

    def clock(self) -> ClockState:
        return ClockState(now=datetime(2026, 12, 1, 9, tzinfo=UTC), rate=0)

    async def guide(self, person: str) -> Guide:
        return Guide(steps=())

    async def due(self, person: str) -> Sequence[Due]:
        return ()

    async def held(self, words: str = "") -> Held:
        return Held(tables=(), files=(), note=Line(key="said.help"))

    async def move(self, do: Move) -> None: ...

    def was_here(self, person: str) -> None: ...

    def watch(self, changed: Callable[[], Awaitable[None]]) -> None: ...
