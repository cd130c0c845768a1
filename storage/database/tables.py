"""The tables. No column holds a word that is not sealed; no time of a reply outlives the close."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field
from sqlmodel.sql.sqltypes import AutoString

from bot.answers import Level, Seen
from bot.messages import MessageKind, Op, State
from bot.people import Way, Why
from bot.rounds import Attribution, Phase, Stage
from storage.database.columns import METADATA as METADATA
from storage.database.columns import TableModel, facts, flagged, one_of, partial, sealed

WORDS: Final = ("draft", "reply", "late_draft", "late")  # the kinds of envelope

UNFINISHED: Final = "state IN ('owed', 'sending', 'stuck')"
GOING_OUT: Final = "state IN ('owed', 'sending')"
STALE: Final = "state = 'sent' AND (wanted > shown OR older IS NOT NULL)"
"""Written out, not bound: SQLite uses a partial index only where it can see that the condition holds."""


class PersonRow(TableModel, table=True):
    __tablename__ = "person"
    id: int | None = Field(default=None, primary_key=True)
    since: date  # the day on which we first heard of them


class AccountRow(TableModel, table=True):
    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("platform", "workspace", "user"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    platform: str
    workspace: str
    user: str


class RoundRow(TableModel, table=True):
    __tablename__ = "round"
    __table_args__ = (
        partial("ix_round_due", "due_at", where="due_at IS NOT NULL"),
        partial("ix_round_closing", "closes_at", where="phase = 'collecting'"),
    )
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    started_by: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))  # the act, as in ActRow
    platform: str
    workspace: str
    phase: Phase = Field(sa_column=one_of(Phase))
    stage: Stage = Field(sa_column=one_of(Stage))
    attribution: Attribution = Field(sa_column=one_of(Attribution))
    version: int
    created_at: datetime
    opening_at: datetime | None
    opened_at: datetime | None
    closes_at: datetime | None
    nudged_at: datetime | None
    reminded_at: datetime | None
    smaller_since: datetime | None
    smaller_told_at: datetime | None
    closed_at: datetime | None
    prepared_at: datetime | None
    held_back_at: datetime | None
    reveal_agreed_at: datetime | None
    waits_since: datetime | None
    waits_for: str | None
    revealing_at: datetime | None
    revealed_at: datetime | None
    ends_at: datetime | None
    due_at: datetime | None
    late_for: float  # seconds
    moved_for_downtime: int
    small_group: int
    root: str | None
    time_zone: str
    locale: str
    service: str
    proposal: str
    decided: str
    still_open: str
    contact: str
    remind_at: list[Any] = Field(sa_column=facts(nullable=False))
    changes: list[Any] = Field(sa_column=facts(nullable=False))
    sizes: list[Any] = Field(sa_column=Column(JSON(none_as_null=True), nullable=False, server_default="[]"))
    statement: dict[str, Any] | None = Field(sa_column=facts())
    lost_since: datetime | None
    stood_at: datetime | None
    stood_root: str | None
    next_steps: str = Field(sa_column=Column(AutoString, nullable=False, server_default=text("''")))
    heard: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))


class SetupRow(TableModel, table=True):
    """Apart from its round: it names everybody, and the round's row is written often."""

    __tablename__ = "setup"
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    fields: dict[str, Any] = Field(sa_column=Column("fields", JSON, nullable=False))
    edition: int
    looked_up: dict[str, Any] | None = Field(sa_column=facts())


class VenueRow(TableModel, table=True):
    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("round_id", "platform", "workspace", "channel"),)
    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE")
    position: int
    platform: str
    workspace: str
    channel: str
    told: dict[str, Any] = Field(sa_column=facts(nullable=False))
    refused_at: datetime | None
    refusal: str | None
    opens_at: datetime | None


class OrganiserRow(TableModel, table=True):
    __tablename__ = "organiser"
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    account_id: int = Field(primary_key=True, foreign_key="account.id", index=True)
    position: int
    name: str
    is_first: bool
    gone_at: datetime | None
    dm_closed_at: datetime | None


