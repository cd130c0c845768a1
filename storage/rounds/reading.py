"""How far people have read the answers of a round: under a digest of their account, without a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert

from bot.people import Account
from bot.ports import Bookmark, HeardRule
from bot.rounds import RoundId
from storage.database import tables as t
from storage.rounds import loading, saving
from storage.words.ledger import who

_R: Final = t.reading.c
_ROUND: Final[Any] = bindparam("round")

BOOKMARK: Final = select(_R.position, _R.is_done).where(_R.round_id == _ROUND, _R.reader == bindparam("who"))
_PUT: Final = insert(t.reading)
TURN_TO: Final = _PUT.on_conflict_do_update(
    index_elements=["round_id", "reader"], set_={"position": _PUT.excluded.position}
)
DONE: Final = _PUT.on_conflict_do_update(index_elements=["round_id", "reader"], set_={"is_done": _PUT.excluded.is_done})
HAVE_READ_ALL: Final = select(_R.reader).where(_R.round_id == _ROUND, _R.is_done)


def bookmark(connection: Connection, id_: RoundId, account: Account) -> Bookmark | None:
    row = connection.execute(BOOKMARK, {"round": id_, "who": who(account)}).one_or_none()
    return Bookmark(position=row.position, is_done=row.is_done) if row else None


def turn_to(connection: Connection, id_: RoundId, account: Account, position: int) -> None:
    connection.execute(TURN_TO, _values(id_, account, position, is_done=False))


def read_all(connection: Connection, id_: RoundId, account: Account, rule: HeardRule, now: datetime) -> bool:
    """The round is locked first, so that two presses at once are counted once."""
    before = loading.whole(connection, id_, locked=True)
    known = bookmark(connection, id_, account)
    if known and known.is_done:
        return False
    readers = {*connection.execute(HAVE_READ_ALL, {"round": id_}).scalars(), who(account)}
    decision = rule(before, lambda one: who(one) in readers)
    connection.execute(DONE, _values(id_, account, known.position if known else None, is_done=True))
    saving.decide(connection, before, decision, now)
    return True


def _values(id_: RoundId, account: Account, position: int | None, *, is_done: bool) -> dict[str, Any]:
    return {"round_id": id_, "reader": who(account), "position": position, "is_done": is_done}
