"""At each start: what the list beside the key tells, and the database does not know, is done to the database again.

A database that was restored from a backup is behind the list. What was destroyed since is destroyed again, a round
that was closed does not collect again, one whose headline stood is not published again, and what may have been sent is
looked for before it is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, func, literal, null, or_, select, update

from bot.reveal import commitment
from bot.rounds import Phase, RoundId, SeatId
from storage.database import tables as t
from storage.database.database import Database
from storage.outbox import enqueueing
from storage.rounds import loading, saving
from storage.rounds.loading import written
from storage.rounds.moving import moving
from storage.words import envelopes, erasing, requesting, shredding
from storage.words.envelopes import Envelopes
from storage.words.ledger import CAME, LISTED, REPLACED, Entry, Ledger, taken_notes, who
from storage.words.seal import Seal

log = logging.getLogger(__name__)

_R: Final = t.round_.c
_HERE: Final[Any] = bindparam("here")
_REVISED: Final[Any] = bindparam("revised")
_NEXT: Final = t.seat.c.revision + 1

IDENTITY: Final = select(t.identity)
LAST_BEAT: Final = select(t.beat.c.alive_at).where(t.beat.c.id == literal(1))
BEFORE: Final = select(t.seat.c.id).where(
    t.seat.c.id == _HERE, t.seat.c.revision < bindparam("revision"), t.seat.c.wrapped.is_not(None)
)
ANY_REVISION: Final = 2**31 - 1
"""A numbered entry that the database does not know is newer than all that the database holds."""

WITHDRAWN: Final = (
    update(t.seat)
    .where(t.seat.c.id == _HERE)
    .values(replied_at=None, revision=case((_REVISED > _NEXT, _REVISED), else_=_NEXT))
)
"""A revision only grows: it is what compare-and-set goes by."""
REVISED: Final = (
    update(t.seat).where(t.seat.c.id == _HERE, t.seat.c.revision < _REVISED).values(revision=bindparam("revised"))
)
UNSEALED: Final = (
    update(t.seat)
    .where(t.seat.c.id == _HERE)
    .values(
        replied_at=None,
        drafted_at=func.coalesce(t.seat.c.drafted_at, bindparam("day", type_=t.seat.c.drafted_at.type)),
        revision=case((_REVISED > _NEXT, _REVISED), else_=_NEXT),
    )
)
VOICE: Final = select(t.perspective.c.id).where(
    t.perspective.c.round_id == bindparam("round"), t.perspective.c.commitment == bindparam("mark")
)
ATTRIBUTION: Final = select(_R.attribution).where(_R.id == bindparam("round"), _R.phase != Phase.CANCELLED)
CANCEL: Final = moving(Phase.CANCELLED).where(_R.id == _HERE).values(due_at=None, version=_R.version + 1)
CLOSE: Final = (
    moving(Phase.CLOSED)
    .where(_R.id == _HERE)
    .values(closed_at=bindparam("at"), due_at=bindparam("now"), version=_R.version + 1)
)
_AT: Final[Any] = bindparam("at", type_=_R.stood_at.type)
STOOD: Final = (
    update(t.round_)
    .where(_R.id == _HERE, written(_R.phase, "closed"))
    .values(
        # the first that is listed: a restored database lists again what it finds, by the words that it has
        stood_at=func.coalesce(_R.stood_at, _AT),
        stood_root=func.coalesce(_R.stood_root, bindparam("of_what", type_=_R.stood_root.type)),
        revealing_at=func.coalesce(_R.revealing_at, _AT),
        reveal_agreed_at=func.coalesce(_R.reveal_agreed_at, _AT),
        held_back_at=None,
        due_at=bindparam("now"),
        version=_R.version + 1,
    )
)
NOT_REFUSED: Final = update(t.venue).where(t.venue.c.round_id == _HERE).values(refused_at=None, opens_at=None)
_IN_PLAY: Final = written(_R.phase, "draft", "collecting", "closed", "revealed")
LOST: Final = (
    update(t.round_)
    .where(_IN_PLAY, _R.lost_since.is_(null()))
    .values(lost_since=func.coalesce(bindparam("since", type_=_R.lost_since.type), _R.created_at))
)
REFRESH: Final = (
    update(t.message)
    .where(t.message.c.is_card, t.message.c.round_id.in_(select(_R.id).where(_IN_PLAY)))
    .values(wanted=t.message.c.wanted + 1)
)
"""No live message is to claim that something is held which is gone."""
PERHAPS_SENT: Final = (
    update(t.message)
    .where(written(t.message.c.state, "owed"), t.message.c.not_before <= bindparam("last_seen"))
    .values(state="sending", is_head=True, attempt=t.message.c.attempt + 1, tried_at=bindparam("now"))
)
CAME_TO: Final = select(_R.id, _R.closed_at, _R.revealed_at, _R.root).where(
    written(_R.phase, "closed", "revealed", "ended"),
    or_(_R.closed_at >= bindparam("since"), _R.revealed_at >= bindparam("since")),
)

BETWEEN_BEATS: Final = timedelta(minutes=1)
"""So long after its last sign of life the bot may have lived on: twice the pause between two."""


async def open_ledger(database: Database, seal: Seal, key_file: Path, now: datetime, keep: timedelta) -> bool:
    """From here on what is destroyed is listed. True: the database was restored from a backup, and is mended.

    May be broken off and repeated. Raises KeyFolderUnwritable, KeyMissing, KeyWrong.
    """
    identity = await database.read(lambda db: db.execute(IDENTITY).one())
    beat = await database.read(lambda db: db.execute(LAST_BEAT).scalar())
    ledger = Ledger(key_file, identity.name, seal, keep)
    ledger.must_be_writable()
    ledger.load()
    if ledger.last < identity.listed:
        log.warning("list_is_older_than_database", extra={"last": ledger.last, "listed": identity.listed})
        ledger.last = identity.listed  # numbers only grow
    known = ledger.last_beat()
    is_older = known is not None and beat is not None and beat < known
    unknown = ledger.unknown_to(identity.listed, restored=is_older)
    if is_older or unknown:
        log.warning("database_was_restored", extra={"entries": len(unknown)})
        await _replay(database, Envelopes(seal), unknown, ledger, beat, now)
        await database.scrub()
    elif ledger.last > identity.listed:
        await database.write(lambda db: db.execute(LISTED, {"number": ledger.last}).close())
    ledger.settle()
    database.ledger = ledger
    await database.write(lambda db: _list_phases(db, ledger, now - keep))
    return is_older or bool(unknown)


async def _replay(
    database: Database,
    sealed: Envelopes,
    unknown: Sequence[Entry],
    ledger: Ledger,
    beat: datetime | None,
    now: datetime,
) -> None:
    """`beat`: the last one that the database knows; what was sent after it is not known here."""
    last_beat = ledger.last_beat()
    # what was due later cannot have been sent: it goes out at its own time
    last_seen = min(last_beat + BETWEEN_BEATS, now) if last_beat else now

    def apply(connection: Connection) -> None:
        for entry in unknown:
            _again(connection, sealed, entry, now)
        erased = {entry["who"] for entry in unknown if entry["what"] == "person"}
        for account in erasing.every_account(connection) if erased else ():
            if who(account) in erased:
                erasing.erase(connection, account, now)
        for digest in erased:  # a reader who was not asked is named nowhere else
            connection.execute(erasing.DELETE_READINGS, {"digest": digest})
        connection.execute(LOST, {"since": beat})
        connection.execute(PERHAPS_SENT, {"now": now, "last_seen": last_seen})
        connection.execute(REFRESH)
        connection.execute(LISTED, {"number": ledger.last})
        taken_notes(connection)  # they are in the list already

    await database.write(apply)


def _again(connection: Connection, sealed: Envelopes, entry: Entry, now: datetime) -> None:
    guard = int(entry.get("revision", 0)) if entry["n"] == 0 else ANY_REVISION
    match entry["what"]:
        case "seat":
            found = connection.execute(BEFORE, {"here": entry["seat"], "revision": guard}).scalars().all()
            _withdraw(connection, found, int(entry["revision"]))
        case "draft":
            found = connection.execute(BEFORE, {"here": entry["seat"], "revision": guard}).scalars().all()
            _drop_drafts(connection, found, int(entry["revision"]))
        case what if what == REPLACED:
            _unseal(connection, sealed, SeatId(int(entry["seat"])), int(entry["revision"]), now)
        case "voice":
            _take_down(connection, sealed, RoundId(int(entry["round"])), str(entry["commitment"]), now)
        case "cancelled":
            _cancel(connection, RoundId(int(entry["round"])), now)
        case "round":
            erasing.destroy(connection, RoundId(int(entry["round"])))
        case "person":
            pass  # all together, afterwards
        case what if what == CAME:
            _come_to(connection, RoundId(int(entry["round"])), entry, now)
        case unknown:
            raise ValueError(unknown)


def _withdraw(connection: Connection, seats: Sequence[int], revision: int) -> None:
    shredding.words_of(connection, [SeatId(seat) for seat in seats])
    for seat in seats:
        connection.execute(WITHDRAWN, {"here": seat, "revised": revision})


def _drop_drafts(connection: Connection, seats: Sequence[int], revision: int) -> None:
    """What was sealed stays."""
    for seat in seats:
        shredding.drafts_of(connection, SeatId(seat))
        connection.execute(REVISED, {"here": seat, "revised": revision})


def _unseal(connection: Connection, sealed: Envelopes, seat: SeatId, revision: int, now: datetime) -> None:
    """What was replaced since is its writer's draft: nobody else reads it, unless they seal it again."""
    drafts = {"reply": "draft", "late": "late_draft"}
    rows = {row.kind: row for row in envelopes.OF_SEAT.all(connection, {"seat": seat})}
    for kind in drafts.keys() & rows.keys():
        row = rows[kind]
        revised = max(revision, row.revision + 1)
        if drafts[kind] not in rows:  # a draft that is there is newer than what was sealed
            answers, _ = sealed.opened(row)
            key, _ = sealed.key_of(row.round_id, seat, row)
            sealed.put(connection, key, (row.round_id, seat, drafts[kind], revised), answers, None)
        envelopes.DELETE.run(connection, {"seat": seat, "of_kind": kind})
        connection.execute(UNSEALED, {"here": seat, "revised": revised, "day": shredding.day(now)})


