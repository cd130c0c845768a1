"""What goes wrong on demand: the nth call of a method from now on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
Concerns = Callable[[Json], bool]


class How(StrEnum):
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After
    SERVER_ERROR = "server_error"  # 500 with a page, and nothing done
    SERVER_ERROR_AFTER = "server_error_after"  # 500, and it was done
    RESET_BEFORE = "reset_before"  # the connection breaks, and nothing was done
    RESET_AFTER = "reset_after"  # … and it was done
    FATAL_AFTER = "fatal_after"  # "fatal_error", and it was done
    ERROR = "error"  # `{"ok": false, "error": …}`


STORES = frozenset({How.SERVER_ERROR_AFTER, How.RESET_AFTER, How.FATAL_AFTER})


@dataclass(slots=True, kw_only=True)
class Fault:
    method: str  # of the Web API; or `upload`, `response_url`, `handshake`
    how: How
    nth: int = 1
    times: int = 1
    retry_after: int = 1
    error: str = "internal_error"
    concerns: Concerns | None = None  # only calls of which this is true are counted
    struck: Callable[[], None] | None = None  # called when it strikes, before anything is done
    seen: int = 0

    @property
    def is_spent(self) -> bool:
        return self.seen >= self.nth + self.times - 1


class Faults:
    def __init__(self) -> None:
        self._all: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._all.append(fault)
        return fault

    def clear(self) -> None:
        self._all.clear()

    def of(self, method: str, args: Json) -> Fault | None:
        """The one that strikes this call."""
        for fault in self._all:
            if fault.method != method or (fault.concerns and not fault.concerns(args)):
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
