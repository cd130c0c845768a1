"""Counts every call that crosses a port, and ends the process at the one it is told: no clean-up, no goodbye."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from coproduce.app import Kept

READS = frozenset(
    {
        *("rounds.get", "rounds.shell", "rounds.seat", "rounds.of", "rounds.due", "rounds.next_due"),
        *("rounds.last_beat", "rounds.closing_between"),
        *("replies.own", "replies.find", "replies.holds", "replies.voices", "replies.perspectives"),
        *("outbox.ready", "outbox.orphans", "outbox.next_ready", "outbox.cards"),
        *("platform.find", "platform.people", "platform.reach"),
    }
)
"""Calls that change nothing: a process that dies at one leaves exactly what it leaves at the next call that does."""


@dataclass(slots=True)
class Crossings:
    """Two moments a call, before and after it; `die_at` counts them from 1."""

    die_at: int | None = None
    with_reads: bool = False
    count: int = 0
    last: str = ""  # the call, for a test's message

    def pass_(self, when: str, call: str) -> None:
        if call in READS and not self.with_reads:
            return
        self.count += 1
        self.last = f"{when} {call}"
        if self.count == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A port whose every call passes the crossings."""

    def __init__(self, port: object, name: str, crossings: Crossings) -> None:
        self._port = port
        self._name = name
        self._crossings = crossings

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return self._watched(name, found) if inspect.iscoroutinefunction(found) else found

    def _watched(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*args: Any, **more: Any) -> Any:
            self._crossings.pass_("before", f"{self._name}.{name}")
            answer = await call(*args, **more)
            self._crossings.pass_("after", f"{self._name}.{name}")
            return answer

        return watched


T = TypeVar("T")


def watch(port: T, name: str, crossings: Crossings) -> T:
    return cast("T", Watched(port, name, crossings))


def watched(kept: Kept, crossings: Crossings) -> Kept:
    return replace(
        kept,
        rounds=watch(kept.rounds, "rounds", crossings),
        replies=watch(kept.replies, "replies", crossings),
        outbox=watch(kept.outbox, "outbox", crossings),
    )
