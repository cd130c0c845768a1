"""The one HTTP server: health and figures of the bot, and the ways in that platforms need."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CONTENT_TYPE_LATEST

from bot.errors import CannotListen, where
from bot.ports import Clock
from coproduce.app import Storage
from coproduce.metrics import Metrics
from storage.outbox.store import waiting

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

END_WITHIN = 10.0
"""Seconds that requests get to end."""

HEAD_WITHIN = 15.0
"""Seconds that a connection may stay open without a complete request head: before the first, and between two."""

BODY_WITHIN = 15.0
"""Seconds for the body of a request and its answer. A platform gives up sooner, after three."""

MOST_CONNECTIONS = 200
"""Open at the same time. A process has 1,024 files as a rule, and the database and the chat need theirs."""


SERVER_LOG = logging.getLogger("aiohttp.server.coproduce")


class WithoutTraces(logging.Filter):
    """aiohttp logs a traceback for whatever is no HTTP; its last lines hold what was sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], Exception):
            record.__dict__["error"] = where(record.exc_info[1])
        record.exc_info = record.exc_text = None
        return True


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
        parts = {"database": await self._answers(), **self._others()}
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
        ready = {"database": answers, **self._others()}
        doubt = self.clock.doubt
        text = self.metrics.text(ready=ready, waiting=counts, beat=beat, clock_off=doubt.off if doubt else None)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _others(self) -> dict[str, bool]:
        """`clock`: not ready while it is in doubt: then no round closes, and none is opened."""
        listening = {name: listens() for name, listens in self.platforms.items()}
        return {**listening, "clock": self.clock.doubt is None}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """The open socket and what serves it."""

    runner: web.AppRunner
    server: asyncio.Server

    @property
    def addresses(self) -> list[str]:
        return ["{}:{}".format(*socket_.getsockname()[:2]) for socket_ in self.server.sockets]

    async def cleanup(self) -> None:
        """Accepts no more connections, and lets requests in flight end."""
        self.server.close()
        await self.runner.cleanup()


async def listening(
    routes: Iterable[web.RouteDef],
    host: str,
    port: int,
    *,
    middlewares: Iterable[Middleware] = (),
    streams: Collection[str] = (),
) -> Listening:
    """Raises CannotListen. `streams`: names of routes whose answers have no end."""
    app = web.Application(middlewares=[*middlewares, _in_time(streams)])
    app.add_routes(routes)
    # no access log: requests hold what people sent
    if not SERVER_LOG.filters:
        SERVER_LOG.addFilter(WithoutTraces())
    runner = web.AppRunner(
        app,
        access_log=None,
        logger=SERVER_LOG,
        shutdown_timeout=END_WITHIN,
        keepalive_timeout=HEAD_WITHIN,
        auto_decompress=False,  # a small body must not become a large one, nor one that cannot be read
    )
    await runner.setup()
    serve = runner.server
    assert serve is not None  # noqa: S101 - for the type checker: `setup` has made it

    def protocol() -> asyncio.Protocol:
        # half-open connections would use up the files that the database and the chat need
        return _Refusing() if len(serve.connections) >= MOST_CONNECTIONS else serve()

    try:
        server = await asyncio.get_running_loop().create_server(protocol, host, port)
    except OSError as error:
        await runner.cleanup()
        raise CannotListen(address=f"{host}:{port}", reason=_why(error)) from None
    here = Listening(runner=runner, server=server)
    log.info("listening", addresses=here.addresses)
    return here


def _in_time(streams: Collection[str]) -> Middleware:
    """A body that does not come, or comes in drops, ends the connection: half-open ones would use up our files."""

    @web.middleware
    async def in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.route.name in streams:
            return await handler(request)
        try:
            async with asyncio.timeout(BODY_WITHIN):
                return await handler(request)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPRequestTimeout from None

    return in_time


class _Refusing(asyncio.Protocol):
    """Closes the connection at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        log.warning("too_many_connections", most=MOST_CONNECTIONS)
        transport.close()


def _why(error: OSError) -> str:
    """The system's words, not asyncio's round them. What no number stands for (a name nobody knows) has its own."""
    is_of_the_system = error.errno in errno.errorcode and not isinstance(error, socket.gaierror)
    return os.strerror(error.errno or 0) if is_of_the_system else str(error.strerror)
