"""Acts that were done: a repeat is known by its id, and gets the same answer.

A row of a stakeholder's act holds neither seat nor time. SQLite leaves copies of rows in unallocated bytes of its pages
when it moves them, and no later UPDATE reaches those copies. What such an act did is encrypted under a key made of
the platform's id of the press, which is stored nowhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select

from bot.acts import Outcome
from bot.rounds import ActId, RoundId
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.database.serialization import pack_outcome, unpack_outcome
from storage.words.seal import close_small, open_small

ACT: Final = select(t.act).where(t.act.c.round_id == bindparam("round"), t.act.c.id == bindparam("act"))
INSERT_ACT: Final = Prepared(insert(t.act))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an act did. All None: it was done, and what it did is no longer known."""

    outcome: Outcome | None = None
    kind: str | None = None  # of words that it kept or destroyed
    revision: int | None = None
    is_first: bool = False


def act_key(id_: ActId) -> bytes:
    """The platform's id of a press is not kept: whoever has it can ask for it again, nobody can read it here."""
    return hashlib.blake2b(id_.encode(), digest_size=16).digest()


def done_before(connection: Connection, round_id: RoundId, act: ActId) -> Done | None:
    row = connection.execute(ACT, {"round": round_id, "act": act_key(act)}).one_or_none()
    if row is None:
        return None
    if row.outcome:
        return Done(outcome=unpack_outcome(row.outcome))
    return opened(act, round_id, row.done)


def opened(act: ActId, round_id: RoundId, done: bytes | None) -> Done:
    if done is None:
        return Done()
    outcome, kind, revision, is_first = json.loads(open_small(_secret(act), done, _place(round_id)))
    return Done(outcome=outcome and unpack_outcome(outcome), kind=kind, revision=revision, is_first=is_first)


def note_act(
    connection: Connection, act: ActId, round_id: RoundId, outcome: Outcome | None, *, at: datetime | None
) -> None:
    """Of an organiser. `at`: only of a draft of a round, which is deleted when nobody works on it."""
    _insert(connection, act, round_id, at=at, outcome=outcome and pack_outcome(outcome), done=None)


def note_own_act(connection: Connection, act: ActId, round_id: RoundId, done: Done) -> None:
    """Of a stakeholder."""
    facts = [done.outcome and pack_outcome(done.outcome), done.kind, done.revision, done.is_first]
    sealed = close_small(_secret(act), json.dumps(facts).encode(), _place(round_id))
    _insert(connection, act, round_id, at=None, outcome=None, done=sealed)


def _insert(connection: Connection, act: ActId, round_id: RoundId, **what: Any) -> None:
    INSERT_ACT.run(connection, {"id": act_key(act), "round_id": round_id, **what})


def _secret(act: ActId) -> bytes:
    """Another digest than the one that is stored."""
    return hashlib.blake2b(act.encode(), digest_size=32, person=b"what an act did").digest()


def _place(round_id: RoundId) -> str:
    return f"act|{round_id}"
