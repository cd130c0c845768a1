"""The dispatch loop: finds messages and cards that are due, and starts a worker for each within the limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta

from bot.courier.dependencies import CourierDependencies
from bot.courier.limits import HOUR, ConcurrencyLimiter, RateLimiter, ReadyQueue, workspace_of
from bot.courier.worker import Worker
from bot.errors import where
from bot.messages import CardDue, Message, MessageId, MessageKind, Op
from bot.people import Address, Workspace

log = logging.getLogger(__name__)

BATCH = 100
WHILE_BUSY = 0.1
"""Seconds. While calls keep ending, the outbox is read for new lanes, cards and times no more often than this."""

AFTER_A_FAILURE = 1.0
"""Seconds until the outbox is read again after an error."""

GIVEN_BY_THE_CLOCK = frozenset({MessageKind.HEADLINE, MessageKind.INVITATION})
"""Posted to a channel because their time has come: not while the clock is in doubt. Pages follow the headline."""

UNCONFIGURED_CARD_PAUSE = timedelta(minutes=10)
"""How long a card is put off whose platform is not configured."""


class Dispatcher:
    """Runs until `stop`. One task for each call in flight; messages of one lane follow each other."""

    def __init__(self, deps: CourierDependencies) -> None:
        self._outbox = deps.outbox
        self._platforms = deps.platforms
        self._clock = deps.clock
        self._rate = RateLimiter({name: platform.pace for name, platform in deps.platforms.items()})
        self._calls = ConcurrencyLimiter(deps.calls_in_a_workspace, deps.calls_on_a_platform)
        self._queue = ReadyQueue(self._rate, self._calls)
        self._worker = Worker(deps, self._rate, self._calls, self._may_post_now)
        self._busy: set[str] = set()  # lanes whose head is queued, in flight or unanswered
        self._in_flight: set[MessageId] = set()
        self._held_lanes: set[str] = set()  # of the busy ones: their head waits until the clock is right
        self._bulk: set[Workspace] = set()  # where a bulk edit is in flight
        self._unconfigured: set[str] = set()  # platforms of messages that are not configured, each logged once
        self._tasks: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._quiet = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._is_stopping = False
        self._last_full_look: float | None = None  # by the event loop's clock
        self._has_loaded = False
        self._watchers = 0  # callers that wait in `idle`
        self._latest = self._clock.now()
        self._next_at: datetime | None = None
        self._edits_at: datetime | None = None  # when the rate limit lets the next card be edited

    async def run(self) -> None:
        """Until `stop`."""
        self._clock.watch(self._look_anew)
        self._ended.clear()
        try:
            while not self._is_stopping:
                self._awake.clear()
                await self._sleep(await self._look_or_pause())
            while self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            self._is_stopping = True
            for task in self._tasks:
                task.cancel()
            self._quiet.set()
            self._ended.set()

    async def stop(self) -> None:
        """Starts nothing more, and returns when the calls in flight have ended."""
        self._is_stopping = True
        self._awake.set()
        await self._ended.wait()

    def poke(self) -> None:
        """Something new is in the outbox."""
        if not self._is_stopping:
            self._quiet.clear()
        self._awake.set()

    async def idle(self) -> datetime | None:
        """Returns when nothing is in flight and everything still owed waits for a later time of the clock.

        It returns that time; None: nothing waits for one.
        """
        self._look_anew()
        self._watchers += 1
        try:
            await self._quiet.wait()
        finally:
            self._watchers -= 1
        return self._next_at

    def welcome(self, workspace: Workspace) -> None:
        """A workspace that had revoked the token let the bot in again: it need not wait to be probed."""
        self._worker.revoked.restored.add(workspace)
        self._look_anew()

    # what is due

    def _look_anew(self) -> None:
        self._last_full_look = None
        self.poke()

    async def _look_or_pause(self) -> float | None:
        try:
            return await self._look()
        except Exception as error:
            log.error("look_failed", extra={"error": where(error)})
            return AFTER_A_FAILURE

    async def _look(self) -> float | None:
        """Starts what may start; returns how many seconds to sleep. None: until something happens."""
        now = self._now()
        if self._clock.doubt is None:
            self._busy -= self._held_lanes
            self._held_lanes.clear()
        for workspace in list(self._worker.revoked.restored):
            await self._worker.resume(workspace)
        if self._worker.must_load_in_flight:
            await self._load_in_flight(now)
        self._start_searches(now)
        has_started = self._start_queued(now)
        if self._queue.is_crowded and not self._is_full_look_due(has_started):
            return WHILE_BUSY
        has_started |= await self._fetch(now)
        if not self._is_full_look_due(has_started):
            return WHILE_BUSY
        self._last_full_look = asyncio.get_running_loop().time()
        await self._start_card_edits(now)
        self._next_at = await self._when_next(now)
        if not self._tasks and not self._awake.is_set():
            self._quiet.set()
        return self._seconds_until(self._next_at)

    def _now(self) -> datetime:
        now = self._clock.now()
        if now < self._latest:
            self._rate.reset()
        self._latest = now
        return now

    def _is_full_look_due(self, has_started: bool) -> bool:
        if self._last_full_look is None or (self._watchers and not has_started):
            return True
        return asyncio.get_running_loop().time() - self._last_full_look >= WHILE_BUSY

    async def _load_in_flight(self, now: datetime) -> None:
        """What the last process left SENDING, or may have sent before a restore: whether it stands is unknown.

        After a restore there may be several in one lane.
        """
        unanswered = self._worker.unanswered
        orphans = await self._outbox.orphans()
        busy = frozenset(self._busy)
        for message in orphans:
            # a message in a busy lane is in flight here: it followed the one that was started
            if message.lane in busy or message.id in unanswered or not self._is_configured(message):
                continue
            unanswered.add(message, now)
            self._busy.add(message.lane)
        if not self._has_loaded:  # what the last process sent counts as well
            for to, at in await self._outbox.asked_since(now - HOUR):
                self._rate.note_opened(workspace_of(to), at)
            self._has_loaded = True
        self._worker.must_load_in_flight = False

    def _start_searches(self, now: datetime) -> None:
        unanswered = self._worker.unanswered
        for message in unanswered.due(now):
            held_until = self._rate.held_until(message.to)
            if held_until > now:
                unanswered.put_off(message, held_until)
            elif self._calls.has_room(message.to) and not self._is_stopping:
                unanswered.begin(message)
                self._start(message, self._worker.search(message))

    def _start_queued(self, now: datetime) -> bool:
        if self._is_stopping:
            return False
        has_started = False
        for head in self._queue.startable(now):
            self._rate.take_for(head, now)
            self._in_flight.add(head.id)
            self._start(head, self._worker.deliver(head))
            has_started = True
        return has_started

    async def _fetch(self, now: datetime) -> bool:
        has_started = False
        while True:
            heads = await self._outbox.ready(now, frozenset(self._busy), BATCH)
            self._busy.update(head.lane for head in heads)
            self._queue.add(head for head in heads if self._is_configured(head) and not self._waits_for_clock(head))
            has_started |= self._start_queued(now)
            if len(heads) < BATCH or self._queue.is_crowded:
                return has_started

    def _may_post_now(self, to: Address) -> bool:
        if self._is_stopping or self._queue.is_crowded:
            return False
        return self._rate.free_at(to, Op.POST) <= self._clock.now()

    def _is_configured(self, message: Message) -> bool:
        platform = message.to.platform
        if platform in self._platforms:
            return True
        if platform not in self._unconfigured:
            self._unconfigured.add(platform)
            log.error("platform_not_configured", extra={"platform": platform})
        return False

    def _waits_for_clock(self, message: Message) -> bool:
        """Its lane is read again once the clock is right."""
        if message.kind not in GIVEN_BY_THE_CLOCK or self._clock.doubt is None:
            return False
        self._held_lanes.add(message.lane)
        return True

    async def _start_card_edits(self, now: datetime) -> None:
        """After the messages: a card that is out of date does less harm than a message that is late."""
        full = self._rate.no_bulk_edits_until(now)
        self._edits_at = min(full.values(), default=None)
        for due in await self._outbox.cards(now, frozenset({*full, *self._bulk}), BATCH):
            message = due.message
            held_until = self._rate.held_until(message.to)
            # not while a message of its lane is in flight, which may be about to take over a live message's place
            if message.id in self._in_flight or (_is_live(message) and message.lane in self._busy):
                continue
            if not self._is_configured(message):
                await self._worker.put_off_card(due, now + UNCONFIGURED_CARD_PAUSE)
            elif held_until > now:
                await self._worker.put_off_card(due, held_until)
            elif self._may_edit(due, now) and self._calls.has_room(message.to) and not self._is_stopping:
                self._start_card_edit(due, now)

    def _may_edit(self, due: CardDue, now: datetime) -> bool:
        workspace = workspace_of(due.message.to)
        if due.is_bulk and workspace in self._bulk:
            return False
        free_at = self._rate.edit_free_at(workspace, is_bulk=due.is_bulk)
        if free_at > now:
            self._edits_at = min(free_at, self._edits_at or free_at)
        return free_at <= now

    def _start_card_edit(self, due: CardDue, now: datetime) -> None:
        message, workspace = due.message, workspace_of(due.message.to)
        self._rate.take_edit(workspace, now)
        self._in_flight.add(message.id)
        if _is_live(message):
            self._busy.add(message.lane)
        if due.is_bulk:
            self._bulk.add(workspace)
        self._start(message, self._edit_card(due), holds_lane=_is_live(message))

    async def _edit_card(self, due: CardDue) -> bool:
        try:
            return await self._worker.edit_card(due)
        finally:
            if due.is_bulk:
                self._bulk.discard(workspace_of(due.message.to))

    # sleeping and waking

    async def _when_next(self, now: datetime) -> datetime | None:
        """Only later times: what is due already waits for a call in flight, whose end wakes the loop."""
        next_search, next_ready = self._worker.unanswered.next_at, await self._outbox.next_ready(now)
        times = (self._queue.next_at, next_search, self._edits_at, next_ready)
        return min((at for at in times if at is not None and at > now), default=None)

    def _seconds_until(self, at: datetime | None) -> float | None:
        real = self._clock.real(at) if at is not None else None
        return None if real is None else max(0.0, (real - datetime.now(UTC)).total_seconds())

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    def _start(self, message: Message, work: Coroutine[None, None, bool], *, holds_lane: bool = True) -> None:
        self._quiet.clear()
        self._calls.take(message.to)
        self._tasks.add(asyncio.create_task(self._run_to_end(message, work, holds_lane=holds_lane)))

    async def _run_to_end(self, message: Message, work: Coroutine[None, None, bool], *, holds_lane: bool) -> None:
        """`work` never raises; it returns whether its lane may go on."""
        try:
            may_go_on = await work
            if may_go_on and holds_lane:
                self._busy.discard(message.lane)
        finally:
            self._calls.give_back(message.to)
            self._in_flight.discard(message.id)
            if task := asyncio.current_task():
                self._tasks.discard(task)  # here, not in a callback: the loop must not see a task that has ended
            self._awake.set()


def _is_live(message: Message) -> bool:
    """Somebody's live message for a round, whose place a message of the same lane may take over."""
    return message.kind is MessageKind.QUESTION
