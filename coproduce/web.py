"""The one HTTP server: health and figures of the bot, and the ways in that platforms need."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.errors import CannotListen, where
from bot.ports import Clock
from coproduce.app import Storage
from coproduce.metrics import Metrics
from coproduce.sections import WebSettings
from storage.outbox.store import waiting

log = structlog.get_logger(__name__)

END_WITHIN = 10.0
"""Seconds that requests get to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Is the process alive; can it serve people; what has it done. `platforms`: each says whether events arrive."""

    kept: Storage
    clock: Clock
    metrics: Metrics
    platforms: Mapping[str, Callable[[], bool]]
    patience: float = 2.0  # seconds that the database gets to answer

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._is_ready),
            web.get("/metrics", self._figures),
        ]

    async def _alive(self, request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _is_ready(self, request: web.Request) -> web.Response:
        parts = {"database": await self._answers(), **self._platforms()}
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    async def _figures(self, request: web.Request) -> web.Response:
        """Also while the database does not answer: then what it would have told is missing."""
        beat, counts, answers = None, {}, True
        try:
            async with asyncio.timeout(self.patience):
                beat = await self.kept.rounds.last_beat()
                counts = dict(await waiting(self.kept.database, self.clock.now()))
        except Exception as error:
            answers = self._silent(error)
        ready = {"database": answers, **self._platforms()}
        text = self.metrics.text(ready=ready, waiting=counts, beat=beat)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _platforms(self) -> dict[str, bool]:
        return {name: listens() for name, listens in self.platforms.items()}

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self.patience):
                await self.kept.rounds.last_beat()
        except Exception as error:
            return self._silent(error)
        return True

    def _silent(self, error: Exception) -> bool:
        log.warning("database_does_not_answer", error=where(error))
        return False


async def listening(routes: Iterable[web.RouteDef], settings: WebSettings) -> web.AppRunner:
    """Raises CannotListen."""
    app = web.Application()
    app.add_routes(routes)
    # no access log: requests hold what people sent
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=END_WITHIN)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        await runner.cleanup()
        raise CannotListen(address=f"{settings.host}:{settings.port}", reason=_why(error)) from None
    log.info("listening", addresses=[f"{host}:{port}" for host, port, *_ in runner.addresses])
    return runner


def _why(error: OSError) -> str:
    """The system's words, not asyncio's round them. What no number stands for (a name nobody knows) has its own."""
    is_of_the_system = error.errno in errno.errorcode and not isinstance(error, socket.gaierror)
    return os.strerror(error.errno or 0) if is_of_the_system else str(error.strerror)
