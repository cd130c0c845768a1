"""Requests to hide a voice: the reasons sealed beside it until it is hidden or gone; nothing of who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, literal, select

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert

from bot.errors import Sealed
from bot.messages import MessageKind
from bot.ports import MOST_REQUESTS, RequestsOwed
from bot.rounds import ActId, RoundCode, RoundId
from storage.database import tables as t
from storage.database.rows import Row
from storage.outbox import enqueueing
from storage.rounds import loading
from storage.rounds.acts import done_before, note_act
from storage.words.seal import Seal, Wrapped, close, open_

_H: Final = t.hiding.c
_P: Final = t.perspective.c
_ROUND: Final[Any] = bindparam("round")
_VOICE: Final[Any] = bindparam("voice")

_PUT: Final = insert(t.hiding)
PUT: Final = _PUT.on_conflict_do_update(
    index_elements=["id"],
    set_={name: _PUT.excluded[name] for name in ("wrapped", "key_version", "ciphertext")},
)
OF_ROUND: Final = select(t.hiding).where(_H.round_id == _ROUND)
READABLE: Final = select(_P.position).where(
    _P.round_id == _ROUND, _P.position == bindparam("at"), _P.withdrawn_at.is_(None), _P.hidden.is_(None)
)
_OF_VOICE: Final = select(_P.round_id, _P.position).where(_P.id == _VOICE)
FORGET: Final = delete(t.hiding).where(_H.id == bindparam("which"))
TOUCH: Final = enqueueing.TOUCH_ALL.where(t.message.c.kind == literal(MessageKind.HIDING, t.message.c.kind.type))


def ask_to_hide(
    connection: Connection,
    seal: Seal,
    ref: RoundCode,
    position: int,
    reason: str,
    owed: RequestsOwed,
    now: datetime,
    act: ActId,
) -> bool:
    """Raises Sealed before REVEALED."""
    round_ = loading.shell(connection, loading.id_of(connection, ref), locked=True)
    if not round_.phase.is_open:
        raise Sealed(code=ref)
    if done_before(connection, round_.id, act) is not None:
        return True
    here = {"round": round_.id, "at": position}
    before = of_round(connection, seal, round_.id).get(position, ())
    if connection.execute(READABLE, here).first() is None or len(before) >= MOST_REQUESTS:
        return False
    connection.execute(PUT, _sealed(seal, round_.id, position, (*before, reason)))
    due = owed(round_)
    enqueueing.owe(connection, round_.id, (), due, now)
    enqueueing.touch(connection, round_.id, [one.key for one in due], every=False)
    note_act(connection, act, round_.id, None, at=None)
    return True


def of_round(connection: Connection, seal: Seal, id_: RoundId) -> Mapping[int, tuple[str, ...]]:
    """Position of the voice -> the reasons, oldest first. Raises KeyMissing, KeyWrong."""
    return {row.position: _opened(seal, row) for row in connection.execute(OF_ROUND, {"round": id_})}


def forget(connection: Connection, voice: str) -> None:
    """The voice with this id can be read no more: its reasons go, and the organisers' cards say so."""
    found = connection.execute(_OF_VOICE, {"voice": voice}).one_or_none()
    if found and connection.execute(FORGET, {"which": _id(found.round_id, found.position)}).rowcount:
        connection.execute(TOUCH, {"round": found.round_id})


def _id(round_id: int, position: int) -> str:
    return f"{round_id}|{position}"


def _place(round_id: int, position: int) -> str:
    """What key and ciphertext are bound to; `keys` knows it, too."""
    return f"hiding|{_id(round_id, position)}"


def _sealed(seal: Seal, id_: RoundId, position: int, reasons: tuple[str, ...]) -> Mapping[str, Any]:
    bound = _place(id_, position)
    key, wrapped = seal.new_key(bound)
    # surrogatepass: as `seal.words`
    text = json.dumps(reasons, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return {
        "id": _id(id_, position),
        "round_id": id_,
        "position": position,
        "wrapped": wrapped.key,
        "key_version": wrapped.version,
        "ciphertext": close(key, text, bound),
    }


def _opened(seal: Seal, row: Row) -> tuple[str, ...]:
    bound = _place(row.round_id, row.position)
    key = seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), bound)
    return tuple(json.loads(open_(key, row.ciphertext, bound)))
