"""Rounds in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence, Set
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any, Final

from sqlalchemy import Connection, bindparam, exists, func, literal, null, select, true, union, update

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert

from bot.acts import Act
from bot.errors import UnknownRound
from bot.people import Account
from bot.ports import Bookmark, ChangeResult, HeardRule, OwnSeat, RoundLine, SeatChangeResult
from bot.rounds import ActId, Header, Phase, Round, RoundCode, RoundId, Seat
from bot.rules.moves import GRACE, Rule, SeatDecision, SeatRule
from storage.database import rows
from storage.database import tables as t
from storage.database.database import Database
from storage.database.prepared import Prepared
from storage.outbox import enqueueing, live_messages
from storage.rounds import loading, reading, saving
from storage.rounds.acts import Done, act_key, done_before, note_act, note_own_act
from storage.rounds.codes import code
from storage.rounds.loading import account_of, chunks, written
from storage.rounds.moving import moving
from storage.words import shredding
from storage.words.ledger import note

LISTED = 50
"""Rounds in somebody's list."""

_R: Final = t.round_.c
_IDS: Final[Any] = bindparam("ids", expanding=True)

STARTED: Final = select(_R.id).where(_R.started_by == bindparam("act"))
DUE: Final = Prepared(
    select(_R.id)
    .where(_R.due_at.is_not(null()), _R.due_at <= bindparam("now"))
    .order_by(_R.due_at)
    .limit(bindparam("limit"))
)
NEXT_DUE: Final = Prepared(select(func.min(_R.due_at).label("earliest")).where(_R.due_at.is_not(null())))
CLOSE: Final = (
    moving(Phase.CLOSED)
    .where(_R.id.in_(_IDS), _R.closes_at <= bindparam("deadline"))
    .values(closed_at=bindparam("now"), due_at=bindparam("now"), version=_R.version + 1)
    .returning(_R.id)
)
PUT_OFF: Final = (
    update(t.round_).where(_R.id == bindparam("here"), _R.due_at <= bindparam("now")).values(due_at=bindparam("until"))
)
TOUCH_CARDS: Final = (
    update(t.message)
    .where(t.message.c.round_id.in_(_IDS), t.message.c.is_card == true())
    .values(wanted=t.message.c.wanted + 1)
)
WITH_STUCK: Final = select(*rows.HEADER).where(
    _R.id.in_(_IDS), exists().where(t.message.c.round_id == _R.id, written(t.message.c.state, "stuck"))
)
CLOSING: Final = (
    select(_R.id).where(written(_R.phase, "collecting"), _R.closes_at < bindparam("until")).order_by(_R.closes_at)
)
_BEAT: Final = insert(t.beat).values(id=1, alive_at=bindparam("now"))
BEAT: Final = _BEAT.on_conflict_do_update(index_elements=["id"], set_={"alive_at": _BEAT.excluded.alive_at})
_HEARD: Final = insert(t.listening).values(platform=bindparam("name"), heard_at=bindparam("now"))
HEARD: Final = _HEARD.on_conflict_do_update(index_elements=["platform"], set_={"heard_at": _HEARD.excluded.heard_at})
OVER: Final = (
    select(t.round_.c.id)
    .where(written(t.round_.c.phase, "ended", "cancelled"), t.round_.c.ends_at < bindparam("before"))
    .order_by(t.round_.c.id)
    .limit(bindparam("limit"))
)
IN_PLAY: Final = select(_R.id).where(written(_R.phase, "collecting", "closed", "revealed")).order_by(_R.id)
IDLE_DRAFTS: Final = (
    select(_R.id)
    .where(
        written(_R.phase, "draft"),
        _R.opening_at.is_(null()),
        _R.created_at < bindparam("before"),
        ~exists().where(t.act.c.round_id == _R.id, t.act.c.at >= bindparam("before")),
    )
    .order_by(_R.id)
    .limit(bindparam("limit"))
)
LAST_BEAT: Final = select(t.beat.c.alive_at).where(t.beat.c.id == literal(1))
LAST_HEARD: Final = select(t.listening.c.heard_at).where(t.listening.c.platform == bindparam("name"))
_MINE: Final = union(
    select(t.seat.c.round_id).where(t.seat.c.account_id == bindparam("account")),
    select(t.organiser.c.round_id).where(t.organiser.c.account_id == bindparam("account")),
)
LIST: Final = (
    select(
        *rows.HEADER,
        _R.service,
        t.organiser.c.account_id.label("organiser_id"),
        *rows.SEAT,
    )
    .select_from(t.round_)
    .outerjoin(
        t.organiser,
        (t.organiser.c.round_id == _R.id) & (t.organiser.c.account_id == bindparam("account")),
    )
    .outerjoin(t.seat, (t.seat.c.round_id == _R.id) & (t.seat.c.account_id == bindparam("account")))
    .outerjoin(t.account, t.account.c.id == t.seat.c.account_id)
    .where(_R.id.in_(_MINE))
    .order_by(_R.id.desc())
    .limit(LISTED)
)
_IS_USER: Final = (t.account.c.platform == bindparam("platform"), t.account.c.user == bindparam("user"))
_PARTS: Final = union(
    *(
        select(part.c.round_id, t.account.c.workspace)
        .join_from(t.account, part, part.c.account_id == t.account.c.id)
        .where(*_IS_USER)
        for part in (t.seat, t.organiser)
    )
).subquery()
_ACCOUNTS: Final = (
    select(_PARTS.c.workspace)
    .join(t.round_, _R.id == _PARTS.c.round_id)
    .order_by(_R.id.desc())
    .limit(bindparam("limit"))
)
ACCOUNTS_IN: Final = _ACCOUNTS.where(_R.code == bindparam("code"))
ACCOUNTS_IN_PLAY: Final = _ACCOUNTS.where(written(_R.phase, "collecting", "closed", "revealed"))
MET: Final = select(t.account.c.user).where(
    t.account.c.platform == bindparam("platform"),
    t.account.c.workspace == bindparam("workspace"),
    t.account.c.user.in_(bindparam("users", expanding=True)),
    exists().where(
        t.seat.c.account_id == t.account.c.id, t.seat.c.asked_at.is_not(null()), written(t.seat.c.way, "private")
    ),
)


