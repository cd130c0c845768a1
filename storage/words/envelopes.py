"""Sealed words in rows: envelopes of seats before the close, perspectives after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.answers import Answers, Receipt
from bot.rounds import Perspective, RoundId, SeatId
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.database.rows import Row
from storage.words.seal import Seal, Wrapped, close, from_words, open_, words

_E: Final = t.envelope.c
_P: Final = t.perspective.c
_ROUND: Final[Any] = bindparam("round")

_PUT: Final = upsert(t.envelope)
PUT: Final = Prepared(
    _PUT.on_conflict_do_update(
        index_elements=["seat_id", "kind"],
        set_={"revision": _PUT.excluded.revision, "ciphertext": _PUT.excluded.ciphertext},
    )
)
DELETE: Final = Prepared(delete(t.envelope).where(_E.seat_id == bindparam("seat"), _E.kind == bindparam("of_kind")))
_WITH_KEY: Final = select(t.envelope, t.seat.c.round_id, t.seat.c.wrapped, t.seat.c.key_version)
OF_SEAT: Final = Prepared(_WITH_KEY.join_from(t.seat, t.envelope).where(t.seat.c.id == bindparam("seat")))
KINDS: Final = select(_E.kind).where(_E.seat_id == bindparam("seat"))
OF_ROUND: Final = Prepared(
    _WITH_KEY.join_from(t.seat, t.envelope).where(t.seat.c.round_id == _ROUND).order_by(_E.seat_id, _E.kind)
)

INSERT_PERSPECTIVES: Final = Prepared(insert(t.perspective))
PERSPECTIVES: Final = Prepared(select(t.perspective).where(_P.round_id == _ROUND).order_by(_P.position))
VOICES: Final = Prepared(
    select(t.perspective)
    .where(_P.round_id == _ROUND, _P.position >= bindparam("first"), _P.position <= bindparam("last"))
    .order_by(_P.position)
)
SIGNED_BY: Final = select(t.perspective).where(
    _P.seat_id == bindparam("seat"), _P.seat_id.is_not(None), _P.withdrawn_at.is_(None)
)
BLANK: Final = (
    update(t.perspective)
    .where(_P.id == bindparam("voice"))
    .values(withdrawn_at=bindparam("at"), ciphertext=None, wrapped=None, key_version=None, name=None, seat_id=None)
)

HIDE: Final = (
    update(t.perspective)
    .where(_P.id == bindparam("voice"))
    .values(hidden=bindparam("reason"), ciphertext=None, wrapped=None, key_version=None, name=None, seat_id=None)
)

Words = tuple[Answers, Receipt | None]


class Envelopes:
    """Opens and closes rows. Keys and words are in its local variables only."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def key_of(self, round_id: RoundId, seat_id: SeatId, row: Row | None) -> tuple[bytes, Wrapped]:
        """The data key of a seat: the one it has (`row` with `wrapped`, `key_version`), or a new one."""
        place = f"{round_id}|{seat_id}"
        if row is None or row.wrapped is None:
            return self._seal.new_key(place)
        wrapped = Wrapped(version=row.key_version, key=row.wrapped)
        return self._seal.unwrap(wrapped, place), wrapped

    def put(
        self,
        connection: Connection,
        key: bytes,
        of: tuple[RoundId, SeatId, str, int],
        answers: Answers,
        receipt: Receipt | None,
    ) -> None:
        """`of`: round, seat, kind, revision."""
        _, seat_id, kind, revision = of
        PUT.run(
            connection,
            {
                "seat_id": seat_id,
                "kind": kind,
                "revision": revision,
                "ciphertext": close(key, words(answers, receipt), _place(*of)),
            },
        )

    def of_seat(self, connection: Connection, seat_id: SeatId) -> dict[str, tuple[int, Words]]:
        """Kind -> revision and words."""
        rows = OF_SEAT.all(connection, {"seat": seat_id})
        return {row.kind: (row.revision, self.opened(row)) for row in rows}

    def opened(self, row: Row) -> Words:
        """Of OF_SEAT or OF_ROUND. Raises KeyMissing, KeyWrong."""
        key, _ = self.key_of(row.round_id, row.seat_id, row)
        place = _place(row.round_id, row.seat_id, row.kind, row.revision)
        return from_words(open_(key, row.ciphertext, place))

    def publish(self, connection: Connection, id_: RoundId, perspectives: Sequence[Perspective]) -> None:
        """In reading order, each under a key of its own."""
        if perspectives:
            ordered = sorted(perspectives, key=lambda perspective: perspective.position)
            INSERT_PERSPECTIVES.many(connection, [self._published(id_, one) for one in ordered])

    def _published(self, id_: RoundId, one: Perspective) -> dict[str, Any]:
        place = f"{id_}|{one.id}"
        key, wrapped = self._seal.new_key(place)
        return {
            "id": one.id,
            "round_id": id_,
            "position": one.position,
            "group_name": one.group,
            "name": one.name,
            "seat_id": one.seat_id if one.name else None,
            "commitment": one.commitment,
            "seen": one.seen,
            "withdrawn_at": one.withdrawn_at,
            "hidden": one.hidden,
            "wrapped": wrapped.key,
            "key_version": wrapped.version,
            "ciphertext": close(key, words(one.answers), place),
        }

    def perspective(self, row: Row) -> Perspective:
        """One that was taken down has empty answers."""
        answers = Answers()
        if row.ciphertext is not None:
            place = f"{row.round_id}|{row.id}"
            key = self._seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), place)
            answers, _ = from_words(open_(key, row.ciphertext, place))
        return Perspective(
            id=row.id,
            position=row.position,
            group=row.group_name,
            name=row.name,
            seat_id=row.seat_id,
            answers=answers,
            commitment=row.commitment,
            seen=row.seen,
            withdrawn_at=row.withdrawn_at,
            hidden=row.hidden,
        )


def _place(round_id: RoundId, seat_id: SeatId, kind: str, revision: int) -> str:
    return f"{round_id}|{seat_id}|{kind}|{revision}"
