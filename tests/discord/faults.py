"""What goes wrong on demand: the nth such request from now on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
Concerns = Callable[[Json], bool]


class How(StrEnum):
    RATE_LIMITED = "rate_limited"  # 429 of one bucket
    RATE_LIMITED_SHARED = "rate_limited_shared"  # … of a resource that others use too
    RATE_LIMITED_GLOBALLY = "rate_limited_globally"
    BANNED = "banned"  # 429 with a page of Cloudflare, without Via
    SERVER_ERROR = "server_error"  # 500, which discord.py tries again
    UNAVAILABLE = "unavailable"  # 503, which it does not
    UNAVAILABLE_AFTER = "unavailable_after"  # 503, and it was done
    RESET_BEFORE = "reset_before"  # the connection breaks, and nothing was done
    RESET_AFTER = "reset_after"  # … and it was done
    ERROR = "error"  # `status` and Discord's own `code`


STORES = frozenset({How.UNAVAILABLE_AFTER, How.RESET_AFTER})


@dataclass(slots=True, kw_only=True)
class Fault:
    request: str  # "POST /channels/{}/messages"
    how: How
    nth: int = 1
    times: int = 1
    retry_after: float = 1.0
    status: int = 400
    code: int = 50035
    concerns: Concerns | None = None  # only requests of which this is true are counted; of body and ids in the path
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

    def of(self, request: str, args: Json) -> Fault | None:
        """The one that strikes this request."""
        for fault in self._all:
            if fault.request != request or (fault.concerns and not fault.concerns(args)):
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
