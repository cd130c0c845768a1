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


def workspace_of(to: Address) -> Workspace:
    return Workspace(platform=to.platform, id=to.workspace)


class Pacing:
    """A pace may delay; what waits in one conversation or workspace delays no other.

    Only new posts count against the pace; edits wait for what a platform asked us to wait, and for nothing else.
    """

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._lane_free: dict[str, datetime] = {}
        self._last_minute: defaultdict[Workspace, deque[datetime]] = defaultdict(deque)
        self._lane_held: dict[str, datetime] = {}
        self._workspace_held: dict[Workspace, datetime] = {}

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
        most = self._paces[workspace.platform].posts_a_minute_in_one_workspace
        posts = self._last_minute[workspace]
        return posts[-most] + MINUTE if most and len(posts) >= most else LONG_AGO

    def take(self, to: Address, op: Op, now: datetime) -> None:
        """A call is about to be made."""
        pace = self._paces[to.platform]
        if op is Op.AMEND:
            return
        if between := pace.seconds_between_posts_in_one_conversation:
            if len(self._lane_free) > MANY_LANES:
                self._lane_free = {lane: at for lane, at in self._lane_free.items() if at > now}
            self._lane_free[to.lane] = now + timedelta(seconds=between)
        if pace.posts_a_minute_in_one_workspace:
            posts = self._last_minute[workspace_of(to)]
            while posts and posts[0] + MINUTE <= now:
                posts.popleft()
            posts.append(now)

    def give_back(self, to: Address, op: Op) -> None:
        """… and was not made after all."""
        if op is Op.AMEND:
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

    def forget(self) -> None:
        """The clock was set back: what was noted lies in no past of ours."""
        self._lane_free.clear()
        self._last_minute.clear()
        self._lane_held.clear()
        self._workspace_held.clear()