class SqlRounds:
    """The port `Rounds`. `rng` draws codes."""

    def __init__(self, database: Database, rng: Random) -> None:
        self._database = database
        self._rng = rng

    async def start(self, draft: Round, act: Act) -> Round:
        def begin(connection: Connection) -> Round:
            known = connection.execute(STARTED, {"act": act_key(act.id)}).scalar()
            if known is not None:
                return loading.whole(connection, RoundId(known))
            free = replace(draft, code=self._free_code(connection, draft.code))
            return saving.create(connection, free, act_key(act.id), act.at)

        return await self._database.write(begin)

    def _free_code(self, connection: Connection, wish: RoundCode) -> RoundCode:
        tried, wanted = 0, wish or code(self._rng, 0)
        while loading.ID_OF_CODE.value(connection, {"code": wanted}) is not None:
            tried += 1
            wanted = code(self._rng, tried)
        return wanted

    async def get(self, ref: RoundCode | RoundId) -> Round:
        return await self._database.read(lambda db: loading.whole(db, loading.id_of(db, ref)))

    async def shell(self, id: RoundId) -> Round:
        return await self._database.read(lambda db: loading.shell(db, id))

    async def seat(self, ref: RoundCode, account: Account) -> tuple[Header, Seat] | None:
        header, seat, _ = await self._database.read(lambda db: loading.header_and_seat(db, ref, account))
        return None if seat is None else (header, seat)

    async def own_seat(self, ref: RoundCode, account: Account) -> OwnSeat:
        return await self._database.read(lambda db: loading.own_seat(db, ref, account))

    async def of(self, account: Account) -> Sequence[RoundLine]:
        def find(connection: Connection) -> list[RoundLine]:
            whose = connection.execute(loading.ACCOUNT, account_of(account)).one_or_none()
            if whose is None:
                return []
            return [_line(row) for row in connection.execute(LIST, {"account": whose.id})]

        return await self._database.read(find)

    async def accounts(self, platform: str, user: str, ref: RoundCode | None = None) -> Sequence[Account]:
        asked = {"platform": platform, "user": user, "limit": LISTED, **({"code": ref} if ref else {})}
        statement = ACCOUNTS_IN if ref else ACCOUNTS_IN_PLAY
        found = await self._database.read(lambda db: db.execute(statement, asked).scalars().all())
        return [Account(platform=platform, workspace=workspace, user=user) for workspace in dict.fromkeys(found)]

    async def met(self, accounts: Sequence[Account]) -> Set[Account]:
        users: dict[tuple[str, str], list[str]] = {}
        for account in accounts:
            users.setdefault((account.platform, account.workspace), []).append(account.user)

        def find(connection: Connection) -> set[Account]:
            return {
                Account(platform=platform, workspace=workspace, user=user)
                for (platform, workspace), listed in users.items()
                for some in chunks(listed)
                for user in connection.execute(
                    MET, {"platform": platform, "workspace": workspace, "users": list(some)}
                ).scalars()
            }

        return await self._database.read(find)

    async def change(self, id: RoundId, act: ActId | None, rule: Rule, now: datetime) -> ChangeResult:
        def apply(connection: Connection) -> tuple[ChangeResult, bool]:
            before = loading.whole(connection, id, locked=True)
            known = done_before(connection, id, act) if act else None
            if known is not None:
                # what is never stored is worked out anew, and nothing is done about it
                outcome = known.outcome or rule(before).outcome
                return ChangeResult(outcome=outcome, round_=before, is_new=False), False
            decision = rule(before)
            saved = saving.decide(connection, before, decision, now)
            if act:
                note_act(connection, act, id, decision.outcome, at=now if before.phase is Phase.DRAFT else None)
            return ChangeResult(outcome=decision.outcome, round_=saved.round_, is_new=True), saved.shredded

        change, shredded = await self._database.write(apply)
        if shredded:
            await self._database.scrub()
        return change

    async def change_seat(
        self, ref: RoundCode, account: Account, act: ActId, rule: SeatRule, now: datetime
    ) -> SeatChangeResult:
        def apply(connection: Connection) -> SeatChangeResult:
            header, seat, _ = loading.header_and_seat(connection, ref, account, locked=True)
            if seat is None:
                raise UnknownRound(code=ref)
            known = done_before(connection, header.id, act)
            if known is not None:
                outcome = known.outcome or rule(header, seat).outcome
                return SeatChangeResult(outcome=outcome, is_new=False)
            decision = rule(header, seat)
            _save_seat(connection, header, seat, decision, now)
            note_own_act(connection, act, header.id, Done(outcome=decision.outcome))
            return SeatChangeResult(outcome=decision.outcome, is_new=True, erased=decision.destroy_words)

        change = await self._database.write(apply)
        if change.erased:
            await self._database.scrub()
        return change

    async def bookmark(self, id: RoundId, account: Account) -> Bookmark | None:
        return await self._database.read(lambda db: reading.bookmark(db, id, account))

    async def turn_to(self, id: RoundId, account: Account, position: int) -> None:
        await self._database.write(lambda db: reading.turn_to(db, id, account, position), is_small=True)

    async def read_all(self, id: RoundId, account: Account, rule: HeardRule, now: datetime) -> bool:
        return await self._database.write(lambda db: reading.read_all(db, id, account, rule, now))

    async def due(self, now: datetime, limit: int) -> Sequence[RoundId]:
        return await self._database.read(
            lambda db: [RoundId(row.id) for row in DUE.all(db, {"now": now, "limit": limit})]
        )

    async def next_due(self) -> datetime | None:
        return await self._database.read(lambda db: NEXT_DUE.value(db, {}))

    async def put_off(self, id: RoundId, until: datetime, now: datetime) -> None:
        values = {"here": id, "until": until, "now": now}
        await self._database.write(lambda db: db.execute(PUT_OFF, values).close(), is_small=True)

    async def close(self, ids: Sequence[RoundId], now: datetime) -> Sequence[RoundId]:
        """Set by set: no round is loaded. A round whose deadline was moved on in the meantime stays open."""

        def apply(connection: Connection) -> list[RoundId]:
            closed: list[RoundId] = []
            for some in chunks(ids):
                shut = _ids(connection.execute(CLOSE, {"ids": list(some), "now": now, "deadline": now - GRACE}))
                connection.execute(TOUCH_CARDS, {"ids": shut})
                for id_ in shut:
                    saving.note_phase(connection, id_, Phase.CLOSED, now)
                for row in connection.execute(WITH_STUCK, {"ids": shut}).all():
                    enqueueing.drop_pointless(connection, rows.header(row))
                closed += shut
            return closed

        return await self._database.write(apply)

    async def beat(self, now: datetime, listening: Collection[str] = ()) -> None:
        def apply(connection: Connection) -> None:
            connection.execute(BEAT, {"now": now})
            if listening:
                connection.execute(HEARD, [{"name": name, "now": now} for name in listening])

        await self._database.write(apply)
        if self._database.ledger:
            await asyncio.to_thread(self._database.ledger.beat, now)

    async def last_beat(self) -> datetime | None:
        return await self._database.read(lambda db: db.execute(LAST_BEAT).scalar())

    async def last_heard(self, platform: str) -> datetime | None:
        return await self._database.read(lambda db: db.execute(LAST_HEARD, {"name": platform}).scalar())

    async def over_since(self, before: datetime, limit: int) -> Sequence[RoundId]:
        return await self._database.read(lambda db: _ids(db.execute(OVER, {"before": before, "limit": limit})))

    async def idle_drafts(self, before: datetime, limit: int) -> Sequence[RoundId]:
        return await self._database.read(lambda db: _ids(db.execute(IDLE_DRAFTS, {"before": before, "limit": limit})))

    async def in_play(self) -> Sequence[RoundId]:
        return await self._database.read(lambda db: _ids(db.execute(IN_PLAY)))

    async def closing_between(self, since: datetime, until: datetime) -> Sequence[RoundId]:
        """Those still COLLECTING whose time was before `since` were missed: they are told, too."""
        return await self._database.read(lambda db: _ids(db.execute(CLOSING, {"until": until})))


def _save_seat(connection: Connection, header: Header, before: Seat, decision: SeatDecision, now: datetime) -> None:
    after = decision.seat or before
    if after != before:
        values = {**rows.seat_values(after), "revision": before.revision + 1}
        connection.execute(saving.UPDATE_SEAT, {"here": before.id, **values})
        live_messages.touch(connection, header.id, before.id)
    if decision.destroy_words and before.id:
        if shredding.has_words(connection, before.id):
            note(connection, what="seat", seat=before.id, revision=before.revision + 1)
        shredding.words_of(connection, [before.id])
        connection.execute(shredding.UNREPLIED, {"here": before.id})
    enqueueing.owe(connection, header.id, (before,), decision.owed, now)
    if decision.touch_status:
        enqueueing.TOUCH_STATUS.run(connection, {"round": header.id})


def _ids(result: Any) -> list[RoundId]:
    return [RoundId(id_) for id_ in result.scalars()]


def _line(row: rows.Row) -> RoundLine:
    return RoundLine(
        code=RoundCode(row.code),
        service=row.service,
        phase=row.phase,
        closes_at=row.closes_at,
        is_organiser=row.organiser_id is not None,
        seat=rows.seat(row) if row.seat_id is not None else None,
    )
