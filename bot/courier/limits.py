"""How fast calls go out: rate limits of the platforms, calls in flight at once, and the queue of what may go next."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from bot.messages import Message, MessageKind, Op, Pace
from bot.people import Address, Way, Workspace

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MANY_CONVERSATIONS = 1_000
BULK_SHARE = 0.8
"""The part of the edits a minute that bulk edits may use."""


def workspace_of(to: Address) -> Workspace:
    return Workspace(platform=to.platform, id=to.workspace)


def opens_conversation(message: Message) -> bool:
    """With somebody who is asked by the announcement until then."""
    return message.kind is MessageKind.QUESTION and message.seat is not None and message.seat.way is Way.CHANNEL


class RateLimiter:
    """When the next call may go to a conversation or a workspace, on the bot's clock.

    Limits are counted per conversation and per workspace, so one that must wait delays no other. Posts and edits are
    counted apart. An edit that is a message of its own (`Op.AMEND`) waits only while the platform has asked us to wait.
    Edits of cards keep to the rate of edits; bulk edits use a part of it only, so that others find room.
    """

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._conversation_free: dict[str, datetime] = {}
        self._posts: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)  # of the last minute
        self._edits: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)  # of the last minute
        self._opened: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)  # conversations, of the last hour
        self._opening_held: dict[Workspace, datetime] = {}
        self._conversation_held: dict[str, datetime] = {}
        self._workspace_held: dict[Workspace, datetime] = {}
        self._edits_held: dict[Workspace, datetime] = {}

    def free_for(self, message: Message) -> datetime:
        """From when on it may go out. Whoever the bot has not written to before waits for a turn of their own."""
        free = self.free_at(message.to, message.op)
        if not opens_conversation(message):
            return free
        workspace = workspace_of(message.to)
        most = self._paces[message.to.platform].new_conversations_an_hour
        opening = _free_again(self._opened[workspace], most, HOUR)
        return max(free, opening, self._opening_held.get(workspace, LONG_AGO))

    def take_for(self, message: Message, now: datetime) -> None:
        """Counts it, as it is about to go out."""
        self.take(message.to, message.op, now)
        if opens_conversation(message):
            self.note_opened(workspace_of(message.to), now)

    def give_back_for(self, message: Message) -> None:
        """It was counted, and did not go out."""
        self.give_back(message.to, message.op)
        if opens_conversation(message) and (opened := self._opened[workspace_of(message.to)]):
            opened.pop()

    def note_opened(self, workspace: Workspace, at: datetime) -> None:
        """A new conversation was opened then; called in the order of time."""
        _count(self._opened[workspace], at, HOUR)

    def hold_opening(self, workspace: Workspace, until: datetime) -> None:
        """The platform lets the bot open no new conversations."""
        self._opening_held[workspace] = max(until, self._opening_held.get(workspace, LONG_AGO))

    def free_at(self, to: Address, op: Op) -> datetime:
        """From when on a call of this kind may go there."""
        held = self.held_until(to)
        if op is Op.AMEND:
            return held
        workspace = workspace_of(to)
        most = self._paces[to.platform].posts_a_minute_in_one_workspace
        free = _free_again(self._posts[workspace], most)
        return max(held, self._conversation_free.get(to.lane, LONG_AGO), free)

    def held_until(self, to: Address) -> datetime:
        """Until when the platform asked us to send nothing there."""
        return max(
            self._conversation_held.get(to.lane, LONG_AGO),
            self._workspace_held.get(workspace_of(to), LONG_AGO),
        )

    def edit_free_at(self, workspace: Workspace, *, is_bulk: bool) -> datetime:
        """From when on a card may be edited there."""
        most = self._paces[workspace.platform].edits_a_minute_in_one_workspace
        if is_bulk and most:
            most = max(1, int(most * BULK_SHARE))
        return max(self._edits_held.get(workspace, LONG_AGO), _free_again(self._edits[workspace], most))

    def no_bulk_edits_until(self, now: datetime) -> dict[Workspace, datetime]:
        """Workspaces where bulk edits must wait, and until when."""
        known = {*self._edits, *self._edits_held}
        free = {workspace: self.edit_free_at(workspace, is_bulk=True) for workspace in known}
        return {workspace: at for workspace, at in free.items() if at > now}

    def take(self, to: Address, op: Op, now: datetime) -> None:
        """Counts a call that is about to be made."""
        pace = self._paces[to.platform]
        if op is Op.AMEND:
            self.take_edit(workspace_of(to), now)
            return
        if between := pace.seconds_between_posts_in_one_conversation:
            if len(self._conversation_free) > MANY_CONVERSATIONS:
                self._conversation_free = {lane: at for lane, at in self._conversation_free.items() if at > now}
            self._conversation_free[to.lane] = now + timedelta(seconds=between)
        if pace.posts_a_minute_in_one_workspace:
            _count(self._posts[workspace_of(to)], now)

    def give_back(self, to: Address, op: Op) -> None:
        """The call that was counted was not made."""
        if op is Op.AMEND:
            self.give_back_edit(workspace_of(to))
            return
        self._conversation_free.pop(to.lane, None)
        if posts := self._posts[workspace_of(to)]:
            posts.pop()

    def take_edit(self, workspace: Workspace, now: datetime) -> None:
        if self._paces[workspace.platform].edits_a_minute_in_one_workspace:
            _count(self._edits[workspace], now)

    def give_back_edit(self, workspace: Workspace) -> None:
        if edits := self._edits[workspace]:
            edits.pop()

    def hold_conversation(self, lane: str, until: datetime) -> None:
        """`lane` is that of an address (`Address.lane`)."""
        self._conversation_held[lane] = max(until, self._conversation_held.get(lane, LONG_AGO))

    def hold_workspace(self, workspace: Workspace, until: datetime) -> None:
        self._workspace_held[workspace] = max(until, self._workspace_held.get(workspace, LONG_AGO))

    def hold_edits(self, workspace: Workspace, until: datetime) -> None:
        self._edits_held[workspace] = max(until, self._edits_held.get(workspace, LONG_AGO))

    def release(self, workspace: Workspace) -> None:
        self._workspace_held.pop(workspace, None)
        self._edits_held.pop(workspace, None)

    def reset(self) -> None:
        """The clock was set back: the times that were noted lie in the future now and would hold everything up."""
        self._conversation_free.clear()
        self._posts.clear()
        self._edits.clear()
        self._opened.clear()
        self._opening_held.clear()
        self._conversation_held.clear()
        self._workspace_held.clear()
        self._edits_held.clear()


def _free_again(calls: deque[datetime], most: int, span: timedelta = MINUTE) -> datetime:
    """A sliding window: never more than `most` calls in any span, but all of them may go at once. Zero: no limit."""
    return calls[-most] + span if most and len(calls) >= most else LONG_AGO


def _count(calls: deque[datetime], now: datetime, span: timedelta = MINUTE) -> None:
    while calls and calls[0] + span <= now:
        calls.popleft()
    calls.append(now)


class ConcurrencyLimiter:
    """Calls in flight, by workspace and by platform. A slow workspace uses up its own share and no other's."""

    def __init__(self, in_a_workspace: int, on_a_platform: int) -> None:
        self._in_a_workspace = in_a_workspace
        self._on_a_platform = on_a_platform
        self._workspaces: Counter[Workspace] = Counter()
        self._platforms: Counter[str] = Counter()
        self.one_at_a_time: set[Workspace] = set()  # workspaces with a revoked token: one probing call at a time

    def has_room(self, to: Address) -> bool:
        workspace = workspace_of(to)
        most = 1 if workspace in self.one_at_a_time else self._in_a_workspace
        return self._workspaces[workspace] < most and self._platforms[to.platform] < self._on_a_platform

    def take(self, to: Address) -> None:
        self._workspaces[workspace_of(to)] += 1
        self._platforms[to.platform] += 1

    def give_back(self, to: Address) -> None:
        self._workspaces[workspace_of(to)] -= 1
        self._platforms[to.platform] -= 1


