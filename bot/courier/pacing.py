"""When something may be sent where: the platforms' pace and what they asked us to wait, on the bot's clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.messages import Op, Pace
from bot.people import Address, Workspace

MINUTE = timedelta(minutes=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MANY_LANES = 1_000
BULK_PART = 0.8
"""Of the edits a minute."""


def workspace_of(to: Address) -> Workspace:
    return Workspace(platform=to.platform, id=to.workspace)


class Pacing:
    """A pace may delay; what waits in one conversation or workspace delays no other.

    Posts and edits are counted apart. An edit that is owed in its lane (a headline completed, a voice taken down) waits
    for what a platform asked us to wait, and for nothing else. Cards keep to the pace of edits; bulk ones go one at a
    time in each workspace, and leave a part of the pace to all others.
    """

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._lane_free: dict[str, datetime] = {}
        self._last_minute: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)
        self._lane_held: dict[str, datetime] = {}
        self._workspace_held: dict[Workspace, datetime] = {}
        self._edits: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)  # of the last minute
        self._edits_held: dict[Workspace, datetime] = {}

    def free_at(self, to: Address, op: Op) -> datetime:
        """From when on a call of this kind may go there."""
        held = self.held_until(to)
        if op is Op.AMEND:
            return held
        return max(held, self._lane_free.get(to.lane, LONG_AGO), self._window_free_at(workspace_of(to)))

    def held_until(self, to: Address) -> datetime:
        return max(
            self._lane_held.get(to.lane, LONG_AGO),
            self._workspace_held.get(workspace_of(to), LONG_AGO),
        )

    def _window_free_at(self, workspace: Workspace) -> datetime:
        """Never more than allowed in any minute, but up to that number at once: a small round need not wait."""
        return _free_again(
            self._last_minute[workspace], self._paces[workspace.platform].posts_a_minute_in_one_workspace
        )

    def edit_free_at(self, workspace: Workspace, *, is_bulk: bool) -> datetime:
        """From when on a card may be edited there."""
        most = self._paces[workspace.platform].edits_a_minute_in_one_workspace
        if is_bulk and most:
            most = max(1, int(most * BULK_PART))
        return max(self._edits_held.get(workspace, LONG_AGO), _free_again(self._edits[workspace], most))

    def crowded(self, now: datetime) -> dict[Workspace, datetime]:
        """Where bulk edits must wait, and until when."""
        known = {*self._edits, *self._edits_held}
        free = {workspace: self.edit_free_at(workspace, is_bulk=True) for workspace in known}
        return {workspace: at for workspace, at in free.items() if at > now}

    def take_edit(self, workspace: Workspace, now: datetime) -> None:
        """A post is about to be edited."""
        if self._paces[workspace.platform].edits_a_minute_in_one_workspace:
            _note(self._edits[workspace], now)

    def hold_edits(self, workspace: Workspace, until: datetime) -> None:
        self._edits_held[workspace] = max(until, self._edits_held.get(workspace, LONG_AGO))

    def take(self, to: Address, op: Op, now: datetime) -> None:
        """A call is about to be made."""
        pace = self._paces[to.platform]
        if op is Op.AMEND:
            self.take_edit(workspace_of(to), now)
            return
        if between := pace.seconds_between_posts_in_one_conversation:
            if len(self._lane_free) > MANY_LANES:
                self._lane_free = {lane: at for lane, at in self._lane_free.items() if at > now}
            self._lane_free[to.lane] = now + timedelta(seconds=between)
        if pace.posts_a_minute_in_one_workspace:
            _note(self._last_minute[workspace_of(to)], now)

    def give_back(self, to: Address, op: Op) -> None:
        """… and was not made after all."""
        if op is Op.AMEND:
            if edits := self._edits[workspace_of(to)]:
                edits.pop()
            return
        self._lane_free.pop(to.lane, None)
        if posts := self._last_minute[workspace_of(to)]:
            posts.pop()

    def hold_lane(self, lane: str, until: datetime) -> None:
        self._lane_held[lane] = max(until, self._lane_held.get(lane, LONG_AGO))

    def hold_workspace(self, workspace: Workspace, until: datetime) -> None:
        self._workspace_held[workspace] = max(until, self._workspace_held.get(workspace, LONG_AGO))

    def release(self, workspace: Workspace) -> None:
        self._workspace_held.pop(workspace, None)
        self._edits_held.pop(workspace, None)

    def forget(self) -> None:
        """The clock was set back: what was noted lies in no past of ours."""
        self._lane_free.clear()
        self._last_minute.clear()
        self._lane_held.clear()
        self._workspace_held.clear()
        self._edits.clear()
        self._edits_held.clear()


def _free_again(calls: deque[datetime], most: int) -> datetime:
    return calls[-most] + MINUTE if most and len(calls) >= most else LONG_AGO


def _note(calls: deque[datetime], now: datetime) -> None:
    while calls and calls[0] + MINUTE <= now:
        calls.popleft()
    calls.append(now)
