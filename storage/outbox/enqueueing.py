"""Writing messages into the outbox, each key once; making the next of a lane its head; dropping what has no point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, false, literal, or_, select, true, update

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert

from bot.messages import MessageKind, Owed, State, lane_of
from bot.people import Address
from bot.rounds import Header, RoundId, Seat, SeatId
from bot.rules.moves import REVEALING, still_wanted
from storage.database import rows
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.database.serialization import pack_args
from storage.rounds.loading import chunks, written

_M: Final = t.message.c
_KEYS: Final[Any] = bindparam("keys", expanding=True)
_ROUND: Final[Any] = bindparam("round")

OWE: Final = Prepared(insert(t.message).on_conflict_do_nothing(index_elements=["key"]))
STANDING: Final = select(_M.id, _M.key, _M.anchor_id, _M.in_thread, _M.state).where(_M.key.in_(_KEYS))
_UNFINISHED: Final = written(_M.state, "owed", "sending", "stuck")
_NEXT: Final = (
    select(_M.id)
    .where(_M.lane == bindparam("of_lane"), _UNFINISHED, _M.is_head == false())
    .order_by(_M.id)
    .limit(1)
    .scalar_subquery()
)
_PROMOTE: Final = update(t.message).where(_M.id == _NEXT).values(is_head=True)
PROMOTE: Final = Prepared(_PROMOTE)
_HEAD: Final = t.message.alias("head")
PROMOTE_FIRST: Final = Prepared(
    _PROMOTE.where(
        ~exists().where(
            _HEAD.c.lane == bindparam("of_lane"),
            written(_HEAD.c.state, "owed", "sending", "stuck"),
            _HEAD.c.is_head == true(),
            _HEAD.c.id < _M.id,
            ~and_(written(_HEAD.c.state, "owed"), _HEAD.c.attempt == 0, _HEAD.c.not_before > bindparam("now")),
        )
    )
)
"""As PROMOTE, unless the lane has an older head; one that only waits for its scheduled time does not count."""
TOUCH: Final = update(t.message).where(_M.key.in_(_KEYS), _M.is_card == true()).values(wanted=_M.wanted + 1)
TOUCH_ALL: Final = update(t.message).where(_M.round_id == _ROUND, _M.is_card == true()).values(wanted=_M.wanted + 1)
TOUCH_STATUS: Final = Prepared(TOUCH_ALL.where(_M.kind == literal(MessageKind.STATUS, _M.kind.type)))
HASTEN: Final = (
    update(t.message)
    .where(_M.key.in_(_KEYS), written(_M.state, "owed"), _M.attempt == 0, _M.not_before > bindparam("now"))
    .values(not_before=bindparam("now"))
)
FREE: Final = (
    update(t.message)
    .where(_M.round_id == _ROUND, written(_M.state, "stuck"))
    .values(state=State.OWED, not_before=bindparam("now"))
)
AGAIN: Final = (
    update(t.message)
    .where(_M.key.in_(_KEYS), written(_M.state, "given_up"))
    .values(state=State.OWED, not_before=bindparam("now"), is_head=True)
)
UNPLAN: Final = (
    delete(t.message)
    .where(
        _M.round_id == _ROUND,
        _M.platform == bindparam("platform"),
        _M.workspace == bindparam("workspace"),
        _M.channel == bindparam("channel"),
        _M.kind.in_([*REVEALING, MessageKind.INVITATION]),
        written(_M.state, "owed", "stuck"),
    )
    .returning(_M.lane)
)
HOLDING_UP: Final = (
    select(_M.id, _M.kind, _M.lane, *rows.SEAT)
    .select_from(t.message)
    .outerjoin(t.seat, t.seat.c.id == _M.seat_id)
    .outerjoin(t.account, t.account.c.id == t.seat.c.account_id)
    .where(_M.round_id == _ROUND, or_(written(_M.state, "stuck"), and_(written(_M.state, "owed"), _M.attempt > 0)))
)
"""What may block its lane. A message that was never tried is checked when it is claimed."""

UNASKED: Final = Prepared(
    select(_M.id, _M.lane).where(
        _M.round_id == _ROUND,
        _M.seat_id == bindparam("of_seat"),
        _M.kind == literal(MessageKind.QUESTION, _M.kind.type),
        _M.key != bindparam("but"),
        written(_M.state, "owed"),
        _M.attempt == 0,
    )
)
"""A question that waits, for its turn or for somebody's morning, while they are asked anew."""

DROP: Final = update(t.message).where(_M.id == bindparam("gone")).values(state=State.DROPPED)
DROP_AFTER: Final = (
    update(t.message)
    .where(_M.after_id == bindparam("gone"), written(_M.state, "owed"))
    .values(state=State.DROPPED)
    .returning(_M.id, _M.lane)
)
ONLY_TO_SOME: Final = (
    MessageKind.REMINDER,
    MessageKind.NUDGE,
    MessageKind.DEADLINE_MOVED,
    MessageKind.CLOSED_EARLY,
    MessageKind.SMALLER_GROUP,
)
"""Sent only to those who had not replied, or had not declined: the row itself would tell that."""

REST: Final = (
    update(t.message)
    .where(_M.round_id == _ROUND, _M.is_card == true(), _M.not_before < bindparam("now"))
    .values(not_before=bindparam("now"))
)
"""A status card pauses after each edit; the end of its pause would tell when somebody last replied first."""

FORGET: Final = delete(t.message).where(_M.round_id == _ROUND, _M.kind.in_(ONLY_TO_SOME)).returning(_M.lane)


