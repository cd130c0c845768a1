"""What goes wrong on demand: the nth such request from now on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.striking import Strike, Strikes


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
class Fault(Strike):
    request: str  # "POST /channels/{}/messages"
    how: How
    retry_after: float = 1.0
    status: int = 400
    code: int = 50035

    def is_of(self, call: str) -> bool:
        return self.request == call


class Faults(Strikes[Fault]):
    """Of one double."""
