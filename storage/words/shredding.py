"""Destroying words, and the traces that would tell whose they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.rounds import Attribution, Round, RoundId, SeatId
from bot.rules.moves import Decision
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.outbox import enqueueing, live_messages
from storage.words.ledger import note

_ROUND: Final[Any] = bindparam("round")
_SEAT: Final[Any] = bindparam("here")
_OF_ROUND: Final = select(t.seat.c.id).where(t.seat.c.round_id == _ROUND)
_WORDLESS: Final = {"wrapped": None, "key_version": None, "drafted_at": None}

DELETE_ENVELOPES_OF: Final = Prepared(delete(t.envelope).where(t.envelope.c.seat_id == _SEAT))
HAS_WORDS: Final = select(t.envelope.c.kind).where(t.envelope.c.seat_id == _SEAT).limit(1)
DELETE_ENVELOPES: Final = delete(t.envelope).where(t.envelope.c.seat_id.in_(_OF_ROUND))
DELETE_KEY_OF: Final = Prepared(update(t.seat).where(t.seat.c.id == _SEAT).values(_WORDLESS))
UNREPLIED: Final = update(t.seat).where(t.seat.c.id == _SEAT).values(replied_at=None)
DELETE_DRAFTS_OF: Final = delete(t.envelope).where(
    t.envelope.c.seat_id == _SEAT, t.envelope.c.kind.in_(("draft", "late_draft"))
)
UNDRAFTED: Final = update(t.seat).where(t.seat.c.id == _SEAT).values(drafted_at=None)
DELETE_IDLE_KEY_OF: Final = (
    update(t.seat)
    .where(t.seat.c.id == _SEAT, ~select(t.envelope.c.kind).where(t.envelope.c.seat_id == t.seat.c.id).exists())
    .values(wrapped=None, key_version=None)
)
DELETE_KEYS: Final = update(t.seat).where(t.seat.c.round_id == _ROUND).values(_WORDLESS)
DELETE_PERSPECTIVES: Final = delete(t.perspective).where(t.perspective.c.round_id == _ROUND)
BLANK_SEATS: Final = (
    update(t.seat)
    .where(t.seat.c.round_id == _ROUND)
    .values(
        replied_at=None,
        declined_at=None,
        snoozed_until=None,
        stopped_at=None,
        revision=0,
        # who was asked to move and stayed had sealed an answer: from here on they are where the organiser listed them
        group_name=func.coalesce(t.seat.c.listed_in, t.seat.c.group_name),
        moving_to=None,
        listed_in=None,
        counted_in=None,
    )
)
SEATS: Final = Prepared(select(t.seat).where(t.seat.c.round_id == _ROUND).order_by(t.seat.c.id))
ENVELOPES: Final = Prepared(
    select(t.envelope).where(t.envelope.c.seat_id.in_(_OF_ROUND)).order_by(t.envelope.c.seat_id)
)
SIGNED: Final = Prepared(
    select(t.perspective.c.id.label("voice"), t.perspective.c.seat_id.label("whose")).where(
        t.perspective.c.round_id == _ROUND, t.perspective.c.seat_id.is_not(None)
    )
)
TAKE_SEATS: Final = delete(t.seat).where(t.seat.c.round_id == _ROUND)
SIGN: Final = Prepared(
    update(t.perspective).where(t.perspective.c.id == bindparam("voice")).values(seat_id=bindparam("whose"))
)
LAID_ANEW: Final = ((SEATS, Prepared(insert(t.seat))), (ENVELOPES, Prepared(insert(t.envelope))), (SIGNED, SIGN))
BLANK_ACTS: Final = update(t.act).where(t.act.c.round_id == _ROUND).values(at=None, outcome=None, done=None)


def decided(connection: Connection, round_: Round, decision: Decision, now: datetime) -> bool:
    """True when there is something to scrub."""
    revisions = {seat.id: seat.revision for seat in round_.seats}
    shredded = [seat for seat in decision.destroy_drafts_of if drafts_of(connection, seat)]
    for seat in shredded:  # nothing is noted where nothing was destroyed
        note(connection, what="draft", seat=seat, revision=revisions[seat])
    if decision.destroy_all_words:
        all_words(connection, round_.id)
        if not round_.phase.is_open:
            connection.execute(DELETE_PERSPECTIVES, {"round": round_.id})
            note(connection, what="cancelled", round=round_.id)
        cut(connection, round_.id, round_.attribution, now)
    return bool(shredded or decision.destroy_all_words)


def drafts_of(connection: Connection, seat: SeatId) -> bool:
    """What was never sealed goes; the key goes with it where nothing sealed needs it. False: there was nothing."""
    here = {"here": seat}
    if not connection.execute(DELETE_DRAFTS_OF, here).rowcount:
        return False
    connection.execute(UNDRAFTED, here)
    connection.execute(DELETE_IDLE_KEY_OF, here)
    return True


def has_words(connection: Connection, seat: SeatId) -> bool:
    return connection.execute(HAS_WORDS, {"here": seat}).scalar() is not None


def words_of(connection: Connection, seats: Sequence[SeatId]) -> None:
    here = [{"here": seat} for seat in seats]
    DELETE_ENVELOPES_OF.many(connection, here)
    DELETE_KEY_OF.many(connection, here)


def all_words(connection: Connection, id_: RoundId) -> None:
    """Of the seats; perspectives are no longer theirs."""
    connection.execute(DELETE_ENVELOPES, {"round": id_})
    connection.execute(DELETE_KEYS, {"round": id_})


def cut(connection: Connection, id_: RoundId, attribution: Attribution, now: datetime) -> None:
    """From here on nothing but the perspectives tells who of a group replied, and when."""
    blank_acts(connection, id_)
    if attribution is Attribution.GROUP:
        connection.execute(BLANK_SEATS, {"round": id_})
        _lay_anew(connection, id_)
        enqueueing.forget_who_was_missing(connection, id_, now)
        live_messages.make_alike(connection, id_, now)


def _lay_anew(connection: Connection, id_: RoundId) -> None:
    """Takes all seats of the round out of their pages, and puts them back in the order of their ids.

    A row that grows moves to another place of its page: where the rows lie would tell who wrote, and in which order.
    """
    here = {"round": id_}
    taken = [(back, [row._asdict() for row in found.all(connection, here)]) for found, back in LAID_ANEW]
    connection.execute(TAKE_SEATS, here)  # takes envelopes and signatures with it
    for back, rows in taken:
        back.many(connection, rows)


def blank_acts(connection: Connection, id_: RoundId) -> None:
    connection.execute(BLANK_ACTS, {"round": id_})


def day(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)