def owe(connection: Connection, id_: RoundId, seats: Iterable[Seat], owed: Sequence[Owed], now: datetime) -> None:
    """A key that exists already is left alone. A question takes the place of an older one that was not sent.

    Raises KeyError where `after` or `seat_of` names nothing. A message that must follow one that was dropped or given
    up is dropped too: it would block its lane for ever.
    """
    if not owed:
        return
    sitting = {str(seat.account): seat.id for seat in seats}
    for one in owed:
        if one.kind is MessageKind.QUESTION and one.seat_id is not None:  # the seat was there before
            of = {"round": id_, "of_seat": one.seat_id, "but": one.key}
            for waiting in UNASKED.all(connection, of):
                drop(connection, waiting.id, waiting.lane)
    firsts = {one.after for one in owed if one.after}
    standing = _standing(connection, firsts - {one.key for one in owed})
    segment: list[dict[str, Any]] = []
    here: set[str] = set()
    for one in owed:
        if one.after in here:  # its id is known only once it is written
            OWE.many(connection, segment)
            standing |= _standing(connection, here & firsts)
            segment, here = [], set()
        seat_id = sitting[one.seat_of] if one.seat_of and not one.seat_id else one.seat_id
        segment.append(_values(id_, one, seat_id, standing[one.after] if one.after else None, now))
        here.add(one.key)
    OWE.many(connection, segment)
    lanes = {lane_of(one.to, id_, one.op) for one in owed}
    PROMOTE_FIRST.many(connection, [{"of_lane": lane, "now": now} for lane in lanes])


def promote(connection: Connection, lanes: Iterable[str]) -> None:
    """After a head of each lane was finished, the next message becomes a head. A head too many does no harm."""
    for lane in lanes:
        PROMOTE.run(connection, {"of_lane": lane})


def touch(connection: Connection, id_: RoundId, keys: Sequence[str], *, every: bool) -> None:
    if every:
        connection.execute(TOUCH_ALL, {"round": id_})
    elif keys:
        connection.execute(TOUCH, {"keys": list(keys)})


def hasten(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """What waits for a time of its own is due now. Such a message is a head of its lane already."""
    if keys:
        connection.execute(HASTEN, {"keys": list(keys), "now": now})


def free(connection: Connection, id_: RoundId, now: datetime) -> None:
    connection.execute(FREE, {"round": id_, "now": now})


def unask(connection: Connection, id_: RoundId, seats: Iterable[SeatId]) -> None:
    """Drops the questions that wait for these seats."""
    for seat_id in seats:
        for waiting in UNASKED.all(connection, {"round": id_, "of_seat": seat_id, "but": ""}):
            drop(connection, waiting.id, waiting.lane)


def again(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """What was given up is owed once more."""
    if keys:
        connection.execute(AGAIN, {"keys": list(keys), "now": now})


def unplan(connection: Connection, id_: RoundId, at: Address) -> None:
    """Deletes the messages of a reveal in that channel. None of them was sent."""
    here = {"round": id_, "platform": at.platform, "workspace": at.workspace, "channel": at.channel}
    promote(connection, set(connection.execute(UNPLAN, here).scalars()))


def drop_pointless(connection: Connection, header: Header) -> None:
    """After the round changed its phase: messages that block their lane and are no longer wanted are dropped."""
    for row in connection.execute(HOLDING_UP, {"round": header.id}).all():
        if not still_wanted(header, rows.seat_or_none(row), row.kind):
            drop(connection, row.id, row.lane)


def drop(connection: Connection, id_: int, lane: str) -> None:
    connection.execute(DROP, {"gone": id_})
    promote(connection, [lane])
    drop_after(connection, id_)


def drop_after(connection: Connection, id_: int) -> None:
    """Drops what waits for a message that will never be sent, and in turn what waits for those."""
    lanes: set[str] = set()
    gone = [id_]
    while gone:
        dropped = connection.execute(DROP_AFTER, {"gone": gone.pop()}).all()
        gone += [row.id for row in dropped]
        lanes |= {row.lane for row in dropped}
    promote(connection, lanes)


def forget_who_was_missing(connection: Connection, id_: RoundId, now: datetime) -> None:
    """Deletes rows that tell who had not replied (a reminder) or had declined (no message about a new deadline)."""
    connection.execute(REST, {"round": id_, "now": now})
    promote(connection, set(connection.execute(FORGET, {"round": id_}).scalars()))


@dataclass(frozen=True, slots=True)
class _First:
    """The message that another one must follow."""

    id: int
    root: int  # the post that opens the thread
    is_gone: bool  # it will never be sent


def _standing(connection: Connection, keys: Iterable[str]) -> dict[str, _First]:
    return {
        row.key: _First(
            row.id, row.anchor_id if row.in_thread else row.id, row.state in (State.DROPPED, State.GIVEN_UP)
        )
        for some in chunks(sorted(keys))
        for row in connection.execute(STANDING, {"keys": list(some)})
    }


def _values(round_id: RoundId, owed: Owed, seat_id: int | None, after: _First | None, now: datetime) -> dict[str, Any]:
    to = owed.to
    return {
        "key": owed.key,
        "round_id": round_id,
        "kind": owed.kind,
        "op": owed.op,
        "state": State.DROPPED if after and after.is_gone else State.OWED,
        "lane": lane_of(to, round_id, owed.op),
        "platform": to.platform,
        "workspace": to.workspace,
        "channel": to.channel,
        "user": to.user,
        "seat_id": seat_id,
        "after_id": after and after.id,
        "anchor_id": after and (after.root if owed.in_thread else after.id),
        "in_thread": owed.in_thread,
        "is_card": owed.is_card,
        "is_head": owed.not_before is not None and owed.not_before > now,
        "attempt": 0,
        "wanted": 0,
        "shown": 0,
        "is_urgent": False,
        "not_before": owed.not_before or now,
        "args": pack_args(owed.args),
    }
