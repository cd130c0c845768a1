"""Erasing a round, or a person: rows go, and nothing in other rows names them any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, union, update

from bot.people import Account, PersonId
from bot.ports import Erased
from bot.rounds import RoundId
from storage.database import tables as t
from storage.outbox import enqueueing
from storage.rounds.loading import account_of
from storage.words import envelopes, shredding
from storage.words.ledger import note, who

_PERSON: Final[Any] = bindparam("person")
_ROUND: Final[Any] = bindparam("round")
_ACCOUNT: Final[Any] = bindparam("account")

DELETE_ROUND: Final = delete(t.round_).where(t.round_.c.id == _ROUND)
ACCOUNTS: Final = select(t.account).where(t.account.c.person_id == _PERSON)
SEATS: Final = select(t.seat.c.id, t.seat.c.round_id).where(t.seat.c.person_id == _PERSON)
ROUNDS: Final = union(
    select(t.seat.c.round_id).where(t.seat.c.account_id == _ACCOUNT),
    select(t.organiser.c.round_id).where(t.organiser.c.account_id == _ACCOUNT),
)
SETUP: Final = select(t.setup.c.fields).where(t.setup.c.round_id == _ROUND)
CLEAN_SETUP: Final = (
    update(t.setup).where(t.setup.c.round_id == _ROUND).values(fields=bindparam("typed"), looked_up=None)
)
_M: Final = t.message.c
_TO_THEM: Final = and_(
    _M.platform == bindparam("platform"), _M.workspace == bindparam("workspace"), _M.user == bindparam("user")
)
DELETE_MESSAGES: Final = (
    delete(t.message).where(_M.round_id == _ROUND, or_(_TO_THEM, _M.seat_id == bindparam("seat"))).returning(_M.lane)
)
BLANK_ACTS: Final = (
    update(t.act)
    .where(t.act.c.round_id == _ROUND, t.act.c.seat_id == bindparam("seat"))
    .values(at=bindparam("day"), outcome=None, seat_id=None, kind=None, revision=None, is_first=None)
)
DELETE_SEATS: Final = delete(t.seat).where(t.seat.c.person_id == _PERSON)
DELETE_ORGANISER: Final = delete(t.organiser).where(t.organiser.c.account_id == _ACCOUNT)
DELETE_ACCOUNTS: Final = delete(t.account).where(t.account.c.person_id == _PERSON)
DELETE_PERSON: Final = delete(t.person).where(t.person.c.id == _PERSON)


def destroy(connection: Connection, id_: RoundId) -> Erased:
    gone = connection.execute(DELETE_ROUND, {"round": id_}).rowcount
    note(connection, what="round", round=id_)
    return Erased(what="round", is_final=False, found=bool(gone))


def erase(connection: Connection, id_: PersonId, now: datetime) -> Erased:
    whose = {"person": id_}
    seats = {row.round_id: row.id for row in connection.execute(SEATS, whose)}
    lanes: set[str] = set()
    for account in connection.execute(ACCOUNTS, whose).all():
        whole = Account(platform=account.platform, workspace=account.workspace, user=account.user)
        for round_id in connection.execute(ROUNDS, {"account": account.id}).scalars().all():
            here = {"round": round_id, "seat": seats.get(round_id)}
            lanes |= set(connection.execute(DELETE_MESSAGES, {**here, **account_of(whole)}).scalars())
            connection.execute(BLANK_ACTS, {**here, "day": shredding.day(now)})
            _clean_setup(connection, round_id, account.user)
        connection.execute(DELETE_ORGANISER, {"account": account.id})
        note(connection, what="person", who=who(whole))
    for seat_id in seats.values():
        for voice in connection.execute(envelopes.SIGNED_BY, {"seat": seat_id}).all():
            connection.execute(envelopes.BLANK, {"voice": voice.id, "at": shredding.day(now)})
    for statement in (DELETE_SEATS, DELETE_ACCOUNTS):
        connection.execute(statement, whose)
    gone = connection.execute(DELETE_PERSON, whose).rowcount
    enqueueing.promote(connection, lanes)
    return Erased(what="person", is_final=False, found=bool(gone))


def _clean_setup(connection: Connection, round_id: RoundId, user: str) -> None:
    typed = connection.execute(SETUP, {"round": round_id}).scalar()
    kept = {name: [value for value in values if value != user] for name, values in (typed or {}).items()}
    connection.execute(CLEAN_SETUP, {"round": round_id, "typed": kept})
