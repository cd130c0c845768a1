"""What no page may do, whatever a test is about. Each is a complaint, and a complaint fails the test."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError, WebSocket

LOOPBACK = ("127.0.0.1", "localhost")

PATIENCE = 10.0  # seconds

GOES_AWAY = (
    r"^failed: \w+ \S+ net::ERR_(CONNECTION|INCOMPLETE|EMPTY)",
    r"^console error: Failed to load resource: net::ERR_",
)
"""What a browser says where the server goes away under an open page."""

LET_GO = "net::ERR_ABORTED"
"""The page itself stopped listening, or went on to another page."""

_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content Security Policy: ${event.effectiveDirective} forbids ${event.blockedURI}`));
"""


class Watch:
    """Listens to all tabs of one context."""

    def __init__(self) -> None:
        self._made: list[str] = []
        self._more = asyncio.Event()  # a new one for each complaint
        self._allowed: list[str] = []

    @property
    def complaints(self) -> list[str]:
        return [one for one in self._made if not any(re.search(pattern, one) for pattern in self._allowed)]

    def allow(self, *patterns: str) -> None:
        """They may come, and need not: what comes with the thing that the test is about."""
        self._allowed += patterns

    @asynccontextmanager
    async def expecting(self, *patterns: str) -> AsyncIterator[None]:
        """Waits until a complaint of each pattern has come. They may come again later in this test."""
        before = len(self._made)
        yield
        self.allow(*patterns)
        missing = set(patterns)
        try:
            async with asyncio.timeout(PATIENCE):
                while missing := {one for one in missing if not any(re.search(one, m) for m in self._made[before:])}:
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"expected, and not seen: {missing} (there were: {self._made[before:]})") from None

    async def over(self, context: BrowserContext) -> None:
        await context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.on("page", self._page)

    def _complain(self, what: str) -> None:
        self._made.append(what)
        more, self._more = self._more, asyncio.Event()
        more.set()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(f"console {message.type}: {message.text}")

    def _error(self, error: WebError) -> None:
        self._complain(f"error in a script: {error.error}")

    def _request(self, request: Request) -> None:
        self._going_out(request.url)

    def _going_out(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss", "ftp", "file") and parts.hostname not in LOOPBACK:
            self._complain(f"asked somebody else: {url}")

    def _failed(self, request: Request) -> None:
        if request.failure != LET_GO:
            self._complain(f"failed: {request.method} {urlsplit(request.url).path} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._complain(f"failed: {response.request.method} {urlsplit(response.url).path} {response.status}")

    def _page(self, page: Page) -> None:
        page.on("websocket", self._socket)
        page.on("crash", lambda _: self._complain("the tab crashed"))

    def _socket(self, socket: WebSocket) -> None:
        self._going_out(socket.url)
