"""The table of moves and the one place that consults it; what a rule decides; what is due; what is still wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.acts import Outcome
from bot.errors import NotAllowed
from bot.messages import Message, MessageKind, Op, Owed
from bot.people import Address, Way
from bot.rounds import Header, Phase, Round, Seat, SeatId
from bot.rules import schedule

GRACE = timedelta(seconds=5)
"""The close runs this long after the deadline: what was sent in the last second may still be on its way in."""

LONGEST_GRACE = timedelta(seconds=15)
"""… and no longer than this, however much is still on its way."""

MOVES: Mapping[Phase, tuple[Phase, ...]] = {
    Phase.DRAFT: (Phase.COLLECTING, Phase.CANCELLED),
    Phase.COLLECTING: (Phase.CLOSED, Phase.CANCELLED),
    Phase.CLOSED: (Phase.REVEALED, Phase.CANCELLED),
    Phase.REVEALED: (Phase.ENDED,),
    Phase.ENDED: (),
    Phase.CANCELLED: (),
}

REVEALING = frozenset(
    {
        MessageKind.HEADLINE,
        MessageKind.HEADING,
        MessageKind.PAGE,
        MessageKind.CONTRASTS,
        MessageKind.HEADLINE_DONE,
        MessageKind.REPORT,
    }
)
"""From the first claim of one of these on, in any venue, the round can no longer be cancelled."""

ASK_AGAIN = timedelta(days=1)
"""While a reveal waits for its organisers, they are asked, or it is tried, once in this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a rule decides. One transaction saves all of it, or nothing."""

    outcome: Outcome
    round_: Round | None = None  # the round as it should be; None: unchanged. Seats without id are new
    owed: tuple[Owed, ...] = ()
    touch: tuple[str, ...] = ()  # keys of cards that should show something newer
    touch_all: bool = False  # every card of the round
    audit: tuple[str, ...] = ()  # what happened, as keys of the catalogue; never words
    destroy_drafts_of: tuple[SeatId, ...] = ()  # what these seats never sealed; no rule destroys what one person sealed
    destroy_all_words: bool = False  # of the whole round
    hasten: tuple[str, ...] = ()  # keys of messages that wait for a time of their own, and are due now
    unasked: tuple[SeatId, ...] = ()  # questions that wait for these seats are dropped
    again: tuple[str, ...] = ()  # keys of messages that were given up, and are tried again
    free_lanes: bool = False  # STUCK messages of the round are OWED again
    unplan: Address | None = None  # the reveal in this channel, of which nothing was sent: its messages are deleted


Rule = Callable[[Round], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatDecision:
    """What a rule about one seat decides: it sees that seat and the round's header, and changes only the seat."""

    outcome: Outcome
    seat: Seat | None = None  # as it should be; None: unchanged
    owed: tuple[Owed, ...] = ()
    destroy_words: bool = False
    touch_status: bool = False


SeatRule = Callable[[Header, Seat], SeatDecision]


def move(round_: Round, to: Phase) -> Round:
    """The only way to write a phase of a round that is loaded. Raises NotAllowed where the table has no such move."""
    must_move(round_.phase, to)
    return replace(round_, phase=to)


def must_move(phase: Phase, to: Phase) -> None:
    """Raises NotAllowed where the table has no such move."""
    if to not in MOVES[phase]:
        raise NotAllowed(phase=phase.value, to=to.value)


def sources_of(to: Phase) -> tuple[Phase, ...]:
    """The phases from which a round may move there: for moves of many rounds in one statement."""
    return tuple(phase for phase, targets in MOVES.items() if to in targets)


def next_due(round_: Round) -> datetime | None:
    """When the alarm must look at this round next. Stored as `due_at` with every change."""
    match round_.phase:
        case Phase.COLLECTING if round_.closes_at:
            soonest = [round_.closes_at + GRACE, *round_.remind_at[:1]]
            if round_.nudged_at is None:
                soonest.append(nudge_at(round_))
            if smaller_at := smaller_due(round_):
                soonest.append(smaller_at)
            return min(soonest)
        case Phase.CLOSED:
            return _reveal_due(round_)
        case Phase.REVEALED:
            return round_.ends_at
        case _:
            return None


def _reveal_due(round_: Round) -> datetime | None:
    """A reveal that waits for its organisers comes back every day; one that is planned is the courier's."""
    refused = round_.refused_venue
    waits = round_.held_back_at or (refused and refused.refused_at)
    if waits:
        return waits + ASK_AGAIN
    return round_.opens_at or (None if round_.prepared_at else round_.closed_at)


def nudge_at(round_: Round) -> datetime:
    """When those with unsealed words are told, once: a tenth of the round, at most 3 hours, before its end."""
    if round_.opened_at is None or round_.closes_at is None:
        raise NotAllowed(phase=round_.phase.value)
    return round_.closes_at - min(timedelta(hours=3), (round_.closes_at - round_.opened_at) / 10)


