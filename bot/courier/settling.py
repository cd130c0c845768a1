"""One message from claim to finish: how the attempt ended, what is put off, and who is told."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.acts import Said
from bot.courier.attempts import Attempts, named
from bot.courier.contents import CannotOpen
from bot.courier.lost import Lost, may_stand
from bot.courier.pacing import Pacing, workspace_of
from bot.courier.waiting import Slots
from bot.errors import DeliveryError, Later, Rejected, Revoked, Unreachable, where
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
from bot.ports import Clock, Outbox, RoundRecords
from bot.reveal import report_left_out
from bot.rounds import Phase, Round
from bot.rules.moves import Decision, Rule
from bot.rules.opening import private

log = logging.getLogger(__name__)

BETWEEN_EDITS = timedelta(seconds=5)
"""Of one card."""

CAREFUL = timedelta(minutes=10)
"""How long a workspace that threw the bot out is left alone before one message is tried."""

IN_A_ROW = 200
"""Messages of one lane, before the others are looked at again."""

AFTER_A_SURPRISE = timedelta(seconds=5)
SURPRISES = 6
"""A message that cannot even be made, so many times: it is stuck, and the organiser hears of it."""


class Settling:
    """Its verbs never raise, and answer whether the lane may go on."""

    def __init__(
        self,
        outbox: Outbox,
        rounds: RoundRecords,
        clock: Clock,
        attempts: Attempts,
        lost: Lost,
        pacing: Pacing,
        slots: Slots,
        look_after: timedelta,
        is_free: Callable[[Address], bool],
    ) -> None:
        """`is_free`: may something more go there at this moment, in the place of what just went?"""
        self._outbox = outbox
        self._rounds = rounds
        self._clock = clock
        self._attempts = attempts
        self._lost = lost
        self._pacing = pacing
        self._slots = slots
        self._look_after = look_after
        self._is_free = is_free
        self._surprises: Counter[MessageId] = Counter()
        self.returned: set[Workspace] = set()  # workspaces that let us in again, until `go_on_in`
        self._out_since: dict[Workspace, datetime] = {}  # since when they had not
        self.has_orphans_in_view = False  # False: ask the outbox what is SENDING and known to nobody here

    async def deliver(self, head: Message) -> bool:
        """The head of a lane, and what follows it there while nothing speaks against it."""
        current = head
        try:
            message = await self._outbox.claim(head.id, head.attempt, self._clock.now())
            if message is None:
                self._pacing.give_back(head.to, head.op)
            left = IN_A_ROW
            while message is not None:
                current, left = message, left - 1
                result = await self._see_off(message)
                if result is None:
                    return False
                message = await self._finish(message, result, may_follow=left > 0)
        except Exception as error:
            return self._store_failed(current, error)
        return True

    async def search(self, message: Message) -> bool:
        now = self._clock.now()
        try:
            try:
                result = await self._lost.look(message, now)
            except Exception as error:
                self._lost.put_off(message, self._later(message, error))
                return False
            await self._finish(message, result)
            if isinstance(result, Sent) and message.header.lost_since and message.kind in TAKE_OVER:
                await self._outbox.touch_cards(message.round_id)  # it shows what the lost database held
            self._lost.found(message)
        except Exception as error:
            self._lost.found(message)
            return self._store_failed(message, error)
        return True

    async def show(self, due: CardDue) -> bool:
        message = due.message
        try:
            try:
                load = await self._attempts.load_card(message)
            except Exception as error:  # it goes on showing what it shows, and is filled in later
                await self.put_off_card(due, self._later(message, error))
                return True
            try:
                await self._attempts.show(message, load)
            except (Rejected, Unreachable) as error:
                log.warning("card_refused", extra={**named(message), "reason": error.reason})
            except Exception as error:
                until = self._later(message, error)
                if isinstance(error, Later):
                    self._pacing.hold_edits(workspace_of(message.to), until)
                await self.put_off_card(due, until)
                return True
            self._got_through(message)
            if due.is_older and message.posted:
                await self._outbox.pointed(message.id, message.posted)
            else:
                await self._outbox.shown(message.id, due.wanted, self._clock.now() + BETWEEN_EDITS)
        except Exception as error:
            return self._store_failed(message, error)
        return True

    def _got_through(self, message: Message) -> None:
        workspace = workspace_of(message.to)
        if workspace in self._slots.probed:
            self.returned.add(workspace)

    async def go_on_in(self, workspace: Workspace) -> None:
        """All that waited there is due, and the organisers of each round that had to wait hear of the pause, once."""
        now = self._clock.now()
        self._slots.probed.discard(workspace)
        self._pacing.release(workspace)
        self._lost.hurry(workspace, now)
        waited = await self._outbox.wake(workspace, now)
        if since := self._out_since.get(workspace):
            for id_ in waited:
                await self._rounds.change(id_, None, lambda round_: _paused(round_, since, now), now)
        self._out_since.pop(workspace, None)
        self.returned.discard(workspace)

    async def put_off_card(self, due: CardDue, until: datetime) -> None:
        """It shows an older edition still, and is left alone for a while."""
        await self._outbox.shown(due.message.id, due.wanted if due.is_older else due.wanted - 1, until)

    # one attempt

    async def _see_off(self, message: Message) -> Result | None:
        """None: it may stand or not, and will be looked for."""
        if may_stand(message):
            self._lost.add(message, self._clock.now(), at_once=True)
            return None
        try:
            load = await self._attempts.load(message)
        except CannotOpen:
            return GaveUp(why=None, reason="cannot_open")
        except DeliveryError as error:  # of the look-ups
            return Again(not_before=self._later(message, error))
        except Exception as error:
            return self._surprised(message, error)
        try:
            return await self._attempts.send(message, load)
        except (Later, Revoked) as error:
            return Again(not_before=self._later(message, error))
        except Exception as error:
            self._note("no_answer", message, error)
            self._lost.add(message, self._clock.now())
            return None

    async def _finish(self, message: Message, result: Result, *, may_follow: bool = False) -> Message | None:
        """The next of its lane, claimed, where one is ready and may go out at once."""
        if message.op is Op.ATTACH:
            result = await self._with_note(message, result)
        match result:
            case Sent():
                self._got_through(message)
                self._surprises.pop(message.id, None)
                if message.kind is MessageKind.PREVIEW:  # it stands as it is; now it is looked up and filled in
                    await self._outbox.touch_cards(message.round_id)
            case GaveUp():
                log.warning("gave_up", extra={**named(message), "reason": result.reason})
            case Refusal():
                log.error("stuck", extra={**named(message), "reason": result.reason})
                # told first: a bot that dies between the two tells twice, never not at all
                await self._tell_organisers(message, result.reason)
            case Again():
                pass
        now = self._clock.now()
        # other lanes may wait for a headline that is complete: they are looked at first
        is_plain = message.op is Op.POST and isinstance(result, Sent)
        if not (may_follow and is_plain and self._is_free(message.to)):
            await self._outbox.finish(message.id, message.attempt, result, now)
            return None
        self._pacing.take(message.to, Op.POST, now)
        following = await self._outbox.pass_on(message.id, message.attempt, result, now)
        if following is None or following.op is Op.AMEND:
            self._pacing.give_back(message.to, Op.POST)
        return following

    async def _with_note(self, message: Message, result: Result) -> Result:
        """Nothing waits for a file: a refused one is given up, and a line where it was to stand says so."""
        match result:
            case Sent(posted=Posted(left_out=left_out)) if left_out:
                formats = ", ".join(each.format for each in left_out)
                await self._owe(message, lambda round_: _note(round_, message, left_out[0].reason, formats))
            case Refusal(reason=reason):
                await self._owe(message, lambda round_: _note(round_, message, reason))
                if message.to.channel is not None:
                    await self._tell_organisers(message, reason)
                return GaveUp(why=None, reason=reason)
            case _:
                pass
        return result

    def _later(self, message: Message, error: Exception) -> datetime:
        """When to try again, and what is left alone until then."""
        now = self._clock.now()
        match error:
            case Later():
                until = now + timedelta(seconds=error.after)
                if error.scope:
                    self._pacing.hold_lane(error.scope, until)
                else:
                    self._pacing.hold_workspace(workspace_of(message.to), until)
                self._note("later", message, error)
            case Revoked():
                until = now + CAREFUL
                self._out_since.setdefault(error.workspace, now)
                self._slots.probed.add(error.workspace)
                self._pacing.hold_workspace(error.workspace, until)
                log.error("revoked", extra={"workspace": f"{error.workspace.platform}:{error.workspace.id}"})
            case _:
                until = now + max(self._look_after, AFTER_A_SURPRISE)
                self._note("no_answer", message, error)
        return until

    def _surprised(self, message: Message, error: Exception) -> Result:
        """It could not be made: our own fault, and nothing was sent."""
        self._note("not_made", message, error)
        self._surprises[message.id] += 1
        if self._surprises[message.id] < SURPRISES:
            wait = AFTER_A_SURPRISE * 2 ** (self._surprises[message.id] - 1)
            return Again(not_before=self._clock.now() + wait)
        del self._surprises[message.id]
        return Refusal(reason="unexpected")

    def _store_failed(self, message: Message, error: Exception) -> bool:
        """Whether it was claimed or finished is not known here: the outbox is asked again."""
        self._note("store_failed", message, error)
        self._pacing.hold_lane(message.to.lane, self._clock.now() + AFTER_A_SURPRISE)
        self.has_orphans_in_view = False
        return True

    def _note(self, event: str, message: Message, error: Exception) -> None:
        extra = {**named(message), "attempt": message.attempt, "error": where(error)}
        log.log(logging.INFO if isinstance(error, DeliveryError) else logging.ERROR, event, extra=extra)

    # telling

    async def _tell_organisers(self, message: Message, reason: str) -> None:
        """Not of what tells them when it is finished, and not in the conversation that is stuck."""
        is_told = message.kind is MessageKind.HEADLINE and message.header.phase is Phase.CLOSED
        if is_told or message.kind in (MessageKind.ANNOUNCEMENT, MessageKind.STUCK):
            return
        await self._owe(message, lambda round_: _stuck(round_, message, reason))

    async def _owe(self, message: Message, rule: Rule) -> None:
        await self._rounds.change(message.round_id, None, rule, self._clock.now())


def _note(round_: Round, message: Message, reason: str, formats: str = "") -> Decision:
    owed = report_left_out(round_, message, reason, formats)
    return Decision(outcome=Said(content=()), owed=(owed,))


def _organisers(round_: Round) -> list[Address]:
    return [private(organiser) for organiser in round_.organisers]


def _paused(round_: Round, since: datetime, until: datetime) -> Decision:
    owed = tuple(
        Owed(
            key=f"{round_.code}:paused:{to.lane}:{int(since.timestamp())}",
            kind=MessageKind.PAUSED,
            to=to,
            args={"since": since, "until": until},
        )
        for to in _organisers(round_)
    )
    return Decision(outcome=Said(content=()), owed=owed)


def _stuck(round_: Round, message: Message, reason: str) -> Decision:
    to = message.to
    args: Mapping[str, str] = {
        "what": message.kind.value,
        "channel": to.channel or "",
        "user": to.user or "",
        "reason": reason,
    }
    return Decision(
        outcome=Said(content=()),
        owed=tuple(
            Owed(
                key=f"{round_.code}:stuck:{address.lane}:{message.id}.{message.attempt}",
                kind=MessageKind.STUCK,
                to=address,
                args=args,
            )
            for address in _organisers(round_)
            if address.lane != to.lane
        ),
    )
