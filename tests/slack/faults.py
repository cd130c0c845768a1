"""What goes wrong on demand: the nth call of a method from now on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.striking import Strike, Strikes


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
class Fault(Strike):
    method: str  # of the Web API; or `upload`, `response_url`, `handshake`
    how: How
    retry_after: int = 1
    error: str = "internal_error"

    def is_of(self, call: str) -> bool:
        return self.method == call


class Faults(Strikes[Fault]):
    """Of one double."""
