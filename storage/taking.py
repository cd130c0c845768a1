"""Taking down what one person wrote, after the close."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import Sealed
from bot.messages import Owed
from bot.ports import Erased
from bot.reveal import commitment
from bot.rounds import Account, Answers, Perspective, Phase, Receipt, Round, RoundCode, SeatId
from storage import envelopes, loading, owing, shredding
from storage.envelopes import Envelopes
from storage.seal import read_receipt


def take_down(
    connection: Connection,
    sealed: Envelopes,
    ref: RoundCode,
    by: Account | Receipt,
    owed: Callable[[Round, Perspective], Sequence[Owed]],
    now: datetime,
) -> Erased:
    """A perspective, or words that are still in their envelope: late ones, or those of a reveal that is held back."""
    round_ = loading.whole(connection, loading.id_of(connection, ref), locked=True)
    if round_.phase not in (Phase.CLOSED, Phase.REVEALED, Phase.ENDED):
        raise Sealed(code=ref)
    for voice in _voices(connection, sealed, round_, by):
        # by receipt: nobody shall tell by the hour who was at their desk
        at = now if isinstance(by, Account) else shredding.day(now)
        connection.execute(envelopes.BLANK, {"voice": voice.id, "at": at})
        stub = replace(voice, answers=Answers(), withdrawn_at=at, name=None, seat_id=None)
        owing.owe(connection, round_, owed(round_, stub), now)
        return Erased(what="perspective", is_final=False)
    for seat_id, kind in _sealed_words(connection, sealed, round_, by):
        connection.execute(envelopes.DELETE, {"seat": seat_id, "of_kind": kind})
        return Erased(what=kind, is_final=False)
    return Erased(what="perspective", is_final=True, found=False)


def _voices(connection: Connection, sealed: Envelopes, round_: Round, by: Account | Receipt) -> Iterator[Perspective]:
    if isinstance(by, Account):
        seat = round_.seat_of(by)
        rows = connection.execute(envelopes.SIGNED_BY, {"seat": seat and seat.id}).all()
        yield from (sealed.perspective(row) for row in rows)
    elif receipt := read_receipt(by):
        rows = connection.execute(envelopes.PERSPECTIVES, {"round": round_.id}).all()
        yield from (
            voice
            for voice in map(sealed.perspective, rows)
            if voice.withdrawn_at is None and commitment(receipt, voice.answers) == voice.commitment
        )


def _sealed_words(
    connection: Connection, sealed: Envelopes, round_: Round, by: Account | Receipt
) -> Iterator[tuple[SeatId, str]]:
    if isinstance(by, Account):
        seat = round_.seat_of(by)
        kinds = connection.execute(envelopes.KINDS, {"seat": seat and seat.id}).scalars().all()
        yield from ((seat.id, kind) for kind in kinds if seat and seat.id and kind in ("reply", "late"))
    elif receipt := read_receipt(by):
        rows = connection.execute(envelopes.OF_ROUND, {"round": round_.id}).all()
        yield from ((SeatId(row.seat_id), row.kind) for row in rows if sealed.opened(row)[1] == receipt)