class ReadyQueue:
    """Heads of lanes that wait for a limit, in the order in which they fell due.

    They may grow old here: the claim checks whether each is still wanted.
    """

    def __init__(self, rate: RateLimiter, calls: ConcurrencyLimiter) -> None:
        self._rate = rate
        self._calls = calls
        self._queues: dict[Workspace, deque[Message]] = {}
        self.is_crowded = False  # something waits only for a call in flight to end
        self.next_at: datetime | None = None  # when the rate limit lets the next one go

    def add(self, heads: Iterable[Message]) -> None:
        for head in heads:
            self._queues.setdefault(workspace_of(head.to), deque()).append(head)

    def startable(self, now: datetime) -> Iterator[Message]:
        """Removes and yields what may start. The caller must `take` from both limiters before it asks for the next."""
        self.is_crowded, self.next_at = False, None
        for workspace in list(self._queues):
            queue = self._queues[workspace]
            before = len(queue)
            yield from self._startable(queue, now)
            if len(queue) < before:  # it had its turn: other workspaces come first next time
                del self._queues[workspace]
                if queue:
                    self._queues[workspace] = queue

    def _startable(self, queue: deque[Message], now: datetime) -> Iterator[Message]:
        passed: list[Message] = []
        try:
            while queue:
                head = queue[0]
                free_at = self._rate.free_for(head)
                if free_at > now:
                    self.next_at = min(free_at, self.next_at or free_at)
                    passed.append(queue.popleft())
                elif self._calls.has_room(head.to):
                    yield queue.popleft()
                else:
                    self.is_crowded = True
                    return
        finally:
            queue.extendleft(reversed(passed))
