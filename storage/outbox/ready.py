"""Which messages may be sent: the head of each lane whose time has come; and what may follow in a lane at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, exists, func, literal, null, or_, select, true

from bot.messages import MessageKind, State
from storage.database import rows
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.outbox import enqueueing
from storage.rounds.loading import written

_M: Final = t.message.c
_NOW: Final[Any] = bindparam("now")
_ANCHOR: Final = t.message.alias("anchor")
_AFTER: Final = t.message.alias("after")
_HEAD: Final = t.message.alias("head")

MESSAGES: Final = (
    select(
        *rows.MESSAGE,
        *rows.HEADER,
        *rows.SEAT,
        _ANCHOR.c.posted_place.label("anchor_place"),
        _ANCHOR.c.posted_id.label("anchor_posted"),
    )
    .select_from(t.message)
    .join(t.round_, t.round_.c.id == _M.round_id)
    .outerjoin(t.seat, t.seat.c.id == _M.seat_id)
    .outerjoin(t.account, t.account.c.id == t.seat.c.account_id)
    .outerjoin(_ANCHOR, _ANCHOR.c.id == _M.anchor_id)
)
"""Messages with their round, their seat and the post that they edit or follow. Other statements narrow it."""

IN_HEADS_INDEX: Final = and_(written(_M.state, "owed", "sending"), _M.is_head == true())
"""The condition of the partial index of heads, repeated in each statement that is to use it."""

_MUST_WAIT: Final = exists().where(
    _HEAD.c.lane == _M.lane,
    _HEAD.c.id != _M.id,
    written(_HEAD.c.state, "owed", "sending", "stuck"),
    _HEAD.c.is_head == true(),
    or_(
        written(_HEAD.c.state, "sending", "stuck"),
        and_(_HEAD.c.attempt > 0, _HEAD.c.not_before > _NOW),
        and_(_HEAD.c.id < _M.id, _HEAD.c.not_before <= _NOW),
    ),
)
"""Another message of the lane comes first: it is in flight or stuck, waits to be retried, or is due and older."""

_IS_READY: Final = and_(
    written(_M.state, "owed"),
    _M.not_before <= _NOW,
    or_(_M.after_id.is_(null()), written(_AFTER.c.state, "sent")),
    ~_MUST_WAIT,
)
_IN_ORDER: Final = MESSAGES.outerjoin(_AFTER, _AFTER.c.id == _M.after_id)
_IN_LANE: Final = and_(_M.lane == bindparam("of_lane"), written(_M.state, "owed", "sending", "stuck"))
READY: Final = Prepared(
    _IN_ORDER.where(IN_HEADS_INDEX, _IS_READY).order_by(_M.not_before, _M.id).limit(bindparam("limit"))
)
READY_IN_LANE: Final = Prepared(_IN_ORDER.where(_IN_LANE, _M.is_head == true(), _IS_READY))
"""At most one row."""

LEFT_IN_LANE: Final = Prepared(
    _IN_ORDER.add_columns(_IS_READY.label("is_ready")).where(_IN_LANE).order_by(_M.is_head, _M.id).limit(1)
)
"""The first message that is no head yet; where there is none, a head."""
ORPHANS: Final = MESSAGES.where(written(_M.state, "sending"), IN_HEADS_INDEX).order_by(_M.id)
NEXT_READY: Final = Prepared(
    select(func.min(_M.not_before).label("earliest")).where(
        written(_M.state, "owed"), IN_HEADS_INDEX, _M.not_before > _NOW
    )
)
WAITING: Final = (
    select(_M.platform, _M.state, _M.kind, func.count().label("count"))
    .where(
        _M.lane > literal(""),  # true of all: makes SQLite use the index of lanes, which holds no finished messages
        written(_M.state, "owed", "sending", "stuck"),
        or_(written(_M.state, "sending", "stuck"), _M.not_before <= _NOW),
    )
    .group_by(_M.platform, _M.state, _M.kind)
)
OWED_LATER: Final = (
    select(_M.kind, _M.not_before.label("at"))
    .where(_M.round_id == bindparam("round"), written(_M.state, "owed"), _M.attempt == literal(0), _M.not_before > _NOW)
    .distinct()
    .order_by(_M.not_before, _M.kind)
)


def following(connection: Connection, lane: str, now: datetime) -> rows.Row | None:
    """What is ready in a lane after one of its messages was finished.

    The first message of the queue is claimed at once, so it need not be made a head before.
    """
    where = {"of_lane": lane, "now": now}
    left = LEFT_IN_LANE.one(connection, where)
    if left is None or (left.is_ready and not left.message_is_head):
        return left
    enqueueing.promote(connection, [lane])
    return READY_IN_LANE.one(connection, where)


def count_waiting(connection: Connection, now: datetime) -> Mapping[tuple[str, State, MessageKind], int]:
    found = connection.execute(WAITING, {"now": now}).all()
    return {(row.platform, row.state, row.kind): row[3] for row in found}
