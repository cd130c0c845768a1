"""The port `Outbox` in the database: claiming and finishing messages, and the cards that are out of date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, case, false, func, literal, null, or_, select, update

from bot.messages import CardDue, Message, MessageId, MessageKind, Posted, Result, State, Step
from bot.people import Address, Workspace
from bot.rounds import RoundId
from bot.rules.moves import begins_reveal, still_wanted
from bot.settings import RoundSettings
from storage.database import rows
from storage.database import tables as t
from storage.database.database import Database
from storage.database.prepared import Prepared
from storage.outbox import enqueueing, live_messages, ready, results
from storage.rounds.loading import written

_M: Final = t.message.c
_ID: Final[Any] = bindparam("message")
_ATTEMPT: Final[Any] = bindparam("at_attempt")
_NOW: Final[Any] = bindparam("now")

CLAIMED: Final = Prepared(
    ready.MESSAGES.where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "owed")).with_for_update(of=t.message)
)
SENDING: Final = Prepared(
    update(t.message)
    .where(_M.id == _ID)
    # the post is composed after this claim, so it shows every touch until now and none that comes later
    .values(state=State.SENDING, is_head=True, attempt=_M.attempt + 1, tried_at=_NOW, shown=_M.wanted)
)
STEP: Final = (
    update(t.message)
    .where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "sending"))
    .values(step_name=bindparam("step"), step_value=bindparam("value"))
)
REVEALING: Final = (
    update(t.round_)
    .where(t.round_.c.id == bindparam("round"))
    .values(revealing_at=_NOW, version=t.round_.c.version + 1)
)
_IS_STALE: Final = and_(written(_M.state, "sent"), or_(_M.wanted > _M.shown, _M.older.is_not(null())))
_IS_BULK: Final = and_(_M.kind == literal(MessageKind.QUESTION, _M.kind.type), _M.is_urgent == false())
_BULK_LAST: Final = case((_IS_BULK, 1), else_=0)

NEXT_STALE: Final = Prepared(select(func.min(_M.not_before).label("earliest")).where(_IS_STALE, _M.not_before > _NOW))
_CARDS: Final = (
    ready.MESSAGES.where(_IS_STALE, _M.not_before <= _NOW)
    .order_by(_BULK_LAST, _M.not_before, _M.id)
    .limit(bindparam("limit"))
)
CARDS: Final = Prepared(_CARDS)
CARDS_BUT: Final = _CARDS.where(
    or_(~_IS_BULK, (_M.platform + ":" + _M.workspace).not_in(bindparam("full", expanding=True)))
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
    .where(written(_M.state, "owed"), ready.IN_HEADS_INDEX, _M.attempt > 0, _M.not_before > _NOW, _IN_WORKSPACE)
    .values(not_before=_NOW)
)
WAKE_CARDS: Final = update(t.message).where(_IS_STALE, _M.not_before > _NOW, _IN_WORKSPACE).values(not_before=_NOW)
ROUNDS_OWED: Final = (
    select(_M.round_id)
    .where(written(_M.state, "owed", "sending"), ready.IN_HEADS_INDEX, _M.not_before <= _NOW, _IN_WORKSPACE)
    .distinct()
    .order_by(_M.round_id)
)
ASKED_SINCE: Final = (
    select(_M.platform, _M.workspace, _M.user, _M.tried_at)
    .where(
        _M.round_id.in_(
            select(t.round_.c.id).where(
                written(t.round_.c.phase, "collecting"), t.round_.c.closes_at >= bindparam("since")
            )
        ),
        _M.kind == literal(MessageKind.QUESTION, _M.kind.type),
        written(_M.state, "sent"),
        _M.tried_at >= bindparam("since"),
    )
    .order_by(_M.tried_at)
)
"""In rounds that collect answers: a question is sent in no other."""


class SqlOutbox:
    """The port `Outbox`."""

    def __init__(self, database: Database, settings: RoundSettings) -> None:
        self._database = database
        self._settings = settings  # of people's days: a round that opens asks everybody in their own

    async def ready(self, now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        asked = {"now": now, "limit": limit + len(busy)}  # a busy lane has one head at most
        found = await self._database.read(lambda db: ready.READY.all(db, asked))
        heads = (row for row in found if row.message_lane not in busy)
        return [rows.message(row) for row, _ in zip(heads, range(limit), strict=False)]

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        def apply(connection: Connection) -> Message | None:
            row = CLAIMED.one(connection, {"message": id, "at_attempt": attempt})
            return _claim(connection, row, now) if row else None

        return await self._database.write(apply, is_small=True)

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        done = await self._database.write(
            lambda db: results.finish(db, id, attempt, result, now, self._settings), is_small=True
        )
        return done is not None

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        def apply(connection: Connection) -> Message | None:
            lane = results.finish(connection, id, attempt, result, now, self._settings, promotes=False)
            row = ready.following(connection, lane, now) if lane else None
            return _claim(connection, row, now) if row else None

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

    async def asked_since(self, since: datetime) -> Sequence[tuple[Address, datetime]]:
        found = await self._database.read(lambda db: db.execute(ASKED_SINCE, {"since": since}).all())
        return [(Address(platform=row.platform, workspace=row.workspace, user=row.user), row.tried_at) for row in found]

    async def orphans(self) -> Sequence[Message]:
        return await self._database.read(lambda db: [rows.message(row) for row in db.execute(ready.ORPHANS)])

    async def next_ready(self, now: datetime) -> datetime | None:
        def find(connection: Connection) -> datetime | None:
            found = (statement.value(connection, {"now": now}) for statement in (ready.NEXT_READY, NEXT_STALE))
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
    """For the operator: how many messages are due, in flight or stuck, by platform, state and kind."""
    return await database.read(lambda db: ready.count_waiting(db, now))


@dataclass(frozen=True, slots=True)
class Later:
    """Messages of one kind that are owed and wait for one time."""

    kind: MessageKind
    at: datetime


async def owed_later(database: Database, id: RoundId, now: datetime) -> Sequence[Later]:
    """Of one round; each kind and time once, earliest first. To whom they go, and to how many, is not told."""
    found = await database.read(lambda db: db.execute(ready.OWED_LATER, {"round": id, "now": now}).all())
    return [Later(MessageKind(row.kind), row.at) for row in found]


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
