"""The one live message that each person has for a round: where it is posted, and its older posts.

It is the row of their question. When news is posted, the live message moves to that post: the row points there from
then on, and the earlier post is listed in `older` until it has been edited to say that there is a newer one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from bot.messages import TAKE_OVER, MessageId, MessageKind, Posted
from bot.people import Way
from bot.rounds import RoundId
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.database.rows import Row
from storage.outbox import enqueueing
from storage.rounds.loading import written

_M: Final = t.message.c
_ROUND: Final[Any] = bindparam("round")
_ID: Final[Any] = bindparam("message")
_EDITION: Final[Any] = bindparam("edition")
_QUESTION: Final = literal(MessageKind.QUESTION, _M.kind.type)
_OF_SEAT: Final = (
    _M.round_id == _ROUND,
    _M.is_card == true(),
    _M.kind == _QUESTION,
    _M.seat_id == bindparam("of_seat"),
)

TOUCH: Final = Prepared(update(t.message).where(*_OF_SEAT).values(wanted=_M.wanted + 1, is_urgent=True))
TOUCH_LATER: Final = Prepared(update(t.message).where(*_OF_SEAT).values(wanted=_M.wanted + 1))
WANTED: Final = Prepared(select(func.max(_M.wanted).label("wanted")).where(*_OF_SEAT))
REFLECTS: Final = Prepared(update(t.message).where(_M.id == _ID).values(shown=_EDITION))
LIVE: Final = Prepared(
    select(_M.id, _M.posted_place, _M.posted_id, _M.older, _M.wanted, _M.is_urgent).where(
        *_OF_SEAT, written(_M.state, "sent"), _M.id != _ID
    )
)
MOVE: Final = Prepared(
    update(t.message)
    .where(_M.id == _ID)
    .values(
        posted_place=bindparam("place"),
        posted_id=bindparam("post"),
        older=bindparam("left"),
        shown=_EDITION,
        is_urgent=bindparam("urgent"),
        not_before=bindparam("now"),
    )
)
RETIRE: Final = Prepared(
    update(t.message).where(_M.id == _ID).values(is_card=False, wanted=0, shown=0, older=null(), is_urgent=False)
)
OLDER: Final = Prepared(select(_M.older).where(_M.id == _ID))
LEAVE: Final = Prepared(update(t.message).where(_M.id == _ID).values(older=bindparam("left")))
ASKED: Final = Prepared(
    update(t.seat)
    .where(t.seat.c.id == bindparam("here"), or_(t.seat.c.asked_at.is_(null()), written(t.seat.c.way, "channel")))
    .values(
        asked_at=func.coalesce(t.seat.c.asked_at, bindparam("now", type_=t.seat.c.asked_at.type)),
        way=Way.PRIVATE,
        dm_closed_at=null(),
    )
)
SHOWN: Final = (
    update(t.message)
    # not an edition from before `make_alike`, which starts the count again
    .where(_M.id == _ID, _M.shown <= _EDITION, _M.wanted >= _EDITION)
    .values(
        shown=_EDITION,
        not_before=bindparam("pause"),
        is_urgent=case((_M.wanted > _EDITION, _M.is_urgent), else_=false()),
    )
)
EQUAL: Final = (
    update(t.message)
    .where(_M.round_id == _ROUND, _M.is_card == true(), _M.kind == _QUESTION)
    .values(wanted=1, shown=0, is_urgent=False, not_before=bindparam("now"))
)
QUESTIONS: Final = Prepared(select(t.message).where(_M.round_id == _ROUND, _M.kind == _QUESTION).order_by(_M.id))
TAKE_OUT: Final = delete(t.message).where(_M.round_id == _ROUND, _M.kind == _QUESTION)
PUT_BACK: Final = Prepared(insert(t.message))


def touch(connection: Connection, round_id: RoundId, seat_id: int | None) -> None:
    """Its person did something that it shows, so it is edited before the live messages of others."""
    TOUCH.run(connection, {"round": round_id, "of_seat": seat_id})


def touch_later(connection: Connection, round_id: RoundId, seat_id: int | None) -> None:
    """It shows something new that its person knows already: edited after what others wait for."""
    TOUCH_LATER.run(connection, {"round": round_id, "of_seat": seat_id})


def note_edition(connection: Connection, row: Row) -> None:
    """At the claim of news: it will show the edition that the live message should show now."""
    if row.message_kind in TAKE_OVER and row.message_kind is not MessageKind.QUESTION and row.message_seat_id:
        of = {"round": row.message_round_id, "of_seat": row.message_seat_id}
        REFLECTS.run(connection, {"message": row.message_id, "edition": WANTED.value(connection, of) or 0})


def stands(connection: Connection, id_: MessageId, row: Row, posted: Posted, now: datetime) -> None:
    """A message was posted. If it is news for a stakeholder, it is their live message from now on."""
    if row.kind not in TAKE_OVER or row.seat_id is None:
        return
    live = LIVE.one(connection, {"round": row.round_id, "of_seat": row.seat_id, "message": id_})
    left = [*(live.older or ()), [live.posted_place, live.posted_id]] if live else None
    if row.kind is MessageKind.QUESTION:
        ASKED.run(connection, {"here": row.seat_id, "now": now})
        enqueueing.TOUCH_STATUS.run(connection, {"round": row.round_id})
        if live:
            RETIRE.run(connection, {"message": live.id})
            LEAVE.run(connection, {"message": id_, "left": left})
    elif live:
        edition = min(row.shown, live.wanted)
        is_urgent = live.is_urgent and live.wanted > edition
        place = {"place": posted.place, "post": posted.id, "left": left, "now": now}
        MOVE.run(connection, {"message": live.id, **place, "edition": edition, "urgent": is_urgent})


def pointed(connection: Connection, id_: MessageId, older: Posted) -> None:
    left = [one for one in OLDER.value(connection, {"message": id_}) or () if one != [older.place, older.id]]
    LEAVE.run(connection, {"message": id_, "left": left or None})


def make_alike(connection: Connection, id_: RoundId, now: datetime) -> None:
    """Equal counters, times and places on disk for everybody: a difference would tell who replied."""
    connection.execute(EQUAL, {"round": id_, "now": now})
    rows = [row._asdict() for row in QUESTIONS.all(connection, {"round": id_})]
    connection.execute(TAKE_OUT, {"round": id_})
    PUT_BACK.many(connection, rows)
