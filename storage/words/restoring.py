"""After a restore from a backup: what was destroyed since is destroyed again, what may have been sent is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, bindparam, case, literal, select, update

from bot.reveal import commitment
from bot.rounds import Phase, RoundId, SeatId
from storage.database import tables as t
from storage.database.database import Database
from storage.rounds.loading import written
from storage.rounds.moving import moving
from storage.words import envelopes, erasing, requesting, shredding
from storage.words.envelopes import Envelopes
from storage.words.ledger import Entry, Ledger, who
from storage.words.seal import Seal

IDENTITY: Final = select(t.identity.c.name)
LAST_BEAT: Final = select(t.beat.c.alive_at).where(t.beat.c.id == literal(1))
BEFORE: Final = select(t.seat.c.id).where(
    t.seat.c.id == bindparam("here"), t.seat.c.revision < bindparam("revision"), t.seat.c.wrapped.is_not(None)
)
_REVISED: Final[Any] = bindparam("revised")
_NEXT: Final = t.seat.c.revision + 1
WITHDRAWN: Final = (
    update(t.seat)
    .where(t.seat.c.id == bindparam("here"))
    .values(replied_at=None, revision=case((_REVISED > _NEXT, _REVISED), else_=_NEXT))
)
"""A revision only grows: it is what compare-and-set goes by."""
REVISED: Final = update(t.seat).where(t.seat.c.id == bindparam("here")).values(revision=bindparam("revised"))
VOICE: Final = select(t.perspective.c.id).where(
    t.perspective.c.round_id == bindparam("round"), t.perspective.c.commitment == bindparam("mark")
)
ATTRIBUTION: Final = select(t.round_.c.attribution).where(
    t.round_.c.id == bindparam("round"), t.round_.c.phase != Phase.CANCELLED
)
CANCEL: Final = moving(Phase.CANCELLED).where(t.round_.c.id == bindparam("here")).values(due_at=None)
PERHAPS_SENT: Final = (
    update(t.message)
    .where(written(t.message.c.state, "owed"), t.message.c.not_before <= bindparam("last_seen"))
    .values(state="sending", is_head=True, attempt=t.message.c.attempt + 1, tried_at=bindparam("now"))
)

BETWEEN_BEATS: Final = timedelta(minutes=1)
"""So long after its last sign of life the bot may have lived on: twice the pause between two."""


async def open_ledger(database: Database, key_file: Path) -> None:
    """From here on what is destroyed is listed beside the key as well."""
    name = await database.read(lambda db: db.execute(IDENTITY).scalar_one())
    database.ledger = Ledger(key_file, name)


async def was_restored(database: Database) -> bool:
    """Is the database older than the last sign of life beside the key?"""
    ledger = database.ledger
    known = ledger.last_beat() if ledger else None
    here = await database.read(lambda db: db.execute(LAST_BEAT).scalar())
    return known is not None and here is not None and here < known


async def replay(database: Database, seal: Seal, now: datetime) -> None:
    """May be repeated. Words sealed again after their destroying are newer than their entry, and stay."""
    entries = list(database.ledger.entries()) if database.ledger else []
    last_beat = database.ledger.last_beat() if database.ledger else None
    # what was due later cannot have been sent: it goes out at its own time
    last_seen = min(last_beat + BETWEEN_BEATS, now) if last_beat else now
    sealed = Envelopes(seal)

    def apply(connection: Connection) -> None:
        for entry in entries:
            _again(connection, sealed, entry, now)
        erased = {entry["who"] for entry in entries if entry["what"] == "person"}
        for account in erasing.every_account(connection) if erased else ():
            if who(account) in erased:
                erasing.erase(connection, account, now)
        connection.execute(PERHAPS_SENT, {"now": now, "last_seen": last_seen})
        connection.info.clear()  # they are in the list already

    await database.write(apply)
    await database.scrub()


def _again(connection: Connection, sealed: Envelopes, entry: Entry, now: datetime) -> None:
    match entry["what"]:
        case "seat":
            asked = {"here": entry["seat"], "revision": entry["revision"]}
            _withdraw(connection, connection.execute(BEFORE, asked).scalars().all(), int(entry["revision"]))
        case "draft":
            _drop_drafts(connection, int(entry["seat"]), int(entry["revision"]))
        case "voice":
            _take_down(connection, sealed, RoundId(int(entry["round"])), str(entry["commitment"]), now)
        case "cancelled":
            id_ = RoundId(int(entry["round"]))
            attribution = connection.execute(ATTRIBUTION, {"round": id_}).scalar()
            if attribution is not None:
                shredding.all_words(connection, id_)
                connection.execute(shredding.DELETE_PERSPECTIVES, {"round": id_})
                shredding.cut(connection, id_, attribution, now)
                connection.execute(CANCEL, {"here": id_})
        case "round":
            erasing.destroy(connection, RoundId(int(entry["round"])))
        case "person":
            pass  # all together, afterwards
        case unknown:
            raise ValueError(unknown)


def _withdraw(connection: Connection, seats: Sequence[int], revision: int) -> None:
    shredding.words_of(connection, [SeatId(seat) for seat in seats])
    for seat in seats:
        connection.execute(WITHDRAWN, {"here": seat, "revised": revision})


def _drop_drafts(connection: Connection, seat: int, revision: int) -> None:
    """Of a seat that is older than that revision; what was sealed in it stays."""
    for found in connection.execute(BEFORE, {"here": seat, "revision": revision}).scalars().all():
        shredding.drafts_of(connection, SeatId(found))
        connection.execute(REVISED, {"here": found, "revised": revision})


def _take_down(connection: Connection, sealed: Envelopes, id_: RoundId, mark: str, now: datetime) -> None:
    """The backup may be from before the close: then the words are in their envelope still."""
    for voice in connection.execute(VOICE, {"round": id_, "mark": mark}).scalars().all():
        connection.execute(envelopes.BLANK, {"voice": voice, "at": shredding.day(now)})
        requesting.forget(connection, voice)
    for row in envelopes.OF_ROUND.all(connection, {"round": id_}):
        answers, receipt = sealed.opened(row)
        if receipt and commitment(receipt, answers) == mark:
            _withdraw(connection, [row.seat_id], row.revision + 1)