def smaller_due(round_: Round) -> datetime | None:
    """When those hear that their group is smaller to whom it was told as larger."""
    if round_.smaller_since is None or round_.opened_at is None or round_.closes_at is None:
        return None
    return schedule.settled_at(round_.smaller_since, round_.opened_at, round_.closes_at)


def begins_reveal(header: Header, kind: MessageKind) -> bool:
    """Is claiming this message the first step of the reveal?"""
    return header.phase is Phase.CLOSED and header.revealing_at is None and kind in REVEALING


def is_only_found(message: Message) -> bool:
    """Was this published before the database was restored? Then it is looked for, and never posted again.

    What follows a voice that is taken down is not part of it: edits of pages, and reports that are made anew.
    """
    if message.header.stood_at is None or message.kind not in REVEALING:
        return False
    match message.kind:
        case MessageKind.HEADLINE_DONE:
            return True
        case MessageKind.REPORT:
            return message.op is Op.ATTACH and message.key.endswith(":0")
        case _:
            return message.op is Op.POST


NEWS: Mapping[MessageKind, Phase] = {
    MessageKind.DEADLINE_MOVED: Phase.COLLECTING,
    MessageKind.WITHHELD: Phase.CLOSED,
    MessageKind.NEW_VENUE: Phase.CLOSED,
    MessageKind.CANCELLED: Phase.CANCELLED,
}
"""What everybody who was asked is told, and the phase in which it is news."""


def still_wanted(header: Header, seat: Seat | None, kind: MessageKind) -> bool:
    """Asked at the claim, in its transaction: has what was owed become pointless since?"""
    if seat is not None and seat.way is Way.CHANNEL and kind is not MessageKind.QUESTION:
        return False  # nothing else is sent to them in private
    if kind in (MessageKind.CHANNEL_REMINDER, MessageKind.CHANNEL_DEADLINE):
        return header.phase is Phase.COLLECTING
    return _is_wanted(header, seat, kind)


def _is_wanted(header: Header, seat: Seat | None, kind: MessageKind) -> bool:
    match kind:
        case MessageKind.ANNOUNCEMENT | MessageKind.PREVIEW:
            return header.phase is Phase.DRAFT
        case MessageKind.QUESTION:
            return header.phase is Phase.COLLECTING and seat is not None and seat.is_here and not seat.declined_at
        case MessageKind.REMOVED:
            return _was_asked(seat)
        case MessageKind.DEADLINE_MOVED | MessageKind.CANCELLED:
            return header.phase is NEWS[kind] and _was_asked(seat) and _is_asked_still(seat)
        case MessageKind.WITHHELD | MessageKind.NEW_VENUE:
            return header.phase is NEWS[kind] and _is_reachable(seat)
        case MessageKind.SMALLER_GROUP | MessageKind.NUDGE | MessageKind.REMINDER | MessageKind.CLOSED_EARLY:
            return _concerns(header, seat, kind)
        case MessageKind.OPENED | MessageKind.NEXT_STEPS:
            return header.phase.is_open and (kind is MessageKind.NEXT_STEPS or _is_reachable(seat))
        case MessageKind.HEADLINE | MessageKind.HEADING | MessageKind.PAGE | MessageKind.CONTRASTS:
            return header.phase in (Phase.CLOSED, Phase.REVEALED, Phase.ENDED)
        case MessageKind.HELD_BACK:
            return header.phase is Phase.CLOSED
        case _:
            return True


def _concerns(header: Header, seat: Seat | None, kind: MessageKind) -> bool:
    """Of what is told to some: their group became smaller, their words are not sealed, their answer is not in."""
    if seat is None or seat.unreachable:
        return False
    if kind is MessageKind.SMALLER_GROUP:
        return header.phase is Phase.COLLECTING and seat.declined_at is None
    if kind is MessageKind.NUDGE:
        return header.phase is Phase.COLLECTING and seat.is_here and seat.has_unsealed
    if not seat.is_missing:
        return False
    if kind is MessageKind.REMINDER:
        return header.phase is Phase.COLLECTING and seat.stopped_at is None
    return header.phase in (Phase.COLLECTING, Phase.CLOSED)


def _is_asked_still(seat: Seat | None) -> bool:
    return seat is not None and seat.is_here and _is_reachable(seat)


def _was_asked(seat: Seat | None) -> bool:
    """Has their question been delivered? A lane is in order: who still waits for it reads there what is so then."""
    return seat is not None and seat.is_reached


def _is_reachable(seat: Seat | None) -> bool:
    """Also somebody who was removed: what they had sealed stays theirs."""
    return seat is not None and seat.unreachable is None
