"""Socket Mode with a watchdog: a connection that is dead, silent, or stuck on a used one-time URL is replaced."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import where
from bot.service.in_flight import InFlight

log = logging.getLogger(__name__)

PING_EVERY = 5.0
"""Seconds between pings. After four without a pong the connection is dead (slack_sdk, `is_ping_pong_failing`)."""

LOOK_EVERY = 0.5
MAY_BE_AWAY = 1.5
"""Seconds in which the SDK may reconnect by itself. After a failed handshake it cannot: it reuses the one-time URL."""

CONNECT_WITHIN = 4.5
"""Seconds for one attempt, longer with each. After a failure the SDK sleeps for five seconds and retries in vain."""

CLOSE_WITHIN = 5.0
PAUSES = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between attempts: `apps.connections.open` has a pace of its own."""

SOCKET_LOG = logging.getLogger("slack_sdk.socket_mode.coproduce")
"""Silenced: its errors print the socket's URL, which grants access until it is used. We log our own."""


class _Handler(AsyncSocketModeHandler):
    """Counts each envelope as in flight until its acknowledgement is sent; takes none while the bot is stopping."""

    def __init__(self, app: AsyncApp, app_token: str, in_flight: InFlight) -> None:
        super().__init__(app, app_token, logger=SOCKET_LOG, ping_interval=PING_EVERY)
        self._in_flight = in_flight

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        if self._in_flight.is_stopping:
            return  # not acknowledged: Slack sends it again, to whoever runs then
        with self._in_flight.taking():
            await super().handle(client, req)


class Connection:
    def __init__(self, app: AsyncApp, app_token: str, in_flight: InFlight) -> None:
        SOCKET_LOG.setLevel(logging.CRITICAL)
        self._app = app
        self._app_token = app_token
        self._in_flight = in_flight
        self._handler: _Handler | None = None
        self._watching: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def start(self) -> None:
        """Returns once events arrive; retries until then."""
        self._watching = asyncio.create_task(self._watch())
        await self._connected.wait()

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._drop()

    async def _watch(self) -> None:
        attempt = 0
        while True:
            if await self._connect(CONNECT_WITHIN * (1 + min(attempt, 4))):
                attempt = 0
                self._connected.set()
                await self._until_lost()
                self._connected.clear()
                log.warning("socket_lost")
            await self._drop()
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def _connect(self, seconds: float) -> bool:
        """Replaces the SDK's own loop, which retries for ever with the same URL."""
        self._handler = _Handler(self._app, self._app_token, self._in_flight)
        try:
            async with asyncio.timeout(seconds):
                await self._handler.client.connect()  # type: ignore[no-untyped-call]
        except Exception as error:
            log.warning("socket_not_opened", extra={"error": where(error)})
            return False
        return await self._handler.client.is_connected()

    async def _until_lost(self) -> None:
        """Until the connection has been down for longer than the SDK needs to reconnect: it will not recover then."""
        away = 0.0
        while away < MAY_BE_AWAY:
            await asyncio.sleep(LOOK_EVERY)
            away = 0.0 if self._handler and await self._handler.client.is_connected() else away + LOOK_EVERY

    async def _drop(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                await handler.client.close()  # type: ignore[no-untyped-call]
        except Exception as error:
            log.warning("socket_not_closed", extra={"error": where(error)})
