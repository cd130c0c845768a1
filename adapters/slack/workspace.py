"""One workspace: its tokens, its inbound connection, and the platform that the engine delivers to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import checks, manifest, requests
from adapters.slack.calls import NAME, SDK_LOG, Calls
from adapters.slack.connection import Connection
from adapters.slack.listeners import Listeners
from adapters.slack.platform import SlackPlatform
from adapters.slack.profiles import is_org_wide
from adapters.slack.responder import Responder
from adapters.slack.settings import EVENTS, SlackSettings
from adapters.slack.users import SlackUsers
from bot.errors import OrgWideToken
from bot.messages import Line
from bot.people import Workspace
from bot.ports import Clock, Service, Vault
from bot.service.in_flight import InFlight
from bot.text import Texts

log = logging.getLogger(__name__)

ANSWER_WITHIN = 30
"""Seconds for one call of the Web API."""

KNOCK_EVERY = 20.0
"""Seconds between two checks whether a revoked token works again."""

END_WITHIN = 20.0
"""Seconds for which a stop waits for work in flight."""

BOLT_LOG = logging.getLogger("slack_bolt.coproduce")
"""bolt takes the level of its loggers from this one: at DEBUG they print whole payloads."""


class SlackWorkspace:
    """Use: `enter`, then `listen`; `stop` ends intake and lets work end, `leave` when the engine has stopped too."""

    name = NAME
    pace = SlackPlatform.pace

    def __init__(self, settings: SlackSettings, texts: Texts, clock: Clock) -> None:
        self._settings = settings
        self._texts = texts
        self._clock = clock
        self._in_flight = InFlight()
        self._app: AsyncApp | None = None
        self._knocks: asyncio.Task[None] | None = None
        self._connection: Connection | None = None

    async def enter(self) -> SlackPlatform:
        """Calls `auth.test`. Raises Later and Unknown if Slack does not answer.

        Raises Revoked if the token is invalid, and OrgWideToken if it belongs to no workspace.
        """
        BOLT_LOG.setLevel(logging.WARNING)
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        try:
            self._calls = Calls(self._client(self._settings.bot_token.get_secret_value()), self._clock)
            self._we = await self._calls.call("auth_test")
            if is_org_wide(self._we):
                raise OrgWideToken
        except BaseException:
            await self._session.close()
            raise
        self._calls.workspace = Workspace(platform=NAME, id=str(self._we["team_id"]))
        self._people = SlackUsers(self._calls, self._clock, str(self._we.get("enterprise_id") or ""))
        self.platform = SlackPlatform(self._calls, self._people, self._texts, str(self._we["user_id"]))
        return self.platform

    def when_let_in_again(self, returned: Callable[[Workspace], None]) -> None:
        """Call after `enter`. `returned` is called when a revoked token works again."""
        self._calls.returned = returned

    async def listen(self, service: Service, vault: Vault | None = None) -> None:
        """Starts to take acts. Returns when events arrive (Socket Mode) or may arrive (HTTP). Keeps nothing itself."""
        responder = Responder(self._calls, self.platform, self._people, self._texts, self._clock)
        listeners = Listeners(service, self.platform, self._people, responder, self._clock, self._in_flight)
        app = AsyncApp(
            name=NAME,
            logger=BOLT_LOG,
            client=self._client(None),
            authorize=authorized(
                self._calls.workspace.id,
                str(self._we["user_id"]),
                str(self._we.get("bot_id") or ""),
                self._settings.bot_token.get_secret_value(),
            ),
            signing_secret=self._settings.signing_secret.get_secret_value(),
            process_before_response=True,
            raise_error_for_unhandled_request=True,
        )
        app.use(self._knocking())
        listeners.join(app)
        app.event("app_uninstalled")(self._thrown_out)
        app.event("tokens_revoked")(self._thrown_out)
        self._app = app
        self._knocks = asyncio.create_task(self._knock_now_and_then())
        if self._settings.mode == "socket":
            self._connection = Connection(app, self._settings.app_token.get_secret_value(), self._in_flight)
            await self._connection.start()

    @property
    def is_listening(self) -> bool:
        """Do events arrive? Not before `listen`, nor while the socket is down or the token is revoked."""
        if self._app is None or self._in_flight.is_stopping or self._calls.is_revoked:
            return False
        return self._connection is None or self._connection.is_connected

    def routes(self) -> list[web.RouteDef]:
        """The routes for the HTTP server, in http mode."""
        return [web.post(EVENTS, self.take)] if self._settings.mode == "http" else []

    async def take(self, request: web.Request) -> web.Response:
        """Handles one signed request. Refused while stopping: Slack redelivers events."""
        if self._app is None or self._in_flight.is_stopping:
            return web.Response(status=503)
        with self._in_flight.taking():
            verifier = SignatureVerifier(self._settings.signing_secret.get_secret_value())
            asked = await requests.read(request, verifier)
            return await to_aiohttp_response(await self._app.async_dispatch(asked))

    async def stop(self) -> None:
        """Takes no more acts, and finishes those in flight."""
        self._in_flight.is_stopping = True
        if self._knocks is not None:
            self._knocks.cancel()
        await self._in_flight.finish(END_WITHIN)
        if self._connection is not None:
            await self._connection.stop()

    async def leave(self) -> None:
        await self._session.close()

    def checks(self, public_url: str) -> AsyncIterator[tuple[bool, Line]]:
        return checks.rows(self._settings, public_url)

    def manifest(self, public_url: str) -> tuple[str, Sequence[str]]:
        """The app's manifest as JSON, and why each scope is there."""
        return manifest.printed(self._texts, public_url if self._settings.mode == "http" else "")

    def _client(self, token: str | None) -> AsyncWebClient:
        """A client without blind retries, which would post a message twice."""
        return AsyncWebClient(
            token=token,
            base_url=self._settings.api_url,
            session=self._session,
            timeout=ANSWER_WITHIN,
            logger=SDK_LOG,
            retry_handlers=[],
        )

    def _knocking(self) -> Callable[..., Awaitable[None]]:
        """Middleware: anything that arrives may mean that a revoked token works again, so it is checked."""

        async def knock(next: Callable[[], Awaitable[None]]) -> None:
            if self._calls.is_revoked:
                self._in_flight.start(self._calls.knock())
            await next()

        return knock

    async def _knock_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(KNOCK_EVERY)
            await self._calls.knock()

    async def _thrown_out(self) -> None:
        """The token was revoked: from now on each call checks first whether it works again."""
        self._calls.is_revoked = True
        log.error("revoked", extra={"workspace": f"{NAME}:{self._calls.workspace.id}"})


def authorized(team: str, bot_user: str, bot: str, token: str) -> Callable[[], Awaitable[AuthorizeResult]]:
    """Known since `enter`: no acknowledgement waits for a call. (bolt calls no bound method here.)"""
    known = AuthorizeResult(enterprise_id=None, team_id=team, bot_user_id=bot_user, bot_id=bot, bot_token=token)

    async def authorize() -> AuthorizeResult:
        return known

    return authorize