class GroupRow(TableModel, table=True):
    __tablename__ = "round_group"
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
    is_leaders: bool
    asks_as: str


class QuestionRow(TableModel, table=True):
    __tablename__ = "question"
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    group_name: str
    level: Level = Field(sa_column=one_of(Level))
    locale: str
    text: str
    hint: str


class SeatRow(TableModel, table=True):
    """`wrapped` is the data key of this seat's envelopes: gone with them."""

    __tablename__ = "seat"
    __table_args__ = (UniqueConstraint("round_id", "person_id"), UniqueConstraint("round_id", "account_id"))
    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE")
    person_id: int = Field(foreign_key="person.id", index=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str
    group_name: str
    locale: str | None
    tz: str | None
    way: Way = Field(sa_column=one_of(Way, checked=False, default=Way.PRIVATE))
    asked_at: datetime | None
    dm_closed_at: datetime | None
    drafted_at: datetime | None
    replied_at: datetime | None
    declined_at: datetime | None
    snoozed_until: datetime | None
    stopped_at: datetime | None
    removed_at: datetime | None
    unreachable: Why | None = Field(sa_column=one_of(Why, nullable=True))
    moving_to: str | None
    listed_in: str | None
    counted_in: str | None
    revision: int
    wrapped: bytes | None = Field(sa_column=sealed())
    key_version: int | None


class EnvelopeRow(TableModel, table=True):
    __tablename__ = "envelope"
    __table_args__ = (CheckConstraint("kind IN ('draft', 'reply', 'late_draft', 'late')", name="kind"),)
    seat_id: int = Field(primary_key=True, foreign_key="seat.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)
    revision: int
    ciphertext: bytes = Field(sa_column=sealed(nullable=False))


class PerspectiveRow(TableModel, table=True):
    """`seat_id` and `name` only of those who signed. Rows are written in reading order, after the close."""

    __tablename__ = "perspective"
    __table_args__ = (
        UniqueConstraint("round_id", "position"),
        partial("ix_perspective_seat", "seat_id", where="seat_id IS NOT NULL"),
    )
    id: str = Field(primary_key=True)
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE")
    position: int
    group_name: str | None
    name: str | None
    seat_id: int | None = Field(foreign_key="seat.id", ondelete="SET NULL")
    commitment: str
    seen: Seen | None = Field(sa_column=one_of(Seen, nullable=True))
    withdrawn_at: datetime | None
    hidden: str | None
    wrapped: bytes | None = Field(sa_column=sealed())
    key_version: int | None
    ciphertext: bytes | None = Field(sa_column=sealed())


class HidingRow(TableModel, table=True):
    """Requests to hide one voice: the reasons in one ciphertext. It holds neither who asked nor when."""

    __tablename__ = "hiding"
    id: str = Field(primary_key=True)  # round and position
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE", index=True)
    position: int
    wrapped: bytes = Field(sa_column=sealed(nullable=False))
    key_version: int
    ciphertext: bytes = Field(sa_column=sealed(nullable=False))


class ReadingRow(TableModel, table=True):
    """How far somebody has read, and whether they said that they have read all. `reader` is a digest of the account.

    It holds no time, and nothing that ties it to a seat or to words. How many have read all is counted in the round.
    """

    __tablename__ = "reading"
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    reader: str = Field(primary_key=True, index=True)
    position: int | None  # of the voice shown last, as in PerspectiveRow; None: none yet
    is_done: bool


class MessageRow(TableModel, table=True):
    """Lanes go by `id`, not by numbers of their own: a gap in those would tell whose reminders are gone.

    `is_head`: may be the next of its lane. The earliest of each lane is, and so is what was owed for a time of its
    own; all others wait in the queue, and are not looked at. Seats and messages that it names are not foreign keys:
    nothing looks for a message by them, and an index for it would be paid for at every one.

    A question is its seat's live message: `posted` is where that stands now, `older` the posts ([place, id]) that it
    left behind and that do not say so yet. `is_urgent`: its person acted since it was last edited.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_round", "round_id", "kind"),
        # few, for each delivery changes them: a page of every index is written with it
        partial("ix_message_lane", "lane", "is_head", "id", where=UNFINISHED),
        flagged("ix_message_head", "state", "not_before", where=GOING_OUT, flag="is_head"),
        partial("ix_message_card", "round_id", "kind", "seat_id", where="is_card = 1", postgresql="is_card"),
        partial("ix_message_stale", "not_before", where=STALE),
        partial("ix_message_after", "after_id", where="after_id IS NOT NULL"),
        {"sqlite_autoincrement": True},  # the courier holds ids: one that was deleted must not come again
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE")
    kind: MessageKind = Field(sa_column=one_of(MessageKind, checked=False))
    op: Op = Field(sa_column=one_of(Op))
    state: State = Field(sa_column=one_of(State))
    lane: str
    platform: str
    workspace: str
    channel: str | None
    user: str | None
    seat_id: int | None
    after_id: int | None  # must stand first
    anchor_id: int | None  # what is edited, or whose thread it goes into
    in_thread: bool
    is_card: bool
    is_head: bool
    attempt: int
    wanted: int
    shown: int
    not_before: datetime  # of a card that stands: its pause
    tried_at: datetime | None
    step_name: str | None
    step_value: str | None
    posted_place: str | None
    posted_id: str | None
    reason: str | None
    args: dict[str, Any] = Field(sa_column=facts(nullable=False))
    older: list[Any] | None = Field(sa_column=facts())
    is_urgent: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=false()))


class ActRow(TableModel, table=True):
    """`id` is a digest of the platform's id, and the only order of the rows. The close leaves nothing else.

    An act of a stakeholder has neither seat nor time here, and `done` can be read only with the platform's id.
    """

    __tablename__ = "act"
    __table_args__ = ({"sqlite_with_rowid": False},)
    round_id: int = Field(primary_key=True, foreign_key="round.id", ondelete="CASCADE")
    id: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    at: datetime | None  # of acts on a draft of a round
    outcome: dict[str, Any] | None = Field(sa_column=facts())  # of organisers' acts
    done: bytes | None = Field(sa_column=sealed())


class AuditRow(TableModel, table=True):
    __tablename__ = "audit"
    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", ondelete="CASCADE", index=True)
    at: datetime
    what: str


class VaultRow(TableModel, table=True):
    __tablename__ = "vault"
    key: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_column=sealed(nullable=False))
    key_version: int
    ciphertext: bytes = Field(sa_column=sealed(nullable=False))


class BeatRow(TableModel, table=True):
    __tablename__ = "beat"
    id: int | None = Field(default=None, primary_key=True)
    alive_at: datetime


class ListeningRow(TableModel, table=True):
    """Until when a platform's events arrived, as far as the heartbeat knows."""

    __tablename__ = "listening"
    platform: str = Field(primary_key=True)
    heard_at: datetime


class IdentityRow(TableModel, table=True):
    """Which database this is, also after it was copied: the list beside the key is named after it.

    `listed`: the number of the last entry of that list that this database knows.
    """

    __tablename__ = "identity"
    name: str = Field(primary_key=True)
    listed: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))


def _table(model: type[TableModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]


person: Final = _table(PersonRow)
account: Final = _table(AccountRow)
round_: Final = _table(RoundRow)
setup: Final = _table(SetupRow)
venue: Final = _table(VenueRow)
organiser: Final = _table(OrganiserRow)
group: Final = _table(GroupRow)
question: Final = _table(QuestionRow)
seat: Final = _table(SeatRow)
envelope: Final = _table(EnvelopeRow)
perspective: Final = _table(PerspectiveRow)
hiding: Final = _table(HidingRow)
reading: Final = _table(ReadingRow)
message: Final = _table(MessageRow)
act: Final = _table(ActRow)
audit: Final = _table(AuditRow)
vault: Final = _table(VaultRow)
beat: Final = _table(BeatRow)
listening: Final = _table(ListeningRow)
identity: Final = _table(IdentityRow)
