"""What holds for all requests of one client: refusals that Cloudflare counts, pauses, and Discord's clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import aiohttp

from bot.ports import Clock

WHEN_BUSY = 60.0
"""Seconds to wait after a 429 or a ban that does not say how long."""

MOST_REFUSED = 1_000
"""Of 401, 403 and 429 in `REFUSED_WITHIN`: at 10,000 Cloudflare bans the address."""

REFUSED_WITHIN = 600.0

TOO_OLD_SAID = b"30046"

too_old: ContextVar[bool] = ContextVar("too_old", default=False)
"""Was the request refused since the message is too old to be edited? It is a 429, of which discord.py tells no code."""


class Traffic:
    """Watches every request of one client: refusals, pauses that hold for all, and Discord's clock.

    `trace` is given to `discord.Client(http_trace=…)`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: deque[float] = deque()
        self._held_until = 0.0
        self.date: datetime | None = None
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._ended)
        self.trace.on_response_chunk_received.append(self._read)

    def hold(self, seconds: float) -> None:
        """Nothing more is sent for so long."""
        self._held_until = max(self._held_until, self._now + seconds)

    @property
    def held(self) -> float:
        """Seconds until anything may be sent; not above zero where it may be now."""
        while self._refused and self._refused[0] <= self._now - REFUSED_WITHIN:
            self._refused.popleft()
        if len(self._refused) >= MOST_REFUSED:
            return max(self._held_until - self._now, self._refused[-MOST_REFUSED] + REFUSED_WITHIN - self._now)
        return self._held_until - self._now

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()

    async def _ended(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        self.see(told.response.status, told.response.headers)

    def see(self, status: int, headers: Mapping[str, str]) -> None:
        """Notes one answer."""
        self.date = date_of(headers) or self.date
        scope = headers.get("X-RateLimit-Scope", "")
        if status in (401, 403) or (status == 429 and scope != "shared"):
            self._refused.append(self._now)
        if status != 429:
            return
        is_global = scope == "global" or headers.get("X-RateLimit-Global", "").lower() == "true"
        is_discords = bool(headers.get("Via")) or headers.get("Content-Type", "").startswith("application/json")
        if is_global or not is_discords:  # else it is Cloudflare that answers
            self.hold(seconds_of(headers))

    async def _read(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceResponseChunkReceivedParams
    ) -> None:
        if TOO_OLD_SAID in told.chunk:
            too_old.set(True)


def seconds_of(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("Retry-After") or headers.get("X-RateLimit-Reset-After") or WHEN_BUSY)
    except ValueError:
        return WHEN_BUSY


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """When an answer was made, by the clock of who made it (RFC 9110, 6.6.1); None where it does not say."""
    try:
        return parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return None
