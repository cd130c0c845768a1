"""What goes wrong on demand in the doubles of chats: the nth call of a kind from now on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Json = dict[str, Any]
Concerns = Callable[[Json], bool]


@dataclass(slots=True, kw_only=True)
class Strike:
    """Which calls it strikes; what it then does, each double says for itself."""

    nth: int = 1
    times: int = 1
    concerns: Concerns | None = None  # only calls of which this is true are counted
    struck: Callable[[], None] | None = None  # called when it strikes, before anything is done
    seen: int = 0

    @property
    def is_spent(self) -> bool:
        return self.seen >= self.nth + self.times - 1

    def is_of(self, call: str) -> bool:
        raise NotImplementedError


F = TypeVar("F", bound=Strike)


class Strikes(Generic[F]):
    def __init__(self) -> None:
        self._all: list[F] = []

    def add(self, fault: F) -> F:
        self._all.append(fault)
        return fault

    def clear(self) -> None:
        self._all.clear()

    def of(self, call: str, args: Json) -> F | None:
        """The one that strikes this call."""
        for fault in self._all:
            if not fault.is_of(call) or (fault.concerns and not fault.concerns(args)):
                continue
            fault.seen += 1
            if fault.seen < fault.nth:
                continue
            if fault.is_spent:
                self._all.remove(fault)
            if fault.struck:
                fault.struck()
            return fault
        return None
