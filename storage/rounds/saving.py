"""Writing what a rule decided: how the round differs from what it was, and what follows from that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from bot.people import Account, Reach
from bot.rounds import Phase, Round, RoundId, Seat, Venue
from bot.rules.moves import Decision, must_move, next_due
from bot.setups import Fields, LookedUp, Setup
from storage.database import rows
from storage.database import tables as t
from storage.database.serialization import pack
from storage.outbox import enqueueing
from storage.rounds import loading
from storage.rounds.loading import account_of, chunks
from storage.words import shredding
from storage.words.ledger import CAME, note

HERE: Final[Any] = bindparam("here")

INSERT_ROUND: Final = insert(t.round_).returning(t.round_.c.id)
INSERT_SETUP: Final = insert(t.setup)
INSERT_PERSON: Final = insert(t.person).returning(t.person.c.id, sort_by_parameter_order=True)
INSERT_ACCOUNT: Final = insert(t.account)
INSERT_SEAT: Final = insert(t.seat)
INSERT_AUDIT: Final = insert(t.audit)
UPDATE_SETUP: Final = update(t.setup).where(t.setup.c.round_id == HERE)
UPDATE_SEAT: Final = update(t.seat).where(t.seat.c.id == HERE)
DELETE_SEAT: Final = delete(t.seat).where(t.seat.c.id == HERE)
ACCOUNTS: Final = select(t.account).where(
    t.account.c.platform == bindparam("platform"),
    t.account.c.workspace == bindparam("workspace"),
    t.account.c.user.in_(bindparam("users", expanding=True)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    round_: Round
    shredded: bool = False


def decide(connection: Connection, before: Round, decision: Decision, now: datetime) -> Saved:
    """All of one decision, in the transaction of its caller."""
    after = decision.round_ or before
    if after != before:
        after = save(connection, before, after, now)
    if after.phase is not before.phase:
        enqueueing.drop_pointless(connection, after.header)
    enqueueing.owe(connection, after.id, after.seats, decision.owed, now)
    enqueueing.touch(connection, after.id, decision.touch, every=decision.touch_all)
    enqueueing.hasten(connection, decision.hasten, now)
    enqueueing.unask(connection, after.id, decision.unasked)
    enqueueing.again(connection, decision.again, now)
    if decision.free_lanes:
        enqueueing.free(connection, after.id, now)
    if decision.unplan:
        enqueueing.unplan(connection, after.id, decision.unplan)
    if decision.audit:
        notes = [{"round_id": after.id, "at": now, "what": what} for what in decision.audit]
        connection.execute(INSERT_AUDIT, notes)
    shredded = shredding.decided(connection, after, decision, now)
    if shredded:
        after = replace(after, seats=loading.seats(connection, after.id))
    return Saved(round_=after, shredded=shredded)


def create(connection: Connection, draft: Round, started_by: bytes, now: datetime) -> Round:
    """Of a draft whose code is free. Its id is given here."""
    draft = replace(draft, due_at=next_due(draft))
    id_ = RoundId(connection.execute(INSERT_ROUND, {**rows.round_values(draft), "started_by": started_by}).scalar_one())
    connection.execute(INSERT_SETUP, {"round_id": id_, **_setup(draft.setup)})
    stored = replace(draft, id=id_)
    _save_parts(connection, None, stored)
    _save_seats(connection, (), stored, now)
    return loading.whole(connection, id_)


def save(connection: Connection, before: Round, after: Round, now: datetime) -> Round:
    """Returns the round as it is stored: a version more, with ids where there were none."""
    if after.phase is not before.phase:
        must_move(before.phase, after.phase)
        if after.phase in (Phase.CLOSED, Phase.REVEALED):
            note_phase(connection, after.id, after.phase, now, after.root)
    after = replace(after, version=before.version + 1, due_at=next_due(after))
    old, new = rows.round_values(before), rows.round_values(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    connection.execute(update(t.round_).where(t.round_.c.id == after.id).values(changed))
    if after.setup != before.setup:
        connection.execute(UPDATE_SETUP, {"here": after.id, **_setup(after.setup)})
    _save_parts(connection, before, after)
    if after.seats != before.seats:
        _save_seats(connection, before.seats, after, now)
    if any(seat.id is None for seat in after.seats) or any(venue.id is None for venue in after.venues):
        return loading.whole(connection, after.id)
    return after


def note_phase(connection: Connection, id_: RoundId, phase: Phase, at: datetime, root: str | None = None) -> None:
    """A backup from before it must not collect, or publish, again. `root`: of what was published."""
    note(connection, what=CAME, round=id_, phase=phase.value, time=at.isoformat(), root=root or "")


def _setup(setup: Setup) -> dict[str, Any]:
    looked_up = pack(LookedUp, setup.looked_up) if setup.looked_up else None
    return {"fields": pack(Fields, setup.fields), "edition": setup.edition, "looked_up": looked_up}


def _save_parts(connection: Connection, before: Round | None, after: Round) -> None:
    """The short lists: where one changed it is written anew, but venues keep their ids."""
    if before is None or before.groups != after.groups:
        _anew(
            connection,
            t.group,
            after.id,
            [{"name": group.name, "is_leaders": group.is_leaders, "asks_as": group.asks_as} for group in after.groups],
        )
    if before is None or before.questions != after.questions:
        _anew(
            connection,
            t.question,
            after.id,
            [
                {
                    "group_name": question.group,
                    "level": question.level,
                    "locale": question.locale,
                    "text": question.text,
                    "hint": question.hint,
                }
                for question in after.questions
            ],
        )
    if before is None or before.venues != after.venues:
        _anew(connection, t.venue, after.id, [_venue(venue) for venue in after.venues])
    if before is None or before.organisers != after.organisers:
        known = _known(connection, [organiser.account for organiser in after.organisers], after.created_at)
        _anew(
            connection,
            t.organiser,
            after.id,
            [
                {
                    "account_id": known[organiser.account][0],
                    "name": organiser.name,
                    "is_first": organiser.is_first,
                    "gone_at": organiser.gone_at,
                    "dm_closed_at": organiser.dm_closed_at,
                }
                for organiser in after.organisers
            ],
        )


def _anew(connection: Connection, table: Table, id_: RoundId, parts: Sequence[dict[str, Any]]) -> None:
    connection.execute(delete(table).where(table.c.round_id == id_))
    if parts:
        # one by one, as a venue has an id or has none
        numbered = [{"round_id": id_, "position": position, **part} for position, part in enumerate(parts)]
        for part in numbered:
            connection.execute(insert(table), part)


def _venue(venue: Venue) -> dict[str, Any]:
    where = venue.address
    told = {
        "platform": where.platform,
        "workspace": where.workspace,
        "channel": where.channel,
        "told": pack(Reach, venue.told),
        "refused_at": venue.refused_at,
        "refusal": venue.refusal,
        "opens_at": venue.opens_at,
    }
    return told if venue.id is None else {"id": venue.id, **told}


def _save_seats(connection: Connection, before: Sequence[Seat], after: Round, now: datetime) -> None:
    old = {seat.id: seat for seat in before}
    changed = [
        {"here": seat.id, **rows.seat_values(seat)}
        for seat in after.seats
        if seat.id is not None and seat != old.get(seat.id)
    ]
    gone = old.keys() - {seat.id for seat in after.seats}
    new = [seat for seat in after.seats if seat.id is None]
    if changed:
        connection.execute(UPDATE_SEAT, changed)
    if gone:
        connection.execute(DELETE_SEAT, [{"here": id_} for id_ in gone])
    if new:
        known = _known(connection, [seat.account for seat in new], now)
        connection.execute(INSERT_SEAT, [_new_seat(seat, after.id, *known[seat.account]) for seat in new])


def _new_seat(seat: Seat, round_id: RoundId, account_id: int, person_id: int) -> dict[str, Any]:
    whose = {"round_id": round_id, "account_id": account_id, "person_id": person_id}
    return {**whose, **rows.seat_values(seat), "wrapped": None, "key_version": None}


def _known(connection: Connection, accounts: Sequence[Account], now: datetime) -> dict[Account, tuple[int, int]]:
    """Account -> (its id, its person's id); strangers become persons of their own."""
    found = _accounts(connection, accounts)
    strangers = [account for account in dict.fromkeys(accounts) if account not in found]
    if not strangers:
        return found
    people = connection.execute(INSERT_PERSON, [{"since": now.date()} for _ in strangers]).scalars()
    connection.execute(
        INSERT_ACCOUNT,
        [{"person_id": person, **account_of(account)} for person, account in zip(people, strangers, strict=True)],
    )
    return _accounts(connection, accounts)


def _accounts(connection: Connection, accounts: Sequence[Account]) -> dict[Account, tuple[int, int]]:
    users: dict[tuple[str, str], list[str]] = {}
    for account in accounts:
        users.setdefault((account.platform, account.workspace), []).append(account.user)
    return {
        Account(platform=row.platform, workspace=row.workspace, user=row.user): (row.id, row.person_id)
        for (platform, workspace), listed in users.items()
        for some in chunks(listed)
        for row in connection.execute(ACCOUNTS, {"platform": platform, "workspace": workspace, "users": list(some)})
    }
