"""Prepare, and the release of late replies: words become perspectives, and the links to their writers are cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, update

from bot.answers import Receipt
from bot.reveal import Arranged, Opened, Plan, PlanAgain, commitment
from bot.rounds import Attribution, Phase, Round, RoundId, Seat, SeatId
from storage.database import tables as t
from storage.outbox import enqueueing
from storage.rounds import loading, saving
from storage.words import envelopes, shredding
from storage.words.envelopes import Envelopes, Words

Found = dict[SeatId, dict[str, Words]]
"""Seat -> kind -> words, of everybody."""

KEEP: Final = (
    update(t.seat)
    .where(t.seat.c.id == bindparam("here"))
    .values(wrapped=bindparam("key"), key_version=bindparam("version"), drafted_at=bindparam("day"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A closed round as it was looked at, and how it would be revealed. It holds words: for the length of one call."""

    before: Round
    found: Found = field(repr=False)
    arranged: Arranged = field(repr=False)


def look(connection: Connection, sealed: Envelopes, id_: RoundId, plan: Plan) -> Outlook | None:
    """Opens and arranges, which takes as long as all the writing does. None: it is prepared, or not CLOSED."""
    before = loading.whole(connection, id_)
    if before.prepared_at or before.phase is not Phase.CLOSED:
        return None
    found = _found(connection, sealed, id_)
    seats = {seat.id: seat for seat in before.seats}
    replies = [_opened(seats[seat_id], kinds["reply"]) for seat_id, kinds in found.items() if "reply" in kinds]
    arranged = plan(before, replies)
    return Outlook(before=before, found=found, arranged=arranged)


def prepare(
    connection: Connection, sealed: Envelopes, id_: RoundId, plan: Plan, now: datetime, looked: Outlook | None
) -> bool:
    """False: it was done before, or the round is not CLOSED. Where it is no longer as it `looked`, it looks again."""
    before = loading.whole(connection, id_, locked=True)
    if looked is None or before != looked.before:  # seats count their revisions: who wrote or took back is seen
        looked = look(connection, sealed, id_, plan)
    if looked is None:
        return False
    arranged = looked.arranged
    arranged = replace(arranged, round_=replace(arranged.round_, prepared_at=arranged.round_.prepared_at or now))
    sealed.publish(connection, id_, arranged.perspectives)
    shredding.all_words(connection, id_)
    _keep_late(connection, sealed, id_, looked.found, now)
    _save(connection, before, arranged, now)
    shredding.cut(connection, id_, before.attribution, now)
    return True


def plan_again(connection: Connection, sealed: Envelopes, id_: RoundId, plan: PlanAgain, now: datetime) -> bool:
    before = loading.whole(connection, id_, locked=True)
    if before.phase is not Phase.CLOSED or not before.prepared_at:
        return False
    voices = [sealed.perspective(row) for row in envelopes.PERSPECTIVES.all(connection, {"round": id_})]
    _save(connection, before, plan(before, voices), now)
    return True


def release_late(
    connection: Connection,
    sealed: Envelopes,
    id_: RoundId,
    plan: Callable[[Round, Sequence[Opened]], Arranged],
    now: datetime,
    *,
    signed: bool,
) -> int:
    """How many there were. Where the plan ends the round, no other words are left."""
    before = loading.whole(connection, id_, locked=True)
    if not before.phase.is_open:
        return 0
    seats = {seat.id: seat for seat in before.seats}
    named = before.attribution is Attribution.NAMED
    late = [
        _opened(seats[seat_id], kinds["late"])
        for seat_id, kinds in _found(connection, sealed, id_).items()
        if "late" in kinds and (named or kinds["late"][0].sign) == signed
    ]
    if not late and signed:
        return 0
    arranged = plan(before, late)
    sealed.publish(connection, id_, arranged.perspectives)
    if arranged.round_.phase is Phase.ENDED:
        shredding.all_words(connection, id_)
    else:
        shredding.words_of(connection, [one.seat.id for one in late if one.seat.id is not None])
    _save(connection, before, arranged, now)
    if not signed:
        shredding.cut(connection, id_, before.attribution, now)
    return len(late)


def _found(connection: Connection, sealed: Envelopes, id_: RoundId) -> Found:
    found: Found = {}
    for row in envelopes.OF_ROUND.all(connection, {"round": id_}):
        found.setdefault(row.seat_id, {})[row.kind] = sealed.opened(row)
    return found


def _opened(seat: Seat, words: Words) -> Opened:
    answers, receipt = words
    nonce = receipt or Receipt("")
    return Opened(seat=seat, answers=answers, nonce=nonce, commitment=commitment(nonce, answers))


def _keep_late(
    connection: Connection,
    sealed: Envelopes,
    id_: RoundId,
    found: Found,
    now: datetime,
) -> None:
    """What is not part of the sealed set stays, under a new key, without its hour or a count of its revisions.

    What was never sealed is a late draft from now on; but not an edit of what is published: it would tell whose.
    """
    for seat_id, kinds in found.items():
        draft = kinds.get("late_draft") or (None if "reply" in kinds else kinds.get("draft"))
        kept = [(kind, words) for kind, words in (("late", kinds.get("late")), ("late_draft", draft)) if words]
        if not kept:
            continue
        key, wrapped = sealed.key_of(id_, seat_id, None)
        day = shredding.day(now) if draft else None
        connection.execute(KEEP, {"here": seat_id, "key": wrapped.key, "version": wrapped.version, "day": day})
        for revision, (kind, (answers, receipt)) in enumerate(kept):
            sealed.put(connection, key, (id_, seat_id, kind, revision), answers, receipt)


def _save(connection: Connection, before: Round, arranged: Arranged, now: datetime) -> None:
    """Seats are left alone: what became of them is told by `shredding` alone."""
    after = replace(arranged.round_, seats=before.seats)
    saving.save(connection, before, after, now)
    enqueueing.owe(connection, after.id, after.seats, arranged.owed, now)
    # where nobody had answered it ends here, and everybody's message says so
    enqueueing.touch(connection, after.id, arranged.touch, every=after.phase is not before.phase)
