"""One message from claim to recorded result: sent, to be retried, stuck or undeliverable; and who is told of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.acts import Said
from bot.courier.content import CannotOpen
from bot.courier.delivery import Delivery, log_facts, may_stand
from bot.courier.dependencies import CourierDependencies
from bot.courier.limits import ConcurrencyLimiter, RateLimiter, workspace_of
from bot.courier.retries import RetryPolicy, RevokedWorkspaces, UnansweredCalls, log_error
from bot.errors import DeliveryError, HistoryClosed, Later, NoNewConversations, Rejected, Revoked, Unreachable
from bot.messages import (
    TAKE_OVER,
    Again,
    CardDue,
    GaveUp,
    Message,
    MessageId,
    MessageKind,
    Op,
    Owed,
    Posted,
    Refusal,
    Result,
    Sent,
)
from bot.people import Address, Workspace
from bot.reveal import report_left_out
from bot.rounds import Phase, Round
from bot.rules.moves import Decision, Rule
from bot.rules.opening import private

log = logging.getLogger(__name__)

BETWEEN_EDITS = timedelta(seconds=5)
"""From one edit of a card to the next."""

UNSEEN = "unseen"
"""In the key of what tells that a message cannot be looked for."""

MOST_IN_A_ROW = 200
"""Messages of one lane that follow each other before other lanes get their turn."""


class Worker:
    """`deliver`, `search` and `edit_card` never raise; they return whether the lane may go on."""

    def __init__(
        self,
        deps: CourierDependencies,
        rate: RateLimiter,
        calls: ConcurrencyLimiter,
        may_post_now: Callable[[Address], bool],
    ) -> None:
        """`may_post_now`: whether the next message may follow at once: nothing else waits, and the rate allows it."""
        self._outbox = deps.outbox
        self._rounds = deps.rounds
        self._clock = deps.clock
        self._rate = rate
        self._may_post_now = may_post_now
        self._delivery = Delivery(deps)
        self.unanswered = UnansweredCalls(deps.look_after)
        self.revoked = RevokedWorkspaces(rate, calls)
        self._retry_policy = RetryPolicy(deps.clock, rate, self.revoked, deps.look_after)
        self._told_unseen: set[MessageId] = set()
        self.must_load_in_flight = True  # SENDING messages may exist in the outbox that this process knows nothing of

    async def deliver(self, head: Message) -> bool:
        """The head of a lane, and the messages behind it for as long as they may follow at once."""
        current = head
        try:
            message = await self._outbox.claim(head.id, head.attempt, self._clock.now())
            if message is None:
                self._rate.give_back_for(head)
            left = MOST_IN_A_ROW
            while message is not None:
                current, left = message, left - 1
                result = await self._attempt(message)
                if result is None:
                    return False
                message = await self._record(message, result, may_follow=left > 0)
        except Exception as error:
            return self._storage_failed(current, error)
        return True

    async def search(self, message: Message) -> bool:
        """Whether a message stands whose outcome is unknown."""
        try:
            try:
                result = await self._delivery.find(message, self._clock.now())
            except Exception as error:
                self.unanswered.put_off(message, self._retry_policy.after_call(message, error))
                if isinstance(error, HistoryClosed):
                    await self._tell_unseen(message)
                return False
            await self._record(message, result)
            if isinstance(result, Sent) and message.header.lost_since and message.kind in TAKE_OVER:
                await self._outbox.touch_cards(message.round_id)  # it shows what the lost database held
            self.unanswered.resolve(message)
        except Exception as error:
            self.unanswered.resolve(message)
            return self._storage_failed(message, error)
        return not self.unanswered.is_any_in(message.lane)  # after a restore there may be several in one lane

    async def edit_card(self, due: CardDue) -> bool:
        message = due.message
        try:
            try:
                load = await self._delivery.load_card(message)
            except Exception as error:  # it still shows what it showed, and is edited later
                await self.put_off_card(due, self._retry_policy.after_call(message, error))
                return True
            try:
                is_edited = await self._delivery.edit_card(message, load)
            except (Rejected, Unreachable) as error:
                log.warning("card_refused", extra={**log_facts(message), "reason": error.reason})
                is_edited = True  # a call was made, and the workspace answered it
            except Exception as error:
                until = self._retry_policy.after_call(message, error)
                if isinstance(error, Later):
                    self._rate.hold_edits(workspace_of(message.to), until)
                await self.put_off_card(due, until)
                return True
            if is_edited:
                self.revoked.note_success(workspace_of(message.to))
            else:
                self._rate.give_back_edit(workspace_of(message.to))
            if due.is_older and message.posted:
                await self._outbox.pointed(message.id, message.posted)
            else:
                await self._outbox.shown(message.id, due.wanted, self._clock.now() + BETWEEN_EDITS)
        except Exception as error:
            return self._storage_failed(message, error)
        return True

    async def put_off_card(self, due: CardDue, until: datetime) -> None:
        """It stays due, from `until` on."""
        await self._outbox.shown(due.message.id, due.wanted if due.is_older else due.wanted - 1, until)

    async def resume(self, workspace: Workspace) -> None:
        """After a revoked token: all that waited is due now, and the organisers concerned are told of the pause."""
        now = self._clock.now()
        self.revoked.lift(workspace)
        self.unanswered.hurry(workspace, now)
        waited = await self._outbox.wake(workspace, now)
        if since := self.revoked.since(workspace):
            for id_ in waited:
                await self._rounds.change(id_, None, lambda round_: _paused(round_, since, now), now)
        self.revoked.forget(workspace)

    async def _attempt(self, message: Message) -> Result | None:
        """None: the outcome is unknown, and the message will be searched for."""
        if may_stand(message):
            self.unanswered.add(message, self._clock.now(), at_once=True)
            return None
        try:
            load = await self._delivery.load(message)
        except CannotOpen:
            return GaveUp(why=None, reason="cannot_open")
        except DeliveryError as error:  # of a look-up
            return Again(not_before=self._retry_policy.after_call(message, error))
        except Exception as error:
            return self._retry_policy.after_fault(message, error)
        try:
            return await self._delivery.send(message, load)
        except (Later, Revoked) as error:
            return Again(not_before=self._retry_policy.after_call(message, error))
        except NoNewConversations as error:
            return self._retry_policy.after_no_conversation(message, error)
        except Exception as error:
            log_error("no_answer", message, error)
            self.unanswered.add(message, self._clock.now())
            return None

    async def _record(self, message: Message, result: Result, *, may_follow: bool = False) -> Message | None:
        """Returns the next message of its lane, claimed, where one is ready and may follow at once."""
        if message.op is Op.ATTACH:
            result = await self._with_note_on_files(message, result)
        match result:
            case Sent():
                self.revoked.note_success(workspace_of(message.to))
                self._retry_policy.note_success(message)
                if message.kind is MessageKind.PREVIEW:  # posted as it was stored: the edit will look its people up
                    await self._outbox.touch_cards(message.round_id)
            case GaveUp():
                log.warning("gave_up", extra={**log_facts(message), "reason": result.reason})
            case Refusal():
                log.error("stuck", extra={**log_facts(message), "reason": result.reason})
                # before the result is recorded: after a crash in between they are told twice rather than never
                await self._tell_stuck(message, result.reason)
            case Again():
                pass
        now = self._clock.now()
        # after an edit other lanes come first: some may wait for a headline to be completed
        is_sent_post = message.op is Op.POST and isinstance(result, Sent)
        if not (may_follow and is_sent_post and self._may_post_now(message.to)):
            await self._outbox.finish(message.id, message.attempt, result, now)
            return None
        self._rate.take(message.to, Op.POST, now)
        following = await self._outbox.pass_on(message.id, message.attempt, result, now)
        if following is None or following.op is Op.AMEND:
            self._rate.give_back(message.to, Op.POST)
        return following

    def _storage_failed(self, message: Message, error: Exception) -> bool:
        """Whether it was claimed or recorded is unknown here: the outbox is read again."""
        self._retry_policy.after_storage_error(message, error)
        self.must_load_in_flight = True
        return True

    # telling people

    async def _with_note_on_files(self, message: Message, result: Result) -> Result:
        """Nothing waits for a file: a rejected one is given up, and a line in its place says so."""
        match result:
            case Sent(posted=Posted(left_out=left_out)) if left_out:
                formats = ", ".join(each.format for each in left_out)
                await self._owe(message, lambda round_: _files_left_out(round_, message, left_out[0].reason, formats))
            case Refusal(reason=reason):
                await self._owe(message, lambda round_: _files_left_out(round_, message, reason))
                if message.to.channel is not None:
                    await self._tell_stuck(message, reason)
                return GaveUp(why=None, reason=reason)
            case _:
                pass
        return result

    async def _tell_stuck(self, message: Message, reason: str) -> None:
        """Unless recording the result tells the organisers anyway, as for an announcement or the headline."""
        is_told = message.kind is MessageKind.HEADLINE and message.header.phase is Phase.CLOSED
        if is_told or message.kind in (MessageKind.ANNOUNCEMENT, MessageKind.STUCK):
            return
        await self._owe(message, lambda round_: _stuck(round_, message, reason))

    async def _tell_unseen(self, message: Message) -> None:
        """Once: the key of what is owed keeps another process from telling it again."""
        if message.id not in self._told_unseen:
            await self._owe(message, lambda round_: _stuck(round_, message, HistoryClosed.code, of=UNSEEN))
            self._told_unseen.add(message.id)

    async def _owe(self, message: Message, rule: Rule) -> None:
        await self._rounds.change(message.round_id, None, rule, self._clock.now())


def _files_left_out(round_: Round, message: Message, reason: str, formats: str = "") -> Decision:
    return _owing(report_left_out(round_, message, reason, formats))


def _paused(round_: Round, since: datetime, until: datetime) -> Decision:
    return _owing(
        *(
            Owed(
                key=f"{round_.code}:paused:{to.lane}:{int(since.timestamp())}",
                kind=MessageKind.PAUSED,
                to=to,
                args={"since": since, "until": until},
            )
            for to in _organisers(round_)
        )
    )


def _stuck(round_: Round, message: Message, reason: str, of: str = "") -> Decision:
    """To each organiser, except in the conversation that is stuck; once for each attempt, or once with `of`."""
    stuck = message.to
    args: Mapping[str, str] = {
        "what": message.kind.value,
        "channel": stuck.channel or "",
        "user": stuck.user or "",
        "reason": reason,
    }
    return _owing(
        *(
            Owed(
                key=f"{round_.code}:stuck:{to.lane}:{message.id}.{of or message.attempt}",
                kind=MessageKind.STUCK,
                to=to,
                args=args,
            )
            for to in _organisers(round_)
            if to.lane != stuck.lane
        )
    )


def _owing(*owed: Owed) -> Decision:
    return Decision(outcome=Said(content=()), owed=owed)


def _organisers(round_: Round) -> list[Address]:
    return [private(organiser) for organiser in round_.organisers]
