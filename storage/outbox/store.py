"""The outbox in the database: what is owed, and how far its delivery has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import Connection, and_, bindparam, case, exists, false, func, literal, null, or_, select, true, update

from bot.errors import NotAllowed
from bot.messages import (
    Again,
    CardDue,
    GaveUp,
    Message,
    MessageId,
    MessageKind,
    Posted,
    Refusal,
    Result,
    Sent,
    State,
    Step,
)
from bot.people import Address, Workspace
from bot.rounds import Phase, RoundId
from bot.rules.casting import GONE, organiser_left
from bot.rules.moves import Rule, begins_reveal, still_wanted
from bot.rules.opening import announced, announcement_refused
from bot.rules.revealing import completed, refused, stands
from bot.settings import RoundSettings
from storage.database import rows
from storage.database import tables as t
from storage.database.database import Database
from storage.database.prepared import Prepared
from storage.outbox import enqueueing, live_messages
from storage.rounds import loading, saving
from storage.rounds.loading import written

_M: Final = t.message.c
_ID: Final[Any] = bindparam("message")
_ATTEMPT: Final[Any] = bindparam("at_attempt")
_NOW: Final[Any] = bindparam("now")
_ANCHOR: Final = t.message.alias("anchor")
_AFTER: Final = t.message.alias("after")
_HEAD: Final = t.message.alias("head")

_WHOLE: Final = (
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
_GOING_OUT: Final = and_(written(_M.state, "owed", "sending"), _M.is_head == true())
"""What the index of heads holds: told once more where it is to be used, as the index of lanes is by its own words."""

_IS_STALE: Final = and_(written(_M.state, "sent"), or_(_M.wanted > _M.shown, _M.older.is_not(null())))
_IS_BULK: Final = and_(_M.kind == literal(MessageKind.QUESTION, _M.kind.type), _M.is_urgent == false())
_BULK_LAST: Final = case((_IS_BULK, 1), else_=0)

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
"""Something else of this lane comes first: it is on its way, was tried and must be tried again, or is due and older."""

_IS_READY: Final = and_(
    written(_M.state, "owed"),
    _M.not_before <= _NOW,
    or_(_M.after_id.is_(null()), written(_AFTER.c.state, "sent")),
    ~_MUST_WAIT,
)
_IN_ORDER: Final = _WHOLE.outerjoin(_AFTER, _AFTER.c.id == _M.after_id)
_IN_LANE: Final = and_(_M.lane == bindparam("of_lane"), written(_M.state, "owed", "sending", "stuck"))
READY: Final = Prepared(_IN_ORDER.where(_GOING_OUT, _IS_READY).order_by(_M.not_before, _M.id).limit(bindparam("limit")))
READY_IN_LANE: Final = Prepared(_IN_ORDER.where(_IN_LANE, _M.is_head == true(), _IS_READY))
"""One at most."""

LEFT_IN_LANE: Final = Prepared(
    _IN_ORDER.add_columns(_IS_READY.label("is_ready")).where(_IN_LANE).order_by(_M.is_head, _M.id).limit(1)
)
"""The first of its queue; where nothing is in it, a head."""

CLAIMED: Final = Prepared(
    _WHOLE.where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "owed")).with_for_update(of=t.message)
)
SENDING: Final = Prepared(
    update(t.message)
    .where(_M.id == _ID)
    # a card is made of what stands now: what is touched from here on is newer than its post
    .values(state=State.SENDING, is_head=True, attempt=_M.attempt + 1, tried_at=_NOW, shown=_M.wanted)
)
FINISHED: Final = ("round_id", "seat_id", "kind", "lane", "platform", "workspace", "channel", "user", "shown")
FINISH: Final = Prepared(
    update(t.message)
    .where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "sending"))
    .values(
        state=bindparam("becomes"),
        not_before=bindparam("pause"),
        posted_place=bindparam("place"),
        posted_id=bindparam("post"),
        reason=bindparam("because"),
    )
    .returning(*(_M[name] for name in FINISHED))
)
STEP: Final = (
    update(t.message)
    .where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "sending"))
    .values(step_name=bindparam("step"), step_value=bindparam("value"))
)
GIVE_UP: Final = update(t.message).where(_M.id == _ID).values(state=State.GIVEN_UP)
REVEALING: Final = (
    update(t.round_)
    .where(t.round_.c.id == bindparam("round"))
    .values(revealing_at=_NOW, version=t.round_.c.version + 1)
)
HURRY: Final = update(t.round_).where(t.round_.c.id == bindparam("round")).values(due_at=_NOW)
HAS_LATE: Final = select(
    exists().where(
        t.seat.c.round_id == bindparam("round"),
        t.envelope.c.seat_id == t.seat.c.id,
        t.envelope.c.kind == literal("late"),
    )
)
UNREACHABLE: Final = update(t.seat).where(t.seat.c.id == bindparam("here")).values(unreachable=bindparam("why"))
ORPHANS: Final = _WHOLE.where(written(_M.state, "sending"), _GOING_OUT).order_by(_M.id)
NEXT_READY: Final = Prepared(
    select(func.min(_M.not_before).label("earliest")).where(written(_M.state, "owed"), _GOING_OUT, _M.not_before > _NOW)
)
NEXT_STALE: Final = Prepared(select(func.min(_M.not_before).label("earliest")).where(_IS_STALE, _M.not_before > _NOW))
_CARDS: Final = (
    _WHOLE.where(_IS_STALE, _M.not_before <= _NOW).order_by(_BULK_LAST, _M.not_before, _M.id).limit(bindparam("limit"))
)
CARDS: Final = Prepared(_CARDS)
CARDS_BUT: Final = _CARDS.where(
    or_(~_IS_BULK, (_M.platform + ":" + _M.workspace).not_in(bindparam("full", expanding=True)))
)
WAITING: Final = (
    select(_M.platform, _M.state, _M.kind, func.count().label("count"))
    .where(
        _M.lane > literal(""),  # all: by the index of lanes, which holds nothing that is finished
        written(_M.state, "owed", "sending", "stuck"),
        or_(written(_M.state, "sending", "stuck"), _M.not_before <= _NOW),
    )
    .group_by(_M.platform, _M.state, _M.kind)
)


MOVED: Final = (
    update(t.message)
    .where(
        _M.round_id == bindparam("round"), _M.posted_place == bindparam("was_in"), _M.posted_id == bindparam("was_at")
    )
    .values(posted_place=bindparam("place"), posted_id=bindparam("post"))
)


_IN_WORKSPACE: Final = and_(_M.platform == bindparam("of_platform"), _M.workspace == bindparam("of_workspace"))
WAKE: Final = (
    update(t.message)
    .where(written(_M.state, "owed"), _GOING_OUT, _M.attempt > 0, _M.not_before > _NOW, _IN_WORKSPACE)
    .values(not_before=_NOW)
)
WAKE_CARDS: Final = update(t.message).where(_IS_STALE, _M.not_before > _NOW, _IN_WORKSPACE).values(not_before=_NOW)
ROUNDS_OWED: Final = (
    select(_M.round_id)
    .where(written(_M.state, "owed", "sending"), _GOING_OUT, _M.not_before <= _NOW, _IN_WORKSPACE)
    .distinct()
    .order_by(_M.round_id)
)


class SqlOutbox:
    """The port `Outbox`."""

    def __init__(self, database: Database, settings: RoundSettings) -> None:
        self._database = database
        self._settings = settings  # of people's days: a round that opens asks everybody in their own

    async def ready(self, now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        asked = {"now": now, "limit": limit + len(busy)}  # a busy lane has one head at most
        found = await self._database.read(lambda db: READY.all(db, asked))
        heads = (row for row in found if row.message_lane not in busy)
        return [rows.message(row) for row, _ in zip(heads, range(limit), strict=False)]

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        def apply(connection: Connection) -> Message | None:
            row = CLAIMED.one(connection, {"message": id, "at_attempt": attempt})
            return _claim(connection, row, now) if row else None

        return await self._database.write(apply, is_small=True)

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        done = await self._database.write(
            lambda db: _finish(db, id, attempt, result, now, self._settings), is_small=True
        )
        return done is not None

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        def apply(connection: Connection) -> Message | None:
            lane = _finish(connection, id, attempt, result, now, self._settings, promotes=False)
            ready = _following(connection, lane, now) if lane else None
            return _claim(connection, ready, now) if ready else None

        return await self._database.write(apply, is_small=True)

    async def step(self, id: MessageId, attempt: int, step: Step) -> None:
        values = {"message": id, "at_attempt": attempt, "step": step.name, "value": step.value}
        await self._database.write(lambda db: db.execute(STEP, values).close(), is_small=True)

    async def wake(self, workspace: Workspace, now: datetime) -> Sequence[RoundId]:
        asked = {"of_platform": workspace.platform, "of_workspace": workspace.id, "now": now}

        def apply(connection: Connection) -> list[RoundId]:
            connection.execute(WAKE, asked)
            connection.execute(WAKE_CARDS, asked)
            return [RoundId(id_) for id_ in connection.execute(ROUNDS_OWED, asked).scalars()]

        return await self._database.write(apply)

    async def orphans(self) -> Sequence[Message]:
        return await self._database.read(lambda db: [rows.message(row) for row in db.execute(ORPHANS)])

    async def next_ready(self, now: datetime) -> datetime | None:
        def find(connection: Connection) -> datetime | None:
            found = (statement.value(connection, {"now": now}) for statement in (NEXT_READY, NEXT_STALE))
            return min((at for at in found if at), default=None)

        return await self._database.read(find)

    async def cards(self, now: datetime, full: Set[Workspace] = frozenset(), limit: int = 100) -> Sequence[CardDue]:
        asked = {"now": now, "limit": limit}
        but = {**asked, "full": [f"{one.platform}:{one.id}" for one in full]}
        found = await self._database.read(lambda db: db.execute(CARDS_BUT, but).all() if full else CARDS.all(db, asked))
        return [_due(row) for row in found]

    async def shown(self, id: MessageId, wanted: int, not_before: datetime) -> None:
        values = {"message": id, "edition": wanted, "pause": not_before}
        await self._database.write(lambda db: db.execute(live_messages.SHOWN, values).close(), is_small=True)

    async def pointed(self, id: MessageId, older: Posted) -> None:
        await self._database.write(lambda db: live_messages.pointed(db, id, older), is_small=True)

    async def moved(self, id: RoundId, was: Posted, to: Posted) -> None:
        values = {"round": id, "was_in": was.place, "was_at": was.id, "place": to.place, "post": to.id}
        await self._database.write(lambda db: db.execute(MOVED, values).close(), is_small=True)

    async def touch_cards(self, id: RoundId) -> None:
        await self._database.write(lambda db: enqueueing.touch(db, id, (), every=True))


async def waiting(database: Database, now: datetime) -> Mapping[tuple[str, State, MessageKind], int]:
    """For the operator, by platform: how many are due, on their way, or stuck; no entry where there are none."""
    found = await database.read(lambda db: db.execute(WAITING, {"now": now}).all())
    return {(row.platform, row.state, row.kind): row[3] for row in found}


def _due(row: rows.Row) -> CardDue:
    message = rows.message(row)
    is_bulk = message.kind is MessageKind.QUESTION and not row.message_is_urgent
    if row.message_wanted > row.message_shown:
        return CardDue(message=message, wanted=row.message_wanted, is_bulk=is_bulk)
    place, id_ = row.message_older[0]
    older = replace(message, posted=Posted(place=place, id=id_), args={**message.args, "is_older": True})
    return CardDue(message=older, wanted=row.message_wanted, is_older=True, is_bulk=is_bulk)


def _claim(connection: Connection, row: rows.Row, now: datetime) -> Message | None:
    id_, kind, header = MessageId(row.message_id), MessageKind(row.message_kind), rows.header(row)
    if not still_wanted(header, rows.seat_or_none(row), kind):
        enqueueing.drop(connection, id_, row.message_lane)
        return None
    if begins_reveal(header, kind):
        connection.execute(REVEALING, {"round": header.id, "now": now})
        enqueueing.TOUCH_STATUS.run(connection, {"round": header.id})
        header = replace(header, revealing_at=now, version=header.version + 1)
    SENDING.run(connection, {"message": id_, "now": now})
    live_messages.note_edition(connection, row)
    return rows.message(row, of=header, claimed_at=now)


def _following(connection: Connection, lane: str, now: datetime) -> rows.Row | None:
    """What is ready in a lane of which something was just finished. The first of a queue need not be made a head."""
    where = {"of_lane": lane, "now": now}
    left = LEFT_IN_LANE.one(connection, where)
    if left is None or (left.is_ready and not left.message_is_head):
        return left
    enqueueing.promote(connection, [lane])
    return READY_IN_LANE.one(connection, where)


def _finish(
    connection: Connection,
    id_: MessageId,
    attempt: int,
    result: Result,
    now: datetime,
    settings: RoundSettings,
    *,
    promotes: bool = True,
) -> str | None:
    """Its lane. None: it was finished before."""
    ended = {"message": id_, "at_attempt": attempt, **_ended(result, now)}
    row = FINISH.one(connection, ended)
    if row is None:
        return None
    match result:
        case Sent(posted=posted):
            live_messages.stands(connection, id_, row, posted, now)
            if promotes:
                enqueueing.promote(connection, [row.lane])
            _sent(connection, row, now, settings)
        case GaveUp() | Refusal():
            _refused(connection, id_, row, result, now)
        case Again():
            pass
        case _:
            assert_never(result)
    return str(row.lane)


def _sent(connection: Connection, row: rows.Row, now: datetime, settings: RoundSettings) -> None:
    if row.kind is MessageKind.ANNOUNCEMENT:
        _decide(connection, row.round_id, lambda round_: announced(round_, now, settings), now)
    elif row.kind is MessageKind.HEADLINE:
        # no seat is looked at or changed: of a round of a thousand they are not loaded
        shell = loading.shell(connection, row.round_id, locked=True)
        saving.decide(connection, shell, stands(shell, now), now)
        if shell.phase is Phase.CLOSED and connection.execute(HAS_LATE, {"round": row.round_id}).scalar():
            connection.execute(HURRY, {"round": row.round_id, "now": now})
    elif row.kind is MessageKind.HEADLINE_DONE:
        _decide(connection, row.round_id, completed, now)


def _refused(connection: Connection, id_: MessageId, row: rows.Row, result: GaveUp | Refusal, now: datetime) -> None:
    is_announcement = row.kind is MessageKind.ANNOUNCEMENT
    reason = result.reason
    place = Address(platform=row.platform, workspace=row.workspace, channel=row.channel, user=row.user).lane
    if is_announcement:  # its round is a draft again: it must not hold up the next one
        connection.execute(GIVE_UP, {"message": id_})
        _decide(connection, row.round_id, lambda round_: announcement_refused(round_, reason), now)
    elif row.kind is MessageKind.HEADLINE:
        _decide(connection, row.round_id, lambda round_: refused(round_, place, reason, now), now)
    if is_announcement or isinstance(result, GaveUp):
        enqueueing.promote(connection, [row.lane])
        enqueueing.drop_after(connection, id_)
    if isinstance(result, GaveUp) and result.why and row.seat_id is not None:
        connection.execute(UNREACHABLE, {"here": row.seat_id, "why": result.why})
        enqueueing.TOUCH_STATUS.run(connection, {"round": row.round_id})
    elif isinstance(result, GaveUp) and result.why in GONE:
        _decide(connection, row.round_id, lambda round_: organiser_left(round_, place, now), now)


def _ended(result: Result, now: datetime) -> dict[str, Any]:
    nowhere = {"place": None, "post": None, "because": None, "pause": now}
    match result:
        case Sent(posted=posted):
            return {**nowhere, "becomes": State.SENT, "place": posted.place, "post": posted.id}
        case Again(not_before=not_before):
            return {**nowhere, "becomes": State.OWED, "pause": not_before}
        case GaveUp(reason=reason):
            return {**nowhere, "becomes": State.GIVEN_UP, "because": reason}
        case Refusal(reason=reason):
            return {**nowhere, "becomes": State.STUCK, "because": reason}
        case _:
            assert_never(result)


def _decide(connection: Connection, id_: RoundId, rule: Rule, now: datetime) -> None:
    before = loading.whole(connection, id_, locked=True)
    try:
        decision = rule(before)
    except NotAllowed:  # the round has moved on since; the delivery is over all the same
        return
    saving.decide(connection, before, decision, now)
