"""The bot itself: every platform that the configuration names, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from bot.errors import AlreadyRunning, CoproduceError, DatabaseReplaced
from bot.messages import line
from bot.ports import Clock
from bot.text import Texts
from coproduce.app import Bot, Storage, leave_alone_what_is_loaded, lock, open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.connecting import PlatformConnections
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.memory import keep_private
from coproduce.metrics import Metrics
from coproduce.platforms import configured
from coproduce.supervisor import Supervisor
from coproduce.terminal import complain
from coproduce.web import Health, listening
from storage.database.database import Database
from storage.database.lock import Lock

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks whether the database is still the file that was opened."""


def run(settings: Settings) -> int:
    """Returns the exit code."""
    keep_private()
    texts = Texts.load()
    if not any(section.is_configured for section in settings.platforms.values()):
        complain(texts.line(line("cli.run.no_platform")))
        return WRONG
    try:
        return asyncio.run(_run(settings, texts))
    except CoproduceError as fault:
        complain(texts.line(line(f"error.{fault.code}", **fault.facts)))
        return FAILED


async def _run(settings: Settings, texts: Texts) -> int:
    told = _told_to_stop()
    turn = asyncio.create_task(_our_turn(lock(settings)))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({turn, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not turn.done():
        turn.cancel()
        return DONE
    held = turn.result()
    try:
        await _until(settings, texts, told)
    finally:
        held.free()
        stopping.cancel()
    log.info("stopped")
    return DONE


async def _until(settings: Settings, texts: Texts, told: asyncio.Event) -> None:
    supervisor = Supervisor(os.environ)
    async with serving(settings, texts, SystemClock(), told, supervisor) as is_up:
        if is_up:
            leave_alone_what_is_loaded()
            log.info("ready")
            supervisor.ready()
            await told.wait()
            log.info("stopping")
        supervisor.stopping()


@asynccontextmanager
async def serving(
    settings: Settings,
    texts: Texts,
    clock: Clock,
    told: asyncio.Event | None = None,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[bool]:
    """Storage, engine and platforms, put together and answering; all of it ends with the block.

    Begins when each platform passes events on or refuses us. While one does not answer, the others are served.
    False: we were told to stop before. Raises what the first platform refused us for, where all do. Raises
    DatabaseReplaced at the end of the block, and sets `told` as soon as that is so.
    """
    told = told or asyncio.Event()
    async with AsyncExitStack() as stack:
        kept = await open_storage(settings, clock.now())
        stack.push_async_callback(_closed, kept, settings.storage.file)
        looking = asyncio.create_task(_until_replaced(kept.database, told))
        stack.callback(looking.cancel)
        adapters, metrics = configured(settings, texts, clock), Metrics()
        connections = PlatformConnections(adapters)
        health = Health(kept=kept, clock=clock, metrics=metrics, platforms=connections.listens)
        # first: somebody who asks why nothing happens is told which platform does not answer
        if settings.web.port is not None:
            routes = [*health.routes(), *(route for adapter in adapters for route in adapter.routes())]
            server = await listening(routes, settings.web.host, settings.web.port)
            stack.push_async_callback(server.cleanup)
        stack.push_async_callback(connections.leave)
        if not await connections.enter(told):
            yield False
            return
        bot = Bot(
            kept,
            connections.platforms,
            clock,
            texts,
            rounds=settings.rounds,
            delivery=settings.delivery,
            metrics=metrics,
            listens=lambda name: connections.listens[name](),
        )
        await bot.start()
        if supervisor is not None:
            feeding = asyncio.create_task(supervisor.keep_alive(lambda: bot.is_alive))
            stack.callback(feeding.cancel)
        stack.push_async_callback(bot.stop)
        stack.push_async_callback(connections.stop)
        await connections.listen(bot, told)
        await bot.heed()
        yield not told.is_set()


async def _until_replaced(database: Database, told: asyncio.Event) -> None:
    """Words must not go on into a file that nobody will find."""
    while not database.was_replaced():  # noqa: ASYNC110 - the file system tells nobody
        await asyncio.sleep(LOOK_EVERY)
    log.error("database_replaced")
    told.set()


async def _closed(kept: Storage, file: Path) -> None:
    """Raises DatabaseReplaced."""
    is_replaced = kept.database.was_replaced()
    await kept.close()
    if is_replaced:
        raise DatabaseReplaced(file=str(file))


async def _our_turn(held: Lock) -> Lock:
    """One process is active; a second one stands by until the first ends."""
    try:
        held.take()
    except AlreadyRunning:
        log.info("standby")
        await held.wait()
    return held


def _told_to_stop() -> asyncio.Event:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(which, told.set)
    return told
