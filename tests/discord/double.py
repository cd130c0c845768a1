"""A test double of Discord: real REST and a real gateway on loopback, strict in all that Discord promises.

Whatever the bot does that Discord would refuse, or that the seal forbids, is in `violations`: empty after a test.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from tests.discord.contract import wrong_call
from tests.discord.faults import STORES, Fault, Faults, How
from tests.discord.gateway import Gateway
from tests.discord.hands import Hands
from tests.discord.happening import Happening
from tests.discord.interacting import Interacting
from tests.discord.messaging import Messaging
from tests.discord.requests import Request, read
from tests.discord.rest import Rest
from tests.discord.world import TOKEN, Json, Refused, World
from tests.slack.sealing import Seal

API = "/api/v10"
WAITS = 60.0
"""Seconds that come with an edit of an old message that is refused: Discord answers it as a limit."""

BY_TOKEN = ("interactions", "webhooks")  # the path itself is the secret


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot."""

    request: str
    args: Json
    at: datetime  # by the double's clock
    answer: str  # a status with Discord's code, or how it was struck


@dataclass(slots=True)
class Buckets:
    """So many requests in so many seconds, of one kind to one channel or server; told in headers and enforced."""

    limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    per_second: int | None = None  # of everything but interactions; by the machine's clock
    _taken: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, name: str, most: int, per: float) -> tuple[int, float]:
        """How many are left, and when there are new ones. Minus one: refused."""
        taken, now = self._taken.setdefault(name, deque()), time.monotonic()
        while taken and now - taken[0] >= per:
            taken.popleft()
        if len(taken) >= most:
            return -1, per - (now - taken[0])
        taken.append(now)
        return most - len(taken), per - (now - taken[0])


