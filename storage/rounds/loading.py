"""Reading rounds: whole, without their seats, or one seat alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select

from bot.errors import UnknownRound
from bot.people import Account
from bot.ports import OwnSeat
from bot.rounds import Header, Round, RoundCode, RoundId, Seat
from bot.rules.answering import no_seat
from bot.rules.groups import told
from bot.setups import LookedUp
from storage.database import rows
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.database.serialization import unpack

T = TypeVar("T")

MANY = 500
"""Values in one IN (…)."""

ID: Final[Any] = bindparam("id")


def written(column: ColumnElement[Any], *values: str) -> ColumnElement[bool]:
    """`column` is one of the values, written out: SQLite uses a partial index only where it can read that it holds."""
    literals: list[ColumnElement[Any]] = [literal_column(f"'{value}'") for value in values]
    return column == literals[0] if len(literals) == 1 else column.in_(literals)


def chunks(values: Sequence[T], size: int = MANY) -> Iterator[Sequence[T]]:
    return (values[at : at + size] for at in range(0, len(values), size))


_ACCOUNT_IS: Final = (
    (t.account.c.platform == bindparam("platform"))
    & (t.account.c.workspace == bindparam("workspace"))
    & (t.account.c.user == bindparam("user"))
)

ID_OF_CODE: Final = Prepared(select(t.round_.c.id).where(t.round_.c.code == bindparam("code")))
HEADER_OF_CODE: Final = Prepared(select(*rows.HEADER).where(t.round_.c.code == bindparam("code")))
PHASE: Final = Prepared(select(t.round_.c.phase).where(t.round_.c.id == ID))
_SHELL: Final = (
    select(t.round_, t.setup.c.fields, t.setup.c.edition).join_from(t.round_, t.setup).where(t.round_.c.id == ID)
)
SHELL: Final = Prepared(_SHELL)
SHELL_LOCKED: Final = Prepared(_SHELL.with_for_update(of=t.round_))
LOOKED_UP: Final = Prepared(select(t.setup.c.looked_up).where(t.setup.c.round_id == ID))
VENUES: Final = Prepared(select(t.venue).where(t.venue.c.round_id == ID).order_by(t.venue.c.position))
ORGANISERS: Final = Prepared(
    select(t.organiser, t.account.c.platform, t.account.c.workspace, t.account.c.user)
    .join_from(t.organiser, t.account)
    .where(t.organiser.c.round_id == ID)
    .order_by(t.organiser.c.position)
)
GROUPS: Final = Prepared(select(t.group).where(t.group.c.round_id == ID).order_by(t.group.c.position))
QUESTIONS: Final = Prepared(select(t.question).where(t.question.c.round_id == ID).order_by(t.question.c.position))
SEATS: Final = Prepared(
    select(*rows.SEAT).join_from(t.seat, t.account).where(t.seat.c.round_id == ID).order_by(t.seat.c.id)
)
_HEADER_AND_SEAT: Final = (
    select(*rows.HEADER, *rows.SEAT, t.seat.c.wrapped, t.seat.c.key_version)
    .select_from(t.round_)
    .join(t.account, _ACCOUNT_IS)
    .join(t.seat, (t.seat.c.round_id == t.round_.c.id) & (t.seat.c.account_id == t.account.c.id))
    .where(t.round_.c.code == bindparam("code"))
)
HEADER_AND_SEAT: Final = Prepared(_HEADER_AND_SEAT)
HEADER_AND_SEAT_LOCKED: Final = Prepared(_HEADER_AND_SEAT.with_for_update(read=True, of=t.round_))
HEADER_SEAT_AND_ACT: Final = Prepared(
    _HEADER_AND_SEAT.outerjoin(t.act, (t.act.c.round_id == t.round_.c.id) & (t.act.c.id == bindparam("act")))
    .add_columns(
        t.act.c.id.label("act_id"),
        t.act.c.done.label("act_done"),
    )
    .with_for_update(read=True, of=t.round_)
)
"""All that taking in a reply must know, at once: it is read a thousand times in the last minute."""
SURE_OF_GROUP: Final = Prepared(
    select(func.count().label("people")).where(
        t.seat.c.round_id == ID,
        t.seat.c.group_name == bindparam("group"),
        t.seat.c.removed_at.is_(None),
        t.seat.c.unreachable.is_(None),
        t.seat.c.counted_in.is_(None),
    )
)
"""As `bot.rules.groups.sure`."""
ACCOUNT: Final = select(t.account.c.id, t.account.c.person_id).where(_ACCOUNT_IS)


def account_of(account: Account) -> dict[str, str]:
    return {"platform": account.platform, "workspace": account.workspace, "user": account.user}


def id_of(connection: Connection, ref: RoundCode | RoundId) -> RoundId:
    if isinstance(ref, int):
        return RoundId(ref)
    found = ID_OF_CODE.value(connection, {"code": ref})
    if found is None:
        raise UnknownRound(code=ref)
    return RoundId(found)


def shell(connection: Connection, id_: RoundId, *, locked: bool = False) -> Round:
    """Everything but the seats and what was looked up of people. Raises UnknownRound."""
    here = {"id": id_}
    row = (SHELL_LOCKED if locked else SHELL).one(connection, here)
    if row is None:
        raise UnknownRound(id=id_)
    return rows.filled(
        rows.shell(row),
        venues=VENUES.all(connection, here),
        organisers=ORGANISERS.all(connection, here),
        groups=GROUPS.all(connection, here),
        questions=QUESTIONS.all(connection, here),
    )


def whole(connection: Connection, id_: RoundId, *, locked: bool = False) -> Round:
    """Raises UnknownRound."""
    without = shell(connection, id_, locked=locked)
    looked_up = unpack(LookedUp, LOOKED_UP.value(connection, {"id": id_}))
    setup = replace(without.setup, looked_up=looked_up)
    return replace(without, setup=setup, seats=seats(connection, id_))


def seats(connection: Connection, id_: RoundId) -> tuple[Seat, ...]:
    return tuple(rows.seat(row) for row in SEATS.all(connection, {"id": id_}))


def header_and_seat(
    connection: Connection, ref: RoundCode, account: Account, *, locked: bool = False
) -> tuple[Header, Seat | None, rows.Row | None]:
    """The row holds the wrapped key. Raises UnknownRound."""
    statement = HEADER_AND_SEAT_LOCKED if locked else HEADER_AND_SEAT
    row = statement.one(connection, {"code": ref, **account_of(account)})
    if row is not None:
        return rows.header(row), rows.seat(row), row
    alone = HEADER_OF_CODE.one(connection, {"code": ref})
    if alone is None:
        raise UnknownRound(code=ref)
    return rows.header(alone), None, None


def own_seat(connection: Connection, ref: RoundCode, account: Account) -> OwnSeat:
    """Raises UnknownRound, NotAllowed."""
    header, seat, _ = header_and_seat(connection, ref, account)
    round_ = shell(connection, header.id)
    if seat is None:
        raise no_seat(round_, account)
    sure = SURE_OF_GROUP.value(connection, {"id": header.id, "group": seat.group})
    return OwnSeat(round_=replace(round_, seats=(seat,)), seat=seat, group_size=told(round_, seat, sure))
