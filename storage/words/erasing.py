"""Erasing a round, or a person: rows go, and nothing in other rows names them any more."""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, String, bindparam, cast, delete, select, union, update

from bot.people import Account, PersonId, Reach
from bot.ports import Erased
from bot.rounds import RoundId
from bot.rules.erasing import is_key_of, is_told_of, names_in, reach_without, setup_without
from bot.setups import Fields, LookedUp, Setup
from storage.database import tables as t
from storage.database.rows import Row
from storage.database.serialization import pack, unpack
from storage.outbox import enqueueing
from storage.rounds.loading import ACCOUNT, account_of
from storage.words import envelopes, requesting, shredding
from storage.words.ledger import note, who

_PERSON: Final[Any] = bindparam("person")
_ROUND: Final[Any] = bindparam("round")
_ACCOUNT: Final[Any] = bindparam("account")
_HERE: Final[Any] = bindparam("here")


def _raw(column: Column[Any]) -> ColumnElement[str]:
    """JSON as it is written: far more rows are looked at than are read."""
    return cast(column, String).label(f"raw_{column.name}")


DELETE_ROUND: Final = delete(t.round_).where(t.round_.c.id == _ROUND)
ACCOUNTS: Final = select(t.account).where(t.account.c.person_id == _PERSON)
SEATS: Final = select(t.seat.c.id).where(t.seat.c.person_id == _PERSON)
NAMES: Final = union(
    select(t.seat.c.name).where(t.seat.c.account_id == _ACCOUNT),
    select(t.organiser.c.name).where(t.organiser.c.account_id == _ACCOUNT),
)
SETUPS: Final = select(
    t.setup, _raw(t.setup.c.fields), _raw(t.setup.c.looked_up), t.round_.c.platform, t.round_.c.workspace
).join_from(t.setup, t.round_)
SETUPS_OF: Final = SETUPS.where(t.round_.c.platform == bindparam("platform"))
CLEAN_SETUP: Final = (
    update(t.setup).where(t.setup.c.round_id == _HERE).values(fields=bindparam("typed"), looked_up=bindparam("found"))
)
VENUES: Final = select(t.venue.c.id, t.venue.c.platform, t.venue.c.workspace, t.venue.c.told)
VENUES_OF: Final = VENUES.where(t.venue.c.platform == bindparam("platform"))
CLEAN_VENUE: Final = update(t.venue).where(t.venue.c.id == _HERE).values(told=bindparam("of_whom"))
MESSAGES: Final = select(
    *(t.message.c[name] for name in ("id", "key", "lane", "platform", "workspace", "user", "seat_id", "args")),
    _raw(t.message.c.args),
)
DELETE_MESSAGE: Final = delete(t.message).where(t.message.c.id == _HERE)
OUTCOMES: Final = select(t.act.c.round_id, t.act.c.id, t.act.c.outcome, _raw(t.act.c.outcome)).where(
    t.act.c.outcome.is_not(None)
)
BLANK_OUTCOME: Final = (
    update(t.act).where(t.act.c.round_id == _ROUND, t.act.c.id == bindparam("act")).values(outcome=None)
)
DELETE_SEATS: Final = delete(t.seat).where(t.seat.c.person_id == _PERSON)
DELETE_ORGANISER: Final = delete(t.organiser).where(t.organiser.c.account_id == _ACCOUNT)
DELETE_READINGS: Final = delete(t.reading).where(t.reading.c.reader == bindparam("digest"))
DELETE_ZONE: Final = delete(t.vault).where(t.vault.c.key == bindparam("zone"))
DELETE_ACCOUNTS: Final = delete(t.account).where(t.account.c.person_id == _PERSON)
DELETE_PERSON: Final = delete(t.person).where(t.person.c.id == _PERSON)


def destroy(connection: Connection, id_: RoundId) -> Erased:
    gone = connection.execute(DELETE_ROUND, {"round": id_}).rowcount
    if gone:
        note(connection, what="round", round=id_)
    return Erased(what="round", is_final=False, found=bool(gone))


def erase(connection: Connection, whom: PersonId | Account, now: datetime) -> Erased:
    """An account also where it has no person: where it is only named by others."""
    person, accounts = _known(connection, whom)
    seats = frozenset(connection.execute(SEATS, {"person": person}).scalars())
    count = 0
    for account, id_ in accounts:
        names = set(connection.execute(NAMES, {"account": id_}).scalars())
        count += _Traces(connection, account, names, seats).erase()
        count += connection.execute(DELETE_READINGS, {"digest": who(account)}).rowcount
        count += connection.execute(DELETE_ZONE, {"zone": account.zone_key}).rowcount
        connection.execute(DELETE_ORGANISER, {"account": id_})
    for seat_id in seats:
        for voice in connection.execute(envelopes.SIGNED_BY, {"seat": seat_id}).all():
            connection.execute(envelopes.BLANK, {"voice": voice.id, "at": shredding.day(now)})
            requesting.forget(connection, voice.id)
    for statement in (DELETE_SEATS, DELETE_ACCOUNTS):
        connection.execute(statement, {"person": person})
    count += connection.execute(DELETE_PERSON, {"person": person}).rowcount
    if count:
        for account, _ in accounts:
            note(connection, what="person", who=who(account))
    return Erased(what="person", is_final=False, found=bool(count))