def _take_down(connection: Connection, sealed: Envelopes, id_: RoundId, mark: str, now: datetime) -> None:
    """The backup may be from before the close: then the words are in their envelope still."""
    for voice in connection.execute(VOICE, {"round": id_, "mark": mark}).scalars().all():
        connection.execute(envelopes.BLANK, {"voice": voice, "at": shredding.day(now)})
        requesting.forget(connection, voice)
    for row in envelopes.OF_ROUND.all(connection, {"round": id_}):
        answers, receipt = sealed.opened(row)
        if receipt and commitment(receipt, answers) == mark:
            _withdraw(connection, [row.seat_id], row.revision + 1)


def _cancel(connection: Connection, id_: RoundId, now: datetime) -> None:
    attribution = connection.execute(ATTRIBUTION, {"round": id_}).scalar()
    if attribution is not None:
        shredding.all_words(connection, id_)
        connection.execute(shredding.DELETE_PERSPECTIVES, {"round": id_})
        shredding.cut(connection, id_, attribution, now)
        connection.execute(CANCEL, {"here": id_})
        enqueueing.touch(connection, id_, (), every=True)


def _come_to(connection: Connection, id_: RoundId, entry: Entry, now: datetime) -> None:
    """A closed round goes on to its reveal; of one whose headline stood, what stands is found and nothing is posted.

    A draft knows nobody who was asked: all that is left is that it does not open again.
    """
    before = loading.PHASE.value(connection, {"id": id_})
    at = datetime.fromisoformat(str(entry["time"]))
    if before == Phase.DRAFT:
        connection.execute(CANCEL, {"here": id_})
        enqueueing.touch(connection, id_, (), every=True)
        return
    if before not in (Phase.COLLECTING, Phase.CLOSED):
        return
    connection.execute(CLOSE, {"here": id_, "at": at, "now": now})
    if entry["phase"] == Phase.REVEALED:
        connection.execute(STOOD, {"here": id_, "at": at, "of_what": entry["root"], "now": now})
        connection.execute(NOT_REFUSED, {"here": id_})
        enqueueing.free(connection, id_, now)
    enqueueing.drop_pointless(connection, loading.shell(connection, id_).header)


def _list_phases(connection: Connection, ledger: Ledger, since: datetime) -> None:
    """Of rounds that have come there before this release listed it, or while the list could not be written."""
    for row in connection.execute(CAME_TO, {"since": since}).all():
        id_ = RoundId(row.id)
        if row.closed_at and not ledger.tells(id_, Phase.CLOSED):
            saving.note_phase(connection, id_, Phase.CLOSED, row.closed_at)
        if row.revealed_at and not ledger.tells(id_, Phase.REVEALED):
            saving.note_phase(connection, id_, Phase.REVEALED, row.revealed_at, row.root)
