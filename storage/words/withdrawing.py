"""Taking back what one person wrote: destroyed while it is sealed, a stub once it is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select, update

from bot.acts import Act
from bot.answers import Answers, Receipt
from bot.errors import Sealed, UnknownRound
from bot.messages import MessageKind, Op, Page, page_of
from bot.people import Account
from bot.ports import Erased, TakenDown
from bot.reveal import commitment
from bot.rounds import ActId, Header, Perspective, Phase, Round, RoundCode
from storage.database import tables as t
from storage.database.serialization import unpack_args
from storage.outbox import enqueueing, live_messages
from storage.rounds import loading
from storage.rounds.acts import Done, done_before, note_own_act
from storage.rounds.loading import written
from storage.words import envelopes, requesting, shredding
from storage.words.envelopes import Envelopes
from storage.words.ledger import note
from storage.words.seal import read_receipt

_M: Final = t.message.c
NOTHING: Final = "nothing"
CHANGED: Final = "changed"
DONE: Final = "done"
"""By the same press, before; what it did is no longer known."""

PREPARED: Final = select(t.round_.c.prepared_at).where(t.round_.c.id == bindparam("round"))
WITHDRAWN: Final = (
    update(t.seat)
    .where(t.seat.c.id == bindparam("seat"))
    .values(
        replied_at=None,
        revision=t.seat.c.revision + 1,
        # nothing is sealed any more that could stay: whoever was asked to move is moved (`rules.answering.agreed`)
        group_name=func.coalesce(t.seat.c.moving_to, t.seat.c.group_name),
        moving_to=None,
    )
)
STANDING: Final = select(_M.key, _M.kind, _M.args).where(
    _M.round_id == bindparam("round"),
    _M.kind.in_([MessageKind.PAGE, MessageKind.LATE_PAGE, MessageKind.CONTRASTS, MessageKind.REPORT]),
    _M.op != Op.AMEND,
    written(_M.state, "owed", "sending", "sent", "stuck"),
    # a report that was never tried is made without the voice
    or_(_M.kind != MessageKind.REPORT, _M.attempt > 0),
)


def withdraw(
    connection: Connection, sealed: Envelopes, ref: RoundCode, account: Account, act: Act, revision: int
) -> Erased:
    """Noted also where there was nothing: delivered once more, it must not take what was written since."""
    header, seat, _ = loading.header_and_seat(connection, ref, account, locked=True)
    if seat is None or seat.id is None:
        raise UnknownRound(code=ref)
    known = done_before(connection, header.id, act.id)
    if known is not None:
        return Erased(what=known.kind or DONE, is_final=True, found=known.kind not in (None, CHANGED))
    held = sealed.of_seat(connection, seat.id)
    if held and seat.revision != revision:
        note_own_act(connection, act.id, header.id, Done(kind=CHANGED))
        return Erased(what=CHANGED, is_final=True, found=False)
    what = next((kind for kind in ("reply", "late", *held) if kind in held), None)
    if what is not None or _is_unprepared(connection, header):
        note_own_act(connection, act.id, header.id, Done(kind=what))
    if what is None:
        return Erased(what=NOTHING, is_final=True, found=False)
    shredding.words_of(connection, [seat.id])
    connection.execute(WITHDRAWN, {"seat": seat.id})
    note(connection, what="seat", seat=seat.id, revision=seat.revision + 1)
    if header.phase is Phase.COLLECTING:
        live_messages.touch(connection, header.id, seat.id)
    if what == "reply":
        enqueueing.TOUCH_STATUS.run(connection, {"round": header.id})
    return Erased(what=what, is_final=False)


def _is_unprepared(connection: Connection, header: Header) -> bool:
    """From prepare on `take_down` notes what it did."""
    if header.phase is not Phase.CLOSED:
        return header.phase is Phase.COLLECTING
    return connection.execute(PREPARED, {"round": header.id}).scalar() is None


def has_signed(connection: Connection, ref: RoundCode, account: Account) -> bool:
    _, seat, _ = loading.header_and_seat(connection, ref, account)
    found = connection.execute(envelopes.SIGNED_BY, {"seat": seat.id if seat else None}).first()
    return found is not None and found.hidden is None


def take_down(
    connection: Connection,
    sealed: Envelopes,
    ref: RoundCode,
    by: Account | Receipt,
    owed: TakenDown,
    now: datetime,
    act: ActId | None,
) -> Erased:
    """Raises Sealed before the round is prepared: until then words are withdrawn."""
    round_ = loading.shell(connection, loading.id_of(connection, ref), locked=True)
    if not round_.prepared_at:
        raise Sealed(code=ref)
    if act and isinstance(by, Account):
        known = done_before(connection, round_.id, act)
        if known is not None:
            return Erased(what="perspective", is_final=True, found=known.kind is not None)
    voice = _voice(connection, sealed, round_, by)
    if act and isinstance(by, Account):
        note_own_act(connection, act, round_.id, Done(kind="perspective" if voice else None))
    if voice is None:
        return Erased(what="perspective", is_final=True, found=False)
    # by receipt: nobody shall tell by the hour who was at their desk
    at = now if isinstance(by, Account) else shredding.day(now)
    connection.execute(envelopes.BLANK, {"voice": voice.id, "at": at})
    requesting.forget(connection, voice.id)
    note(connection, what="voice", round=round_.id, commitment=voice.commitment)
    stub = replace(voice, answers=Answers(), withdrawn_at=at, name=None, seat_id=None)
    enqueueing.owe(connection, round_.id, (), owed(round_, stub, _standing(connection, round_)), now)
    return Erased(what="perspective", is_final=False)


def hide(
    connection: Connection,
    sealed: Envelopes,
    ref: RoundCode,
    position: int,
    reason: str,
    owed: TakenDown,
    now: datetime,
) -> bool:
    """Raises Sealed before REVEALED."""
    round_ = loading.whole(connection, loading.id_of(connection, ref), locked=True)
    if not round_.phase.is_open:
        raise Sealed(code=ref)
    rows = envelopes.VOICES.all(connection, {"round": round_.id, "first": position, "last": position})
    voice = next((one for one in map(sealed.perspective, rows) if one.is_readable), None)
    if voice is None:
        return False
    connection.execute(envelopes.HIDE, {"voice": voice.id, "reason": reason})
    requesting.forget(connection, voice.id)
    note(connection, what="voice", round=round_.id, commitment=voice.commitment)
    stub = replace(voice, answers=Answers(), hidden=reason, name=None, seat_id=None)
    enqueueing.owe(connection, round_.id, (), owed(round_, stub, _standing(connection, round_)), now)
    return True


def _standing(connection: Connection, round_: Round) -> dict[str, Page | None]:
    rows = connection.execute(STANDING, {"round": round_.id})
    return {row.key: None if row.kind is MessageKind.REPORT else page_of(unpack_args(row.args)) for row in rows}


def _voice(connection: Connection, sealed: Envelopes, round_: Round, by: Account | Receipt) -> Perspective | None:
    if isinstance(by, Account):
        _, seat, _ = loading.header_and_seat(connection, round_.code, by)
        found = connection.execute(envelopes.SIGNED_BY, {"seat": seat.id if seat else None}).first()
        return sealed.perspective(found) if found else None
    receipt = read_receipt(by)
    rows = envelopes.PERSPECTIVES.all(connection, {"round": round_.id}) if receipt else ()
    voices = (sealed.perspective(row) for row in rows if row.withdrawn_at is None)
    return next((one for one in voices if receipt and commitment(receipt, one.answers) == one.commitment), None)