def _known(connection: Connection, whom: PersonId | Account) -> tuple[int | None, list[tuple[Account, int | None]]]:
    """The person, and all their accounts with their ids."""
    person: int | None
    if isinstance(whom, Account):
        found = connection.execute(ACCOUNT, account_of(whom)).one_or_none()
        if found is None:
            return None, [(whom, None)]
        person = found.person_id
    else:
        person = whom
    rows = connection.execute(ACCOUNTS, {"person": person}).all()
    return person, [(Account(platform=row.platform, workspace=row.workspace, user=row.user), row.id) for row in rows]


@dataclass(slots=True)
class _Traces:
    """Where rows of others name one account."""

    connection: Connection
    account: Account
    names: set[str]
    seats: Set[int]

    def erase(self) -> int:
        """How many there were. Set-ups first: they know names by which others were told of them."""
        return self._from_setups() + self._from_venues() + self._from_messages() + self._from_outcomes()

    def _may_be_in(self, *texts: str | None) -> bool:
        needles = [self.account.user, *(json.dumps(name)[1:-1] for name in self.names)]
        return any(needle in text for text in texts if text for needle in needles)

    def _from_setups(self) -> int:
        rows = self.connection.execute(SETUPS_OF, {"platform": self.account.platform}).all()
        setups = [(row.round_id, _setup(row)) for row in rows if self._may_be_in(row.raw_fields, row.raw_looked_up)]
        for _, setup in setups:
            self.names |= names_in(setup, self.account)
        count = 0
        for round_id, setup in setups:
            left = setup_without(setup, self.account, self.names)
            if left != setup:
                found = pack(LookedUp, left.looked_up) if left.looked_up else None
                self.connection.execute(
                    CLEAN_SETUP, {"here": round_id, "typed": pack(Fields, left.fields), "found": found}
                )
                count += 1
        return count

    def _from_venues(self) -> int:
        count = 0
        for row in self.connection.execute(VENUES_OF, {"platform": self.account.platform}).all():
            told = unpack(Reach, row.told)
            if self.account.user in told.members:
                left = pack(Reach, reach_without(told, self.account))
                self.connection.execute(CLEAN_VENUE, {"here": row.id, "of_whom": left})
                count += 1
        return count

    def _from_messages(self) -> int:
        """Those to them, and those that tell others of them."""
        to = self.account
        gone = [
            row
            for row in self.connection.execute(MESSAGES)
            if (row.platform, row.workspace, row.user) == (to.platform, to.workspace, to.user)
            or row.seat_id in self.seats
            or self._tells(row)
        ]
        for row in gone:
            self.connection.execute(DELETE_MESSAGE, {"here": row.id})
        enqueueing.promote(self.connection, {row.lane for row in gone})
        return len(gone)

    def _tells(self, row: Row) -> bool:
        if is_key_of(row.key, self.account):
            return True
        return self._may_be_in(row.raw_args) and is_told_of(row.args, self.account, self.names)

    def _from_outcomes(self) -> int:
        """What others got to hear when they acted; asked again, it is worked out anew."""
        gone = [
            {"round": row.round_id, "act": row.id}
            for row in self.connection.execute(OUTCOMES)
            if self._may_be_in(row.raw_outcome) and is_told_of(row.outcome, self.account, self.names)
        ]
        if gone:
            self.connection.execute(BLANK_OUTCOME, gone)
        return len(gone)


def _setup(row: Row) -> Setup:
    fields = unpack(dict[str, tuple[str, ...]], row.fields)
    return Setup(fields=fields, edition=row.edition, looked_up=unpack(LookedUp, row.looked_up))


def every_account(connection: Connection) -> set[Account]:
    """All that are named anywhere, also those that have no person."""
    known = {
        Account(platform=row.platform, workspace=row.workspace, user=row.user)
        for row in connection.execute(select(t.account))
    }
    for row in connection.execute(SETUPS):
        setup = _setup(row)
        reach = setup.looked_up and setup.looked_up.reach
        refs = frozenset(value for values in setup.fields.values() for value in values)
        known |= _here(row, refs | (reach.members if reach else frozenset()))
        if setup.looked_up:
            known |= {member.account for members in setup.looked_up.cast.values() for member in members}
    for row in connection.execute(VENUES):
        known |= _here(row, unpack(Reach, row.told).members)
    return known


def _here(row: Row, users: Set[str]) -> set[Account]:
    return {Account(platform=row.platform, workspace=row.workspace, user=user) for user in users}
