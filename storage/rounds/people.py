"""Who somebody is across rounds, and what is kept of them: shown before it is erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from bot.people import Account, PersonId
from storage.database import tables as t

PERSON: Final = select(t.account.c.person_id).where(
    t.account.c.platform == bindparam("platform"),
    t.account.c.workspace == bindparam("workspace"),
    t.account.c.user == bindparam("user"),
)
SEATS: Final = select(func.count()).where(t.seat.c.person_id == bindparam("person"))
SEALED: Final = select(func.count()).where(
    t.envelope.c.seat_id == t.seat.c.id, t.seat.c.person_id == bindparam("person")
)
SIGNED: Final = select(func.count()).where(
    t.perspective.c.seat_id == t.seat.c.id, t.seat.c.person_id == bindparam("person")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOf:
    """What is kept of one person."""

    person: PersonId
    seats: int  # rounds they were asked in
    sealed: int  # drafts and replies that only they can read
    signed: int  # published words with their name


def kept_of(connection: Connection, account: Account) -> KeptOf | None:
    """None: this account was never in a round."""
    asked = {"platform": account.platform, "workspace": account.workspace, "user": account.user}
    person = connection.execute(PERSON, asked).scalar()
    if person is None:
        return None
    whose = {"person": person}
    return KeptOf(
        person=PersonId(person),
        seats=connection.execute(SEATS, whose).scalar_one(),
        sealed=connection.execute(SEALED, whose).scalar_one(),
        signed=connection.execute(SIGNED, whose).scalar_one(),
    )
