"""Recording the result of a delivery: its state, and what it means for the round, its seat and what waits behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import Connection, bindparam, exists, literal, select, update

from bot.errors import NotAllowed, Unreachable
from bot.messages import Again, GaveUp, MessageId, MessageKind, Refusal, Result, Sent, State
from bot.people import Address
from bot.rounds import Phase, RoundId
from bot.rules.casting import GONE, organiser_left
from bot.rules.moves import Rule
from bot.rules.opening import announced, announcement_refused
from bot.rules.reaching import not_delivered, organiser_dm_closed
from bot.rules.revealing import completed, refused, stands
from bot.settings import RoundSettings
from storage.database import rows
from storage.database import tables as t
from storage.database.prepared import Prepared
from storage.outbox import enqueueing, live_messages
from storage.rounds import loading, saving
from storage.rounds.loading import written

_M: Final = t.message.c
_ID: Final[Any] = bindparam("message")
_ATTEMPT: Final[Any] = bindparam("at_attempt")

_RETURNED: Final = ("round_id", "seat_id", "kind", "lane", "platform", "workspace", "channel", "user", "shown")
FINISH: Final = Prepared(
    update(t.message)
    .where(_M.id == _ID, _M.attempt == _ATTEMPT, written(_M.state, "sending"))
    .values(
        state=bindparam("becomes"),
        not_before=bindparam("pause"),
        posted_place=bindparam("place"),
        posted_id=bindparam("post"),
        reason=bindparam("because"),
    )
    .returning(*(_M[name] for name in _RETURNED))
)
GIVE_UP: Final = update(t.message).where(_M.id == _ID).values(state=State.GIVEN_UP)
HURRY: Final = update(t.round_).where(t.round_.c.id == bindparam("round")).values(due_at=bindparam("now"))
HAS_LATE: Final = select(
    exists().where(
        t.seat.c.round_id == bindparam("round"),
        t.envelope.c.seat_id == t.seat.c.id,
        t.envelope.c.kind == literal("late"),
    )
)


def finish(
    connection: Connection,
    id_: MessageId,
    attempt: int,
    result: Result,
    now: datetime,
    settings: RoundSettings,
    *,
    promotes: bool = True,
) -> str | None:
    """Returns its lane. None: it was finished before, or claimed anew.

    `promotes`: after a post that was sent, whether the next of its lane becomes a head here.
    """
    ended = {"message": id_, "at_attempt": attempt, **_ended(result, now)}
    row = FINISH.one(connection, ended)
    if row is None:
        return None
    match result:
        case Sent(posted=posted):
            live_messages.stands(connection, id_, row, posted, now)
            if promotes:
                enqueueing.promote(connection, [row.lane])
            _sent(connection, row, now, settings)
        case GaveUp() | Refusal():
            _refused(connection, id_, row, result, now)
        case Again():
            pass
        case _:
            assert_never(result)
    return str(row.lane)


def _sent(connection: Connection, row: rows.Row, now: datetime, settings: RoundSettings) -> None:
    if row.kind is MessageKind.ANNOUNCEMENT:
        _decide(connection, row.round_id, lambda round_: announced(round_, now, settings), now)
    elif row.kind is MessageKind.HEADLINE:
        # the rule neither reads nor changes a seat, so the thousand seats of a large round are not loaded
        shell = loading.shell(connection, row.round_id, locked=True)
        saving.decide(connection, shell, stands(shell, now), now)
        if shell.phase is Phase.CLOSED and connection.execute(HAS_LATE, {"round": row.round_id}).scalar():
            connection.execute(HURRY, {"round": row.round_id, "now": now})
    elif row.kind is MessageKind.HEADLINE_DONE:
        _decide(connection, row.round_id, completed, now)


def _refused(connection: Connection, id_: MessageId, row: rows.Row, result: GaveUp | Refusal, now: datetime) -> None:
    is_announcement = row.kind is MessageKind.ANNOUNCEMENT
    reason = result.reason
    place = Address(platform=row.platform, workspace=row.workspace, channel=row.channel, user=row.user).lane
    if is_announcement:  # its round is a draft again, and this message must not hold up its next announcement
        connection.execute(GIVE_UP, {"message": id_})
        _decide(connection, row.round_id, lambda round_: announcement_refused(round_, reason), now)
    elif row.kind is MessageKind.HEADLINE:
        _decide(connection, row.round_id, lambda round_: refused(round_, place, reason, now), now)
    if is_announcement or isinstance(result, GaveUp):
        enqueueing.promote(connection, [row.lane])
        enqueueing.drop_after(connection, id_)
    if row.seat_id is not None:
        if rule := not_delivered(row.seat_id, result, now):
            _decide(connection, row.round_id, rule, now)
            enqueueing.TOUCH_STATUS.run(connection, {"round": row.round_id})
    elif reason == Unreachable.DM_CLOSED:
        _decide(connection, row.round_id, lambda round_: organiser_dm_closed(round_, place, now), now)
    elif isinstance(result, GaveUp) and result.why in GONE:
        _decide(connection, row.round_id, lambda round_: organiser_left(round_, place, now), now)


def _ended(result: Result, now: datetime) -> dict[str, Any]:
    nowhere = {"place": None, "post": None, "because": None, "pause": now}
    match result:
        case Sent(posted=posted):
            return {**nowhere, "becomes": State.SENT, "place": posted.place, "post": posted.id}
        case Again(not_before=not_before):
            return {**nowhere, "becomes": State.OWED, "pause": not_before}
        case GaveUp(reason=reason):
            return {**nowhere, "becomes": State.GIVEN_UP, "because": reason}
        case Refusal(reason=reason):
            return {**nowhere, "becomes": State.STUCK, "because": reason}
        case _:
            assert_never(result)


def _decide(connection: Connection, id_: RoundId, rule: Rule, now: datetime) -> None:
    before = loading.whole(connection, id_, locked=True)
    try:
        decision = rule(before)
    except NotAllowed:  # the round has moved on since; the result is recorded all the same
        return
    saving.decide(connection, before, decision, now)
