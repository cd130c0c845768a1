"""Faults injected into the chat on demand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapters.playground.chat.wire import Json


class How(StrEnum):
    SLOW = "slow"  # `seconds` before anything happens
    REJECT = "reject"
    UNREACHABLE = "unreachable"
    LATER = "later"  # for `seconds`; for this conversation, or everywhere
    REVOKE = "revoke"
    LOSE_ANSWER = "lose_answer"  # done, and nobody hears of it
    LOSE_POST = "lose_post"  # not done, and nobody hears of it
    TWICE = "twice"  # an act reaches the bot twice


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes from the `nth` matching call of `on` onwards, `times` times in all (0: without end)."""

    on: str  # the call: post, find, edit, remove, upload, share, people, channel, act; "*": any
    how: How
    nth: int = 1
    times: int = 1
    kind: str | None = None
    person: str | None = None
    channel: str | None = None
    seconds: float = 0.0
    reason: str = ""
    everywhere: bool = False
    seen: int = 0

    def fits(self, op: str, what: Json) -> bool:
        return self.on in (op, "*") and all(
            wanted is None or what.get(name) == wanted
            for name, wanted in (("kind", self.kind), ("person", self.person), ("channel", self.channel))
        )

    @property
    def is_over(self) -> bool:
        return self.times > 0 and self.seen >= self.nth + self.times - 1


class Faults:
    """Faults in the order of injection. At most one strikes a call; others that match wait for the next call."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def add(self, told: dict[str, Any]) -> None:
        self._all.append(Fault(**{**told, "how": How(told["how"])}))

    def clear(self) -> None:
        self._all.clear()

    def strike(self, op: str, what: Json) -> Fault | None:
        struck: Fault | None = None
        for fault in self._all:
            if not fault.fits(op, what) or (struck is not None and fault.seen + 1 >= fault.nth):
                continue
            fault.seen += 1
            if fault.seen >= fault.nth:
                struck = fault
        self._all = [fault for fault in self._all if not fault.is_over]
        return struck
