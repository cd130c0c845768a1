"""Who may ask the page for something: this machine's own browser, with the token, from the page itself.

Any page that is open in the same browser can send requests to 127.0.0.1, and a name of its own can point there. So the
name that was asked for (Host), the page that asks (Origin, Sec-Fetch-Site) and the cookie are all looked at.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.errors import where

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.Request, int, str], web.Response]
"""Makes the answer to somebody who gets nothing: (request, status, sentence `page.stopped.<key>`)."""

NAMES = ("127.0.0.1", "localhost")
"""Under which our address may be asked for. Another name that leads here is a stranger's (DNS rebinding)."""

TOKEN = "token"  # noqa: S105 - the parameter's name

_LEADS_ON = '<!DOCTYPE html><title>…</title><meta http-equiv="refresh" content="0; url={}">'

OPEN = "/static/"
"""Is the same for everybody, and dresses also the page that says why there is no other."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "  # not for people
    "connect-src 'self'; form-action 'self'; frame-src 'self'; "  # not for people
    "base-uri 'none'; frame-ancestors 'none'"  # not for people
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Server": "coproduce",
}
"""Of each answer. A handler may set its own value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Lets requests through, or answers them itself."""

    token: str = field(repr=False)
    refuse: Refuse
    once: set[str] = field(default_factory=set, repr=False)

    def ticket(self) -> str:
        """Counts as the token, once. A browser's command line is shown to everybody on the machine."""
        ticket = secrets.token_urlsafe(32)
        self.once.add(ticket)
        return ticket

    def middlewares(self) -> tuple[Middleware, ...]:
        return (self._with_headers, self._checked)

    @web.middleware
    async def _with_headers(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Also on errors, and on streams, whose headers are sent before their handler returns (`dressed`)."""
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = self._told(request, error)
        except Exception as error:
            log.error("page_failed", extra={"error": where(error)})
            response = self.refuse(request, 500, "failed")
        if not response.prepared:
            dress(response)
        return response

    @web.middleware
    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request.host, port(request)):
            return self.refuse(request, 421, "other_host")
        if not _from_our_page(request):
            return self.refuse(request, 403, "other_page")
        if (given := request.query.get(TOKEN)) is not None:
            return self._let_in(request, given)
        if not request.path.startswith(OPEN) and not self._is_known(request.cookies.get(cookie(request), "")):
            return self.refuse(request, 403, "no_cookie")
        return await handler(request)

    def _let_in(self, request: web.Request, given: str) -> web.Response:
        """The token is in the first address alone: the browser goes on without it.

        Where another page led here (a terminal in a browser, say), the browser would not send our cookie along a
        redirect: a page of ours leads on.
        """
        if request.method != "GET" or not (self._is_known(given) or self._is_first(given)):
            return self.refuse(request, 403, "no_cookie")
        asked = request.rel_url.raw_path
        on = asked if asked.startswith("/as/") else "/"
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            answer = web.Response(text=_LEADS_ON.format(escape(on)), content_type="text/html")
        else:
            answer = web.Response(status=303, headers={"Location": on})
        answer.set_cookie(cookie(request), self.token, httponly=True, samesite="Strict", path="/")
        return answer

    def _is_first(self, given: str) -> bool:
        """One of those that count once."""
        if given not in self.once:
            return False
        self.once.discard(given)
        return True

    def _is_known(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self.token.encode())

    def _told(self, request: web.Request, error: web.HTTPException) -> web.StreamResponse:
        """aiohttp's own answers, in our words."""
        if error.status < 400:
            return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
        known = {404: "no_such_page", 405: "no_such_page", 413: "too_long", 503: "away"}
        answer = self.refuse(request, error.status, known.get(error.status, "failed"))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer


def dress(response: web.StreamResponse) -> None:
    """Adds the headers that each answer has."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def port(request: web.Request) -> int:
    """On which this connection came in."""
    name = request.transport.get_extra_info("sockname") if request.transport is not None else None
    return int(name[1]) if isinstance(name, tuple) else 0


def cookie(request: web.Request) -> str:
    """The cookie's name. Browsers keep cookies by host, whatever the port: a second playground has its own."""
    return f"coproduce-play-{port(request)}"


def is_ours(host: str, port: int) -> bool:
    return host in {f"{name}:{port}" for name in NAMES}


def _from_our_page(request: web.Request) -> bool:
    """What changes something comes from our own page. Reading: also by an address that somebody opens."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return False
    if request.method in ("GET", "HEAD"):
        opened = (
            request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest") == "document"
        )
        return site in (None, "same-origin", "none") or opened
    return origin is not None and site in (None, "same-origin")
