"""Rows to frozen values and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row as SqlRow

from bot.answers import Level
from bot.messages import Message, MessageId, MessageKind, Op, Posted, State, Step
from bot.people import Account, Address, PersonId, Reach, Way, Why, Workspace
from bot.rounds import (
    Attribution,
    Change,
    Group,
    Header,
    Organiser,
    Phase,
    Question,
    Round,
    RoundCode,
    RoundId,
    Seat,
    SeatId,
    Statement,
    Venue,
    VenueId,
)
from bot.setups import Setup
from storage.database import tables as t
from storage.database.serialization import pack, unpack, unpack_args

Row = SqlRow[*tuple[Any, ...]]

Sizes = tuple[tuple[str, int, datetime], ...]
"""`Round.sizes`."""

HEADER: Final = tuple(
    t.round_.c[name]
    for name in (
        "id",
        "code",
        "phase",
        "attribution",
        "version",
        "closes_at",
        "closed_at",
        "revealing_at",
        "revealed_at",
        "ends_at",
        "late_for",
        "lost_since",
        "stood_at",
    )
)

_SEAT_NAMES: Final = (
    "name",
    "locale",
    "tz",
    "person_id",
    "way",
    "asked_at",
    "dm_closed_at",
    "drafted_at",
    "replied_at",
    "declined_at",
    "snoozed_until",
    "stopped_at",
    "removed_at",
    "unreachable",
    "moving_to",
    "listed_in",
    "counted_in",
    "revision",
)

SEAT: Final = (
    t.seat.c.id.label("seat_id"),
    t.account.c.platform.label("seat_platform"),
    t.account.c.workspace.label("seat_workspace"),
    t.account.c.user.label("seat_user"),
    t.seat.c.group_name,
    *(t.seat.c[name].label(f"seat_{name}") for name in _SEAT_NAMES),
)
"""Of `seat JOIN account`."""

MESSAGE: Final = tuple(column.label(f"message_{column.name}") for column in t.message.c)

_PLAIN: Final = (
    "code",
    "phase",
    "stage",
    "attribution",
    "version",
    "created_at",
    "opening_at",
    "opened_at",
    "closes_at",
    "nudged_at",
    "reminded_at",
    "smaller_since",
    "smaller_told_at",
    "closed_at",
    "prepared_at",
    "held_back_at",
    "reveal_agreed_at",
    "waits_since",
    "waits_for",
    "revealing_at",
    "revealed_at",
    "ends_at",
    "due_at",
    "moved_for_downtime",
    "small_group",
    "root",
    "time_zone",
    "locale",
    "service",
    "proposal",
    "decided",
    "still_open",
    "contact",
    "next_steps",
    "lost_since",
    "stood_at",
    "stood_root",
    "heard",
)
"""Fields of a round that are columns of the same name."""


def header(row: Row) -> Header:
    return Header(
        id=RoundId(row.id),
        code=RoundCode(row.code),
        phase=Phase(row.phase),
        attribution=Attribution(row.attribution),
        version=row.version,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        revealing_at=row.revealing_at,
        revealed_at=row.revealed_at,
        ends_at=row.ends_at,
        late_for=timedelta(seconds=row.late_for),
        lost_since=row.lost_since,
        stood_at=row.stood_at,
    )


def seat(row: Row) -> Seat:
    return Seat(
        id=SeatId(row.seat_id),
        person_id=PersonId(row.seat_person_id),
        account=Account(platform=row.seat_platform, workspace=row.seat_workspace, user=row.seat_user),
        name=row.seat_name,
        group=row.group_name,
        locale=row.seat_locale,
        tz=row.seat_tz,
        way=Way(row.seat_way),
        asked_at=row.seat_asked_at,
        dm_closed_at=row.seat_dm_closed_at,
        drafted_at=row.seat_drafted_at,
        replied_at=row.seat_replied_at,
        declined_at=row.seat_declined_at,
        snoozed_until=row.seat_snoozed_until,
        stopped_at=row.seat_stopped_at,
        removed_at=row.seat_removed_at,
        unreachable=Why(row.seat_unreachable) if row.seat_unreachable else None,
        moving_to=row.seat_moving_to,
        listed_in=row.seat_listed_in,
        counted_in=row.seat_counted_in,
        revision=row.seat_revision,
    )


def seat_or_none(row: Row) -> Seat | None:
    return seat(row) if row.seat_id is not None else None


def seat_values(value: Seat) -> dict[str, Any]:
    """What a change may set; not whose seat it is."""
    return {
        "name": value.name,
        "group_name": value.group,
        "locale": value.locale,
        "tz": value.tz,
        "way": value.way,
        "asked_at": value.asked_at,
        "dm_closed_at": value.dm_closed_at,
        "drafted_at": value.drafted_at,
        "replied_at": value.replied_at,
        "declined_at": value.declined_at,
        "snoozed_until": value.snoozed_until,
        "stopped_at": value.stopped_at,
        "removed_at": value.removed_at,
        "unreachable": value.unreachable,
        "moving_to": value.moving_to,
        "listed_in": value.listed_in,
        "counted_in": value.counted_in,
        "revision": value.revision,
    }


def round_values(value: Round) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _PLAIN} | {
        "platform": value.workspace.platform,
        "workspace": value.workspace.id,
        "late_for": value.late_for.total_seconds(),
        "remind_at": pack(tuple[datetime, ...], value.remind_at),
        "changes": pack(tuple[Change, ...], value.changes),
        "sizes": pack(Sizes, value.sizes),
        "statement": pack(Statement, value.statement) if value.statement else None,
    }


def shell(row: Row) -> Round:
    """A round as its own row tells it."""
    return Round(
        id=RoundId(row.id),
        workspace=Workspace(platform=row.platform, id=row.workspace),
        late_for=timedelta(seconds=row.late_for),
        remind_at=unpack(tuple[datetime, ...], row.remind_at),
        changes=unpack(tuple[Change, ...], row.changes),
        sizes=unpack(Sizes, row.sizes),
        statement=unpack(Statement, row.statement) if row.statement else None,
        setup=Setup(fields=unpack(dict[str, tuple[str, ...]], row.fields), edition=row.edition),
        **{name: getattr(row, name) for name in _PLAIN},
    )


def filled(
    value: Round,
    venues: Sequence[Row],
    organisers: Sequence[Row],
    groups: Sequence[Row],
    questions: Sequence[Row],
) -> Round:
    return replace(
        value,
        venues=tuple(venue(row) for row in venues),
        organisers=tuple(
            Organiser(
                account=Account(platform=row.platform, workspace=row.workspace, user=row.user),
                name=row.name,
                is_first=row.is_first,
                gone_at=row.gone_at,
                dm_closed_at=row.dm_closed_at,
            )
            for row in organisers
        ),
        groups=tuple(Group(name=row.name, is_leaders=row.is_leaders, asks_as=row.asks_as) for row in groups),
        questions=tuple(
            Question(group=row.group_name, level=Level(row.level), locale=row.locale, text=row.text, hint=row.hint)
            for row in questions
        ),
    )


def venue(row: Row) -> Venue:
    where = Address(platform=row.platform, workspace=row.workspace, channel=row.channel)
    return Venue(
        id=VenueId(row.id),
        address=where,
        told=unpack(Reach, row.told),
        refused_at=row.refused_at,
        refusal=row.refusal,
        opens_at=row.opens_at,
    )


def message(row: Row, *, of: Header | None = None, claimed_at: datetime | None = None) -> Message:
    """Of MESSAGE, the header (or `of`), the seat (or nulls) and where the anchor stands.

    `claimed_at`: as it is once it has been claimed.
    """
    return Message(
        id=MessageId(row.message_id),
        key=row.message_key,
        round_id=RoundId(row.message_round_id),
        kind=MessageKind(row.message_kind),
        op=Op(row.message_op),
        to=Address(
            platform=row.message_platform,
            workspace=row.message_workspace,
            channel=row.message_channel,
            user=row.message_user,
        ),
        state=State.SENDING if claimed_at else State(row.message_state),
        attempt=row.message_attempt + 1 if claimed_at else row.message_attempt,
        args=unpack_args(row.message_args),
        tried_at=claimed_at or row.message_tried_at,
        step=Step(name=row.message_step_name, value=row.message_step_value or "") if row.message_step_name else None,
        posted=posted(row.message_posted_place, row.message_posted_id),
        anchor=posted(row.anchor_place, row.anchor_posted),
        in_thread=row.message_in_thread,
        is_card=row.message_is_card,
        header=of or header(row),
        seat=seat_or_none(row),
    )


def posted(place: str | None, id_: str | None) -> Posted | None:
    return Posted(place=place, id=id_) if place is not None and id_ is not None else None