class DiscordDouble:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.world = World(now)
        self.faults = Faults()
        self.seal = Seal()
        self.buckets = Buckets()
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.invalid = 0  # requests that count for Cloudflare's ban
        self.before_call: Callable[[str, Json], Awaitable[None]] | None = None
        self.revoked = False
        self.ahead = timedelta()  # of its own clock, whose time each answer bears
        self.tells_time = True
        self.reads_bodies = True  # against Discord's description, which takes longer than all else
        self.gateway = Gateway(self.world, self.complain)
        self.messaging = Messaging(self.world, self.complain, self.seal, self.gateway.dispatch)
        self.interacting = Interacting(self.world, self.messaging)
        self.hands = Hands(self.world, self.complain, self.interacting, self.gateway)
        self.happening = Happening(self.world, self.gateway.dispatch)
        self.rest = Rest(self.world, self.messaging, lambda: self.gateway.url)
        self.url = ""
        self.port = 0  # any that is free

    def complain(self, violation: str) -> None:
        self.violations.append(violation)

    @property
    def api_url(self) -> str:
        return f"{self.url}{API}"

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.on_response_prepare.append(self._date)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_route("*", API + "/{rest:.*}", self._api)
        app.router.add_route("*", "/{rest:.*}", self._elsewhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.gateway.url = f"{self.url.replace('http', 'ws', 1)}/gateway/"

    async def stop(self) -> None:
        await self.gateway.close()
        await self._runner.cleanup()

    async def revoke(self) -> None:
        """The token is reset in the portal: requests are refused, the connection ends with 4004."""
        self.revoked = self.gateway.is_revoked = True
        await self.gateway.drop(4004)

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer bears the time of Discord's own clock (RFC 9110, 6.6.1)."""
        told = format_datetime(self.world.now() + self.ahead, usegmt=True)
        response.headers["Date"] = told if self.tells_time else "no date"

    # REST

    async def _api(self, http: web.Request) -> web.StreamResponse:
        request = await read(http, http.path.removeprefix(API))
        if self.before_call:
            files = [file.content.decode("utf-8", "replace") for file in request.files.values()]
            await self.before_call(request.kind, request.args | ({"files": files} if files else {}))
        is_by_token = request.path.split("/")[1] in BY_TOKEN
        if not is_by_token and (http.headers.get("Authorization") != f"Bot {TOKEN}" or self.revoked):
            self.invalid += 1
            return self._answered(request, 401, {"message": "401: Unauthorized", "code": 0}, {})
        headers, refused = self._rated(request, is_by_token=is_by_token)
        if refused is not None:
            self.calls.append(Call(request.kind, request.args, self.world.now(), "429"))
            return self._limited(refused, headers)
        fault = self.faults.of(request.kind, request.args)
        if fault and fault.how not in STORES:
            return self._struck(http, request, fault)
        status, body = await self._call(request)
        if fault:
            self.interacting.note_lost(request)
            return self._struck(http, request, fault)
        waits = {"Retry-After": str(WAITS), "Via": "1.1 google"} if status == 429 else {}
        return self._answered(request, status, body, headers | waits)

    def _rated(self, request: Request, *, is_by_token: bool) -> tuple[dict[str, str], float | None]:
        """Headers of its bucket, and after how many seconds it may come again if it is refused."""
        most, per = self.buckets.limits.get(request.kind, (1_000, 1.0))
        left, after = self.buckets.take(f"{request.kind} {request.major}", most, per)
        headers = {
            "X-RateLimit-Bucket": f"{abs(hash(request.kind)):x}",
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
        }
        if left < 0:
            return headers | {"X-RateLimit-Scope": "user"}, after
        if self.buckets.per_second is not None and not is_by_token:
            left, after = self.buckets.take("", self.buckets.per_second, 1.0)
            if left < 0:
                self.complain(f"more than {self.buckets.per_second} requests in a second")
                return {"X-RateLimit-Scope": "global", "X-RateLimit-Global": "true"}, after
        return headers, None

    def _limited(self, after: float, headers: dict[str, str]) -> web.Response:
        is_global = "X-RateLimit-Global" in headers
        self.invalid += headers.get("X-RateLimit-Scope") != "shared"
        told = {"message": "You are being rate limited.", "retry_after": round(after, 3), "global": is_global}
        headers |= {"Retry-After": f"{after:.3f}", "Via": "1.1 google"}
        return _json(429, told, headers)

    async def _call(self, request: Request) -> tuple[int, Any]:
        handler = self.rest.handlers.get(request.kind) or self.interacting.handlers.get(request.kind)
        if handler is None:
            self.complain(f"{request.kind}: the double has no such request")
            return 404, {"message": "404: Not Found", "code": 0}
        if self.reads_bodies and (wrong := list(wrong_call(request.method, request.path, request.query, request.body))):
            self.violations += wrong
            return 400, {"message": "Invalid Form Body", "code": 50035}
        try:
            return await handler(request)
        except Refused as no:
            self.invalid += no.status in (401, 403, 429)
            waits = {"retry_after": WAITS, "global": False} if no.status == 429 else {}
            return no.status, {"message": no.message, "code": no.code, **waits}

    def _answered(self, request: Request, status: int, body: object, headers: dict[str, str]) -> web.Response:
        code = body.get("code", "") if isinstance(body, dict) and status >= 400 else ""
        self.calls.append(Call(request.kind, request.args, self.world.now(), f"{status} {code}".strip()))
        return _json(status, body, headers)

    def _struck(self, http: web.Request, request: Request, fault: Fault) -> web.Response:
        self.calls.append(Call(request.kind, request.args, self.world.now(), fault.how.value))
        match fault.how:
            case How.RATE_LIMITED:
                return self._limited(fault.retry_after, {"X-RateLimit-Scope": "user"})
            case How.RATE_LIMITED_SHARED:
                return self._limited(fault.retry_after, {"X-RateLimit-Scope": "shared"})
            case How.RATE_LIMITED_GLOBALLY:
                scope = {"X-RateLimit-Scope": "global", "X-RateLimit-Global": "true"}
                return self._limited(fault.retry_after, scope)
            case How.BANNED:
                self.invalid += 1
                page = "<html>error code: 1015</html>"
                headers = {"Retry-After": str(int(fault.retry_after))}
                return web.Response(status=429, text=page, content_type="text/html", headers=headers)
            case How.SERVER_ERROR:
                return _json(500, {"message": "500: Internal Server Error", "code": 0}, {})
            case How.UNAVAILABLE | How.UNAVAILABLE_AFTER:
                return web.Response(status=503, text="<html>Service unavailable</html>", content_type="text/html")
            case How.ERROR:
                self.invalid += fault.status in (401, 403, 429)
                return _json(fault.status, {"message": "struck", "code": fault.code}, {})
            case How.RESET_BEFORE | How.RESET_AFTER:
                if http.transport:
                    http.transport.abort()
                return web.Response()

    async def _elsewhere(self, http: web.Request) -> web.Response:
        self.complain(f"{http.method} {http.path}: Discord has nothing there")
        return web.Response(status=404)

    # the bot's requests, for whoever counts them

    def calls_of(self, request: str) -> list[Call]:
        return [call for call in self.calls if call.request == request]


def _json(status: int, body: object, headers: dict[str, str]) -> web.Response:
    """discord.py takes a body for JSON only if its type is exactly this one."""
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers)


@asynccontextmanager
async def discord_double(now: Callable[[], datetime] | None = None) -> AsyncIterator[DiscordDouble]:
    """Fails the test if there were violations."""
    double = DiscordDouble(now)
    await double.start()
    try:
        yield double
    finally:
        await double.stop()
    assert not double.violations, "\n".join(double.violations)
