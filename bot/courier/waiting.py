"""What waits for its turn: heads of lanes, by workspace; and how many calls may be under way at once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.courier.pacing import Pacing, workspace_of
from bot.messages import Message
from bot.people import Address, Workspace


class Slots:
    """Calls under way. A slow workspace fills its own slots; a platform has several times as many."""

    def __init__(self, a_workspace: int, a_platform: int) -> None:
        self._most = (a_workspace, a_platform)
        self._workspaces: Counter[Workspace] = Counter()
        self._platforms: Counter[str] = Counter()
        self.probed: set[Workspace] = set()  # workspaces that threw us out: one careful call at a time

    def has_room(self, to: Address) -> bool:
        workspace = workspace_of(to)
        most = 1 if workspace in self.probed else self._most[0]
        return self._workspaces[workspace] < most and self._platforms[to.platform] < self._most[1]

    def take(self, to: Address) -> None:
        self._workspaces[workspace_of(to)] += 1
        self._platforms[to.platform] += 1

    def give_back(self, to: Address) -> None:
        self._workspaces[workspace_of(to)] -= 1
        self._platforms[to.platform] -= 1


class Waiting:
    """Heads in the order in which they fell due. A claim asks whether each is owed still, so none grows stale here."""

    def __init__(self, pacing: Pacing, slots: Slots) -> None:
        self._pacing = pacing
        self._slots = slots
        self._queues: dict[Workspace, deque[Message]] = {}
        self.is_crowded = False  # something could go out now, if only there were a slot
        self.next_at: datetime | None = None  # when the pace lets the next one go

    def add(self, heads: Iterable[Message]) -> None:
        for head in heads:
            self._queues.setdefault(workspace_of(head.to), deque()).append(head)

    def startable(self, now: datetime) -> Iterator[Message]:
        """Takes out one after the other; whoever iterates takes its slot and its place in the pace before the next."""
        self.is_crowded, self.next_at = False, None
        for workspace in list(self._queues):
            queue = self._queues.pop(workspace)
            yield from self._startable(queue, now)
            if queue:
                self._queues[workspace] = queue  # at the end: next time the others come first

    def _startable(self, queue: deque[Message], now: datetime) -> Iterator[Message]:
        passed: list[Message] = []
        try:
            while queue:
                head = queue[0]
                free_at = self._pacing.free_at(head.to, head.op)
                if free_at > now:
                    self.next_at = min(free_at, self.next_at or free_at)
                    passed.append(queue.popleft())
                elif self._slots.has_room(head.to):
                    yield queue.popleft()
                else:
                    self.is_crowded = True
                    return
        finally:
            queue.extendleft(reversed(passed))
