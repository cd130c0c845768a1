"""When something is tried again: back-off, calls without an answer, and workspaces whose token was revoked."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.courier.delivery import log_facts
from bot.courier.limits import ConcurrencyLimiter, RateLimiter, workspace_of
from bot.errors import DeliveryError, Later, NoNewConversations, Revoked, where
from bot.messages import Again, GaveUp, Message, MessageId, Op, Refusal
from bot.people import Workspace
from bot.ports import Clock

log = logging.getLogger(__name__)

FIRST_BACK_OFF = timedelta(seconds=5)
"""After a fault of our own; doubled each time."""

MOST_FAULTS = 6
"""A message that could not be composed so many times is stuck, and the organisers are told."""

REVOKED_PAUSE = timedelta(minutes=10)
"""How long nothing is sent to a workspace that revoked the token, before one message is tried."""

OPENING_PAUSE = timedelta(hours=6)
"""How long no new conversation is opened in a workspace whose platform has refused one."""


@dataclass(slots=True)
class _Search:
    message: Message
    search_at: datetime
    is_in_flight: bool = False


class UnansweredCalls:
    """Messages whose outcome is unknown: no answer came, or the process died during the call.

    Each is searched for on the platform before it is sent again.
    """

    def __init__(self, look_after: timedelta) -> None:
        self._look_after = look_after
        self._searches: dict[MessageId, _Search] = {}
        self._in_lane: Counter[str] = Counter()  # how many, of lanes that have any

    def __contains__(self, id_: MessageId) -> bool:
        return id_ in self._searches

    @property
    def next_at(self) -> datetime | None:
        return min((s.search_at for s in self._searches.values() if not s.is_in_flight), default=None)

    def add(self, message: Message, now: datetime, *, at_once: bool = False) -> None:
        """By default not searched for at once: what the platform accepted may take a while to appear."""
        wait = timedelta() if at_once or message.op is Op.AMEND else self._look_after
        self._in_lane[message.lane] += message.id not in self._searches
        self._searches[message.id] = _Search(message=message, search_at=(message.tried_at or now) + wait)

    def due(self, now: datetime) -> list[Message]:
        return [s.message for s in self._searches.values() if s.search_at <= now and not s.is_in_flight]

    def begin(self, message: Message) -> None:
        self._searches[message.id].is_in_flight = True

    def put_off(self, message: Message, until: datetime) -> None:
        search = self._searches[message.id]
        search.search_at, search.is_in_flight = until, False

    def hurry(self, workspace: Workspace, now: datetime) -> None:
        """All of this workspace are due now."""
        for search in self._searches.values():
            if workspace_of(search.message.to) == workspace:
                search.search_at = min(search.search_at, now)

    def resolve(self, message: Message) -> None:
        if self._searches.pop(message.id, None):
            self._in_lane[message.lane] -= 1
            if not self._in_lane[message.lane]:
                del self._in_lane[message.lane]

    def is_any_in(self, lane: str) -> bool:
        return self._in_lane[lane] > 0


class RevokedWorkspaces:
    """Workspaces whose token was revoked: paused, then probed with one call at a time until one succeeds."""

    def __init__(self, rate: RateLimiter, calls: ConcurrencyLimiter) -> None:
        self._rate = rate
        self._calls = calls
        self._since: dict[Workspace, datetime] = {}
        self.restored: set[Workspace] = set()  # the bot may send there again, and `Worker.resume` is to be called

    def revoke(self, workspace: Workspace, now: datetime) -> datetime:
        """Until when it is paused."""
        until = now + REVOKED_PAUSE
        self._since.setdefault(workspace, now)
        self._calls.one_at_a_time.add(workspace)
        self._rate.hold_workspace(workspace, until)
        log.error("revoked", extra={"workspace": f"{workspace.platform}:{workspace.id}"})
        return until

    def since(self, workspace: Workspace) -> datetime | None:
        return self._since.get(workspace)

    def note_success(self, workspace: Workspace) -> None:
        if workspace in self._calls.one_at_a_time:
            self.restored.add(workspace)

    def lift(self, workspace: Workspace) -> None:
        """Calls may go there again."""
        self._calls.one_at_a_time.discard(workspace)
        self._rate.release(workspace)

    def forget(self, workspace: Workspace) -> None:
        """Everything that follows from the pause is done."""
        self._since.pop(workspace, None)
        self.restored.discard(workspace)


class RetryPolicy:
    """When to try again after an error, and what is held back until then."""

    def __init__(self, clock: Clock, rate: RateLimiter, revoked: RevokedWorkspaces, look_after: timedelta) -> None:
        self._clock = clock
        self._rate = rate
        self._revoked = revoked
        self._look_after = look_after
        self._faults: Counter[MessageId] = Counter()  # in a row, of messages that could not be composed

    def after_call(self, message: Message, error: Exception) -> datetime:
        """When to repeat a call that failed."""
        now = self._clock.now()
        match error:
            case Later():
                until = now + timedelta(seconds=error.after)
                if error.scope:
                    self._rate.hold_conversation(error.scope, until)
                else:
                    self._rate.hold_workspace(workspace_of(message.to), until)
                log_error("later", message, error)
            case Revoked():
                until = self._revoked.revoke(error.workspace, now)
            case _:
                until = now + max(self._look_after, FIRST_BACK_OFF)
                log_error("no_answer", message, error)
        return until

    def after_no_conversation(self, message: Message, error: NoNewConversations) -> Again | GaveUp:
        """A seat is asked by the announcement from now on; an organiser has no other way, and is tried again."""
        now = self._clock.now()
        log_error("no_new_conversations", message, error)
        self._rate.hold_opening(workspace_of(message.to), now + OPENING_PAUSE)
        return GaveUp(why=None, reason=error.code) if message.seat else Again(not_before=now + OPENING_PAUSE)

    def after_fault(self, message: Message, error: Exception) -> Again | Refusal:
        """The message could not be composed: a fault of ours, and nothing was sent."""
        log_error("not_made", message, error)
        self._faults[message.id] += 1
        if self._faults[message.id] < MOST_FAULTS:
            wait = FIRST_BACK_OFF * 2 ** (self._faults[message.id] - 1)
            return Again(not_before=self._clock.now() + wait)
        del self._faults[message.id]
        return Refusal(reason="unexpected")

    def after_storage_error(self, message: Message, error: Exception) -> None:
        log_error("store_failed", message, error)
        self._rate.hold_conversation(message.to.lane, self._clock.now() + FIRST_BACK_OFF)

    def note_success(self, message: Message) -> None:
        self._faults.pop(message.id, None)


def log_error(event: str, message: Message, error: Exception) -> None:
    """An expected error is logged as information. Only where it was raised: its text may contain people's words."""
    extra = {**log_facts(message), "attempt": message.attempt, "error": where(error)}
    log.log(logging.INFO if isinstance(error, DeliveryError) else logging.ERROR, event, extra=extra)
