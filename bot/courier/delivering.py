"""The loop: looks for what is owed and due, and sees to it that each thing is claimed, called and finished."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta

from bot.courier.attempts import Attempts, Plainly
from bot.courier.contents import Compose, Contents, Files
from bot.courier.lost import Lost
from bot.courier.pacing import Pacing, workspace_of
from bot.courier.settling import Settling
from bot.courier.waiting import Slots, Waiting
from bot.errors import where
from bot.messages import CardDue, Message, MessageId, MessageKind, Op
from bot.people import Address, Workspace
from bot.ports import Clock, Outbox, Platform, RoundRecords, Voices

log = logging.getLogger(__name__)

A_BATCH = 100
WHILE_BUSY = 0.1
"""Seconds. While calls end one after the other, new lanes, cards and timers are asked for no more often than this."""

AFTER_A_FAILURE = 1.0

GIVEN_BY_THE_CLOCK = frozenset({MessageKind.HEADLINE, MessageKind.INVITATION})
"""What goes to a channel because its time has come. Pages follow a headline that stands."""

STRANGERS_CARDS = timedelta(minutes=10)
"""How long a card on a platform that is not configured is left alone."""


class Courier:
    """Delivers what is owed: once each, lane by lane in order, within the pace of the platforms."""

    def __init__(
        self,
        outbox: Outbox,
        rounds: RoundRecords,
        replies: Voices,
        platforms: Mapping[str, Platform],
        clock: Clock,
        *,
        look_after: timedelta,
        compose: Compose,
        files: Files,
        plainly: Plainly,
        calls_in_a_workspace: int = 8,
        calls_on_a_platform: int = 64,
    ) -> None:
        self._outbox = outbox
        self._platforms = platforms
        self._clock = clock
        self._pacing = Pacing({name: platform.pace for name, platform in platforms.items()})
        self._slots = Slots(calls_in_a_workspace, calls_on_a_platform)
        self._waiting = Waiting(self._pacing, self._slots)
        self._lost = Lost(platforms, look_after)
        contents = Contents(rounds, replies, platforms, clock, compose, files)
        attempts = Attempts(outbox, platforms, contents, plainly)
        self._settling = Settling(
            outbox, rounds, clock, attempts, self._lost, self._pacing, self._slots, look_after, self._is_free
        )
        self._busy: set[str] = set()  # lanes whose head is waiting here, under way or lost
        self._under_way: set[MessageId] = set()
        self._bulk: set[Workspace] = set()  # where a bulk edit is under way
        self._held_lanes: set[str] = set()  # of the busy ones: their head waits until the clock is right
        self._strangers: set[str] = set()  # platforms that something is owed to and that are not configured
        self._tasks: set[asyncio.Task[None]] = set()
        self._awake = asyncio.Event()
        self._quiet = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._is_stopping = False
        self._looked_fully: float | None = None  # by the event loop's clock
        self._watchers = 0  # waiting in `idle`
        self._latest = self._clock.now()
        self._next_at: datetime | None = None
        self._edits_at: datetime | None = None  # when the pace lets the next card be edited

    async def run(self) -> None:
        """Until `stop`."""
        self._clock.watch(self._look_anew)
        self._ended.clear()
        try:
            while not self._is_stopping:
                self._awake.clear()
                await self._sleep(await self._look_or_rest())
            while self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            self._is_stopping = True
            for task in self._tasks:
                task.cancel()
            self._quiet.set()
            self._ended.set()

    async def stop(self) -> None:
        """Starts nothing more, and returns when what is under way is finished."""
        self._is_stopping = True
        self._awake.set()
        await self._ended.wait()

    def poke(self) -> None:
        """Something new is owed."""
        if not self._is_stopping:
            self._quiet.clear()
        self._awake.set()

    async def idle(self) -> datetime | None:
        """Returns when nothing is under way and all that is still owed waits for a later moment of the clock.

        That moment is what it returns; None: nothing waits for one.
        """
        self._look_anew()
        self._watchers += 1
        try:
            await self._quiet.wait()
        finally:
            self._watchers -= 1
        return self._next_at

    def welcome(self, workspace: Workspace) -> None:
        """The workspace lets the bot in again: no need to wait for the next careful try."""
        self._settling.returned.add(workspace)
        self._look_anew()

    # looking

    def _look_anew(self) -> None:
        self._looked_fully = None
        self.poke()

    async def _look_or_rest(self) -> float | None:
        try:
            return await self._look()
        except Exception as error:
            log.error("look_failed", extra={"error": where(error)})
            return AFTER_A_FAILURE

    async def _look(self) -> float | None:
        """Starts what can be started; how many seconds to wait until something else can be."""
        now = self._now()
        if self._clock.doubt is None:
            self._busy -= self._held_lanes
            self._held_lanes.clear()
        for workspace in list(self._settling.returned):
            await self._settling.go_on_in(workspace)
        if not self._settling.has_orphans_in_view:
            await self._take_in_orphans(now)
        self._start_searches(now)
        has_started = self._start_waiting(now)
        if self._waiting.is_crowded and not self._is_full_look_due(has_started):
            return WHILE_BUSY
        has_started |= await self._fetch(now)
        if not self._is_full_look_due(has_started):
            return WHILE_BUSY
        self._looked_fully = asyncio.get_running_loop().time()
        await self._look_at_cards(now)
        self._next_at = await self._when_next(now)
        if not self._tasks and not self._awake.is_set():
            self._quiet.set()
        return self._seconds_until(self._next_at)

    def _now(self) -> datetime:
        now = self._clock.now()
        if now < self._latest:
            self._pacing.forget()
        self._latest = now
        return now

    def _is_full_look_due(self, has_started: bool) -> bool:
        if self._looked_fully is None or (self._watchers and not has_started):
            return True
        return asyncio.get_running_loop().time() - self._looked_fully >= WHILE_BUSY

    async def _take_in_orphans(self, now: datetime) -> None:
        """At the start: what the last process left in the middle of a call."""
        for message in await self._outbox.orphans():
            # of a lane that is busy: it follows one that was under way, and is so itself
            if message.lane in self._busy or message.id in self._lost or self._is_strange(message):
                continue
            self._lost.add(message, now)
            self._busy.add(message.lane)
        self._settling.has_orphans_in_view = True

    async def _fetch(self, now: datetime) -> bool:
        has_started = False
        while True:
            heads = await self._outbox.ready(now, frozenset(self._busy), A_BATCH)
            self._busy.update(head.lane for head in heads)
            self._waiting.add(head for head in heads if not self._is_strange(head) and not self._waits_for_clock(head))
            has_started |= self._start_waiting(now)
            if len(heads) < A_BATCH or self._waiting.is_crowded:
                return has_started

    def _is_free(self, to: Address) -> bool:
        """Nobody waits for the place, and the pace allows it."""
        if self._is_stopping or self._waiting.is_crowded:
            return False
        now = self._clock.now()
        return self._pacing.free_at(to, Op.POST) <= now

    def _start_searches(self, now: datetime) -> None:
        for message in self._lost.due(now):
            held_until = self._pacing.held_until(message.to)
            if held_until > now:
                self._lost.put_off(message, held_until)
            elif self._slots.has_room(message.to) and not self._is_stopping:
                self._lost.begin(message)
                self._start(message, self._settling.search(message))

    def _start_waiting(self, now: datetime) -> bool:
        has_started = False
        if self._is_stopping:
            return False
        for head in self._waiting.startable(now):
            self._pacing.take(head.to, head.op, now)
            self._under_way.add(head.id)
            self._start(head, self._settling.deliver(head))
            has_started = True
        return has_started

    async def _look_at_cards(self, now: datetime) -> None:
        """After the messages: a card can wait, somebody who was not asked cannot."""
        crowded = self._pacing.crowded(now)
        self._edits_at = min(crowded.values(), default=None)
        for due in await self._outbox.cards(now, frozenset({*crowded, *self._bulk}), A_BATCH):
            message = due.message
            held_until = self._pacing.held_until(message.to)
            # news must not take over a message in the middle of its edit
            if message.id in self._under_way or (_is_live(message) and message.lane in self._busy):
                continue
            if self._is_strange(message):
                await self._settling.put_off_card(due, now + STRANGERS_CARDS)
            elif held_until > now:
                await self._settling.put_off_card(due, held_until)
            elif self._may_edit(due, now) and self._slots.has_room(message.to) and not self._is_stopping:
                self._edit(due, now)

    def _may_edit(self, due: CardDue, now: datetime) -> bool:
        workspace = workspace_of(due.message.to)
        if due.is_bulk and workspace in self._bulk:
            return False
        free_at = self._pacing.edit_free_at(workspace, is_bulk=due.is_bulk)
        if free_at > now:
            self._edits_at = min(free_at, self._edits_at or free_at)
        return free_at <= now

    def _edit(self, due: CardDue, now: datetime) -> None:
        message, workspace = due.message, workspace_of(due.message.to)
        self._pacing.take_edit(workspace, now)
        self._under_way.add(message.id)
        if _is_live(message):
            self._busy.add(message.lane)
        if due.is_bulk:
            self._bulk.add(workspace)
        self._start(message, self._show(due), holds_lane=_is_live(message))

    async def _show(self, due: CardDue) -> bool:
        try:
            return await self._settling.show(due)
        finally:
            if due.is_bulk:
                self._bulk.discard(workspace_of(due.message.to))

    def _is_strange(self, message: Message) -> bool:
        platform = message.to.platform
        if platform in self._platforms:
            return False
        if platform not in self._strangers:
            self._strangers.add(platform)
            log.error("platform_not_configured", extra={"platform": platform})
        return True

    def _waits_for_clock(self, message: Message) -> bool:
        """While the time is in doubt nothing is opened. Its lane is looked at again when the clock is right."""
        if message.kind not in GIVEN_BY_THE_CLOCK or self._clock.doubt is None:
            return False
        self._held_lanes.add(message.lane)
        return True

    async def _when_next(self, now: datetime) -> datetime | None:
        """What is due already waits for something that is under way, and is looked at when that ends."""
        moments = (self._waiting.next_at, self._lost.next_at, self._edits_at, await self._outbox.next_ready(now))
        return min((at for at in moments if at is not None and at > now), default=None)

    def _seconds_until(self, at: datetime | None) -> float | None:
        real = self._clock.real(at) if at is not None else None
        return None if real is None else max(0.0, (real - datetime.now(UTC)).total_seconds())

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return

    # under way

    def _start(self, message: Message, work: Coroutine[None, None, bool], *, holds_lane: bool = True) -> None:
        self._quiet.clear()
        self._slots.take(message.to)
        self._tasks.add(asyncio.create_task(self._see_through(message, work, holds_lane=holds_lane)))

    async def _see_through(self, message: Message, work: Coroutine[None, None, bool], *, holds_lane: bool) -> None:
        """`work` never raises; True: its lane may go on."""
        try:
            may_go_on = await work
            if may_go_on and holds_lane:
                self._busy.discard(message.lane)
        finally:
            self._slots.give_back(message.to)
            self._under_way.discard(message.id)
            if task := asyncio.current_task():
                self._tasks.discard(task)  # not by a callback: the loop must not see a task that has nothing left to do
            self._awake.set()


def _is_live(message: Message) -> bool:
    """Somebody's live message for a round: news in its lane may take over its place."""
    return message.kind is MessageKind.QUESTION
