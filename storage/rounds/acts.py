"""Acts that were done: a repeat is known by its id, and gets the same answer."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from bot.acts import Outcome
from bot.rounds import ActId, RoundId
from storage.database import tables as t
from storage.database.rows import Row
from storage.database.serialization import pack_outcome

ACT: Final = select(t.act).where(t.act.c.round_id == bindparam("round"), t.act.c.id == bindparam("act"))
INSERT_ACT: Final = insert(t.act)


def act_key(id_: ActId) -> bytes:
    """The platform's id of a press is not kept: whoever has it can ask for it again, nobody can read it here."""
    return hashlib.blake2b(id_.encode(), digest_size=16).digest()


def done_before(connection: Connection, round_id: RoundId, act: ActId) -> Row | None:
    return connection.execute(ACT, {"round": round_id, "act": act_key(act)}).one_or_none()


def note_act(
    connection: Connection,
    act: ActId,
    round_id: RoundId,
    at: datetime,
    outcome: Outcome | None,
    *,
    kind: str | None = None,
) -> None:
    """`kind`: of words that it destroyed."""
    connection.execute(
        INSERT_ACT,
        {
            "id": act_key(act),
            "round_id": round_id,
            "at": at,
            "outcome": outcome and pack_outcome(outcome),
            "seat_id": None,
            "kind": kind,
            "revision": None,
            "is_first": None,
        },
    )
