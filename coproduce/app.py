"""The composition root: the one file that knows everyone."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import SystemRandom

import structlog

from bot import report
from bot.alarm import BEAT, Alarm
from bot.compose import compose
from bot.courier import CourierDependencies, Dispatcher
from bot.errors import DatabaseBehind, DatabaseMissing, where
from bot.messages import File, Message, Post
from bot.people import Workspace
from bot.ports import Clock, Outbox, Platform, Replies, Rounds, Vault
from bot.rounds import Perspective, Phase, Round
from bot.service import ClockWatch, Dependencies, Service, Waking
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.config import Settings
from coproduce.metrics import Metrics
from storage.database.database import Database
from storage.database.files import make_ready, narrow
from storage.database.lock import Lock
from storage.migrations import is_current, migrate
from storage.outbox.store import SqlOutbox
from storage.rounds.store import SqlRounds
from storage.words import keys, restoring
from storage.words.seal import Seal
from storage.words.store import SqlReplies
from storage.words.vault import SqlVault

log = structlog.get_logger(__name__)

OBJECTS = 20_000
"""That are new, until the collector looks through them."""

SOON = 0.02
"""Seconds from an act until courier and alarm look what it changed."""

HEED_EVERY = 1.0
"""Seconds between two looks whether the platforms listen."""

MISSED_BEATS = 3
"""Heartbeats in a row that may fail until the bot counts as hung."""

ATTACHED = ("html", "md")
"""The formats of the report that is attached at the reveal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The ports of storage."""

    rounds: Rounds
    replies: Replies
    outbox: Outbox
    vault: Vault
    database: Database

    async def forget(self, now: datetime) -> None:
        """Entries of the ledger that no backup is old enough for any more."""
        if self.database.ledger:
            await asyncio.to_thread(self.database.ledger.forget, now)

    async def close(self) -> None:
        await self.database.close()


def leave_alone_what_is_loaded() -> None:
    """Once, when a program has started: the collector need not walk the libraries again while rounds are opened.

    Libraries make up nearly all objects of this process. What a reveal makes for a moment is rather freed by its
    reference counts than looked through every 700 objects, as is the default (`gc.set_threshold` in Python's manual).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS)


async def open_storage(settings: Settings, now: datetime | None = None) -> Storage:
    """Brings the schema up to this release first. The caller holds the lock. Raises SetupFault.

    Where the database was restored from a backup, it is mended before anything else is done to it.
    """
    url = settings.storage.url
    make_ready(settings.storage.file)
    if not is_current(url):
        await asyncio.to_thread(migrate, url)
    narrow(settings.storage.file)
    database = Database(url)
    try:
        seal = await keys.unlock(database, settings.storage.key_file, settings.listed_keys)
        keep = timedelta(days=settings.storage.backup_keep)
        await restoring.open_ledger(database, seal, settings.storage.key_file, now or datetime.now(UTC), keep)
    except BaseException:
        await database.close()
        raise
    return _storage(database, seal, settings.rounds)


async def open_to_read(settings: Settings) -> Storage:
    """Changes and makes no file, and needs no lock. Its ports cannot write. Raises SetupFault."""
    storage = settings.storage
    if not storage.file.exists():
        raise DatabaseMissing(file=str(storage.file))
    if not is_current(storage.url):
        raise DatabaseBehind(file=str(storage.file))
    database = Database(storage.url, only_reads=True)
    try:
        seal = await keys.unlock(database, storage.key_file, settings.listed_keys, may_make=False)
    except BaseException:
        await database.close()
        raise
    return _storage(database, seal, settings.rounds)


def _storage(database: Database, seal: Seal, rounds: RoundSettings) -> Storage:
    return Storage(
        rounds=SqlRounds(database, SystemRandom()),
        replies=SqlReplies(database, seal),
        outbox=SqlOutbox(database, rounds),
        vault=SqlVault(database, seal),
        database=database,
    )


class Bot:
    """Engine, storage and platforms, put together. `start` once intake can be taken, `stop` lets work in flight end."""

    def __init__(
        self,
        kept: Storage,
        platforms: Mapping[str, Platform],
        clock: Clock,
        texts: Texts,
        *,
        rounds: RoundSettings,
        delivery: DeliverySettings,
        metrics: Metrics | None = None,
        listens: Callable[[str], bool] = lambda platform: True,
    ) -> None:
        """`metrics`: where it is counted what is done; its own where nobody asks before.

        `listens`: do the events of that platform arrive now? Until they do, nothing of it closes.
        """
        self.metrics = metrics = metrics or Metrics()
        platforms = {name: metrics.of_platform(platform) for name, platform in platforms.items()}
        self._clock = clock
        self._kept = kept
        deps = Dependencies(
            rounds=kept.rounds,
            replies=kept.replies,
            platforms=platforms,
            clock=clock,
            settings=rounds,
            woken=self._woken,
            listens=listens,
        )
        self.service = metrics.of_service(Service(deps, self._arrived))
        # what the alarm itself changed it looks at again anyway; poked, it would try what fails without a rest
        self._waking = Waking(replace(deps, woken=self._owing))
        self._courier = Dispatcher(
            CourierDependencies(
                outbox=metrics.of_outbox(kept.outbox),
                rounds=kept.rounds,
                replies=kept.replies,
                platforms=platforms,
                clock=clock,
                look_after=delivery.look_after,
                compose=partial(_composed, clock, rounds),
                files=partial(_files, texts, clock, rounds),
                plain_text=partial(_plainly, texts),
            )
        )
        self._alarm = Alarm(self._waking.tick, kept.rounds.next_due, self._beat, self._keep_house, clock)
        self._clock_watch = ClockWatch(replace(deps, woken=self._owing), self._released)
        self._beaten_at = time.monotonic()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._soon: asyncio.TimerHandle | None = None

    @property
    def vault(self) -> Vault:
        return self._kept.vault

    def _woken(self) -> None:
        """After each act. A thousand replies in the last minute do not make them look a thousand times."""
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(SOON, self._wake)

    def _wake(self) -> None:
        self._soon = None
        self._courier.poke()
        self._alarm.poke()

    def _owing(self) -> None:
        self._courier.poke()

    async def _arrived(self, platform: str) -> None:
        if await self._waking.arrived(platform):
            self._alarm.poke()

    async def _released(self, moved: timedelta) -> None:
        """The clock is right again: what was held goes on."""
        await self._waking.moved(moved)
        self._courier.poke()
        self._alarm.poke()

    async def _beat(self, now: datetime) -> None:
        await self._waking.beat(now)
        self._beaten_at = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Is the heartbeat written? Not where the database takes nothing any more, however well the loop runs."""
        return time.monotonic() - self._beaten_at < MISSED_BEATS * BEAT.total_seconds()

    async def _keep_house(self, now: datetime) -> None:
        await self._waking.housekeeping(now)
        if self._clock.doubt is None:
            await self._kept.forget(now)

    async def heed(self) -> None:
        """Looks which platforms listen; where one does again, what was held for it goes on."""
        if await self._waking.heed(self._clock.now()):
            self._alarm.poke()

    async def _heed_on(self) -> None:
        while True:
            await asyncio.sleep(HEED_EVERY)
            try:
                await self.heed()
            except Exception as error:
                log.error("heed_failed", error=where(error))

    async def start(self) -> None:
        """From here on `service.do` may be called. A deadline that we slept through moves before anything closes."""
        await self._clock_watch.look()  # first: by a wrong clock a restart would look like days
        await self._waking.start(self._clock.now())
        self._beaten_at = time.monotonic()
        self._tasks = (asyncio.create_task(self._courier.run()), asyncio.create_task(self._alarm.run()))
        self._watching = (asyncio.create_task(self._heed_on()), asyncio.create_task(self._clock_watch.run()))

    async def stop(self) -> None:
        """Call it when intake has ended. Storage is left open."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self._alarm.stop()
        await self._courier.stop()
        await asyncio.gather(*self._tasks)
        await self._waking.beat(self._clock.now())

    def welcome(self, workspace: Workspace) -> None:
        """A workspace that had thrown us out lets us in again."""
        self._courier.welcome(workspace)

    async def idle(self) -> datetime | None:
        """Until nothing is due, or can be done, and nothing that is owed can be delivered at this moment of the clock.

        Returns the moment at which there will be something to do again; None: nothing waits for one.
        """
        wakes_at, sends_at = await self._idle()
        return min((at for at in (wakes_at, sends_at) if at is not None), default=None)

    async def delivered(self) -> datetime | None:
        """As `idle`, but returns when the next message or edit that is owed can go out. None: all are delivered."""
        _, sends_at = await self._idle()
        return sends_at

    async def _idle(self) -> tuple[datetime | None, datetime | None]:
        """When the alarm wakes something next, and when something owed can go out next."""
        while True:
            wakes_at = await self._alarm.idle()
            sends_at = await self._courier.idle()
            due = await self._kept.rounds.next_due()
            if due is None or due > self._clock.now() or self._alarm.waits_for_others:
                return wakes_at, sends_at


def _composed(
    clock: Clock,
    settings: RoundSettings,
    message: Message,
    round_: Round,
    voices: Sequence[Perspective] = (),
    *,
    now: datetime,
) -> Post:
    """While the clock is in doubt no deadline counts as over: cards go on asking."""
    is_open = round_.phase is Phase.COLLECTING and round_.closes_at is not None and clock.doubt is not None
    if is_open and round_.closes_at:
        now = min(now, round_.closes_at - timedelta(seconds=1))
    return compose(message, round_, voices, now=now, settings=settings)


def _files(
    texts: Texts, clock: Clock, settings: RoundSettings, round_: Round, perspectives: Sequence[Perspective]
) -> Sequence[File]:
    return report.files(report.report(round_, perspectives, clock.now(), settings), ATTACHED, texts)


def _plainly(texts: Texts, post: Post) -> str:
    return texts.post(post).text


def lock(settings: Settings) -> Lock:
    """One active process a database."""
    return Lock(settings.storage.file)
