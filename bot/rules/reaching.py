"""Pure: whom the chat lets the bot write to in private, and who is asked by the announcement alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.acts import Said
from bot.errors import NoNewConversations, Unreachable
from bot.messages import GaveUp, Refusal
from bot.people import Way
from bot.rounds import Attribution, Round, Seat, SeatId
from bot.rules import reminding
from bot.rules.groups import cannot_be_asked
from bot.rules.moves import Decision, Rule
from bot.rules.opening import private
from bot.rules.schedule import reminders_in
from bot.settings import RoundSettings


def not_delivered(id_: SeatId, result: GaveUp | Refusal, now: datetime) -> Rule | None:
    """What follows for a seat whose message was given up. None: nothing."""
    if not isinstance(result, GaveUp):
        return None
    if result.reason == Unreachable.DM_CLOSED:
        return lambda round_: dm_closed(round_, id_, now)
    if result.reason == NoNewConversations.code:
        return lambda round_: no_new_conversations(round_, id_, now)
    why = result.why
    return (lambda round_: cannot_be_asked(round_, id_, why, now)) if why else None


def dm_closed(round_: Round, id_: SeatId, now: datetime) -> Decision:
    """They take no private messages: the announcement, which stands, asks them."""
    return _in_channel(round_, lambda seat: replace(seat, dm_closed_at=now) if seat.id == id_ else None, now)


def no_new_conversations(round_: Round, id_: SeatId, now: datetime) -> Decision:
    """Whoever was not written to yet is asked by the announcement, and not written to any more."""

    def moved(seat: Seat) -> Seat | None:
        is_untouched = seat.is_here and not seat.unreachable and seat.asked_at is None
        return seat if seat.id == id_ or is_untouched else None

    decision = _in_channel(round_, moved, now)
    waiting = tuple(seat.id for seat in (decision.round_ or round_).seats if seat.id and seat.way is Way.CHANNEL)
    return replace(decision, unasked=waiting)


def _in_channel(round_: Round, moved: Callable[[Seat], Seat | None], now: datetime) -> Decision:
    """`moved`: the seat where it is asked by the announcement from now on."""

    def after(seat: Seat) -> Seat:
        found = moved(seat)
        return seat if found is None else replace(found, way=Way.CHANNEL, asked_at=seat.asked_at or now)

    return Decision(outcome=Said(content=()), round_=replace(round_, seats=tuple(after(seat) for seat in round_.seats)))


def organiser_dm_closed(round_: Round, lane: str, now: datetime) -> Decision:
    """The organiser whose conversation this is takes no private messages; they are told at their next press."""
    organisers = tuple(
        replace(one, dm_closed_at=now) if private(one).lane == lane else one for one in round_.organisers
    )
    return Decision(outcome=Said(content=()), round_=replace(round_, organisers=organisers))


def asked_in_channel(round_: Round) -> tuple[Seat, ...]:
    return tuple(seat for seat in round_.seats if seat.is_here and seat.way is Way.CHANNEL)


def reminds_channel(round_: Round, settings: RoundSettings, since: datetime, now: datetime) -> bool:
    """Is this the last reminder of all, and may somebody be missing who is asked in the channel?

    Where organisers do not know who is missing, anybody of the round counts: one person alone may be asked there, and
    the post would tell whether they have answered.
    """
    here = asked_in_channel(round_)
    concerned = here if round_.attribution is Attribution.NAMED else round_.seats
    if not here or not any(seat.is_missing for seat in concerned):
        return False
    if round_.opened_at is None or round_.closes_at is None:
        return False
    moments = {
        at
        for zone in reminding.zones(round_).values()
        for at in reminders_in(zone, round_.opened_at, round_.closes_at, settings)
    }
    return any(since <= at <= now for at in moments) and not any(at > now for at in moments)
