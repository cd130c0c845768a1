"""The tables of the first release."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _rounds()
    _setups()
    _wordings()
    _seats()
    _words()
    _messages()
    _records()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


def _people() -> None:
    _table("person", _id(), sa.Column("since", sa.Date(), nullable=False))
    _table(
        "account",
        _id(),
        _link("person_id", "person.id"),
        *_texts("platform", "workspace", "user"),
        unique=[("platform", "workspace", "user")],
    )
    _index("account", "person_id")


def _rounds() -> None:
    _table(
        "round",
        _id(),
        *_texts("code"),
        *_sealed("started_by"),
        *_texts("platform", "workspace"),
        _one_of("phase", "draft", "collecting", "closed", "revealed", "ended", "cancelled"),
        _one_of("stage", "design", "delivery", "evaluation"),
        _one_of("attribution", "named", "group"),
        *_numbers("version"),
        *_times("created_at"),
        *_times("opening_at", "opened_at", "closes_at", "nudged_at", "reminded_at", "closed_at", nullable=True),
        *_times("prepared_at", "held_back_at", "reveal_agreed_at", "revealed_at", "ends_at", "due_at", nullable=True),
        sa.Column("late_for", sa.Float(), nullable=False),
        *_numbers("moved_for_downtime", "small_group"),
        *_texts("root", nullable=True),
        *_texts("time_zone", "locale", "service", "proposal", "decided", "still_open", "contact"),
        *_facts("remind_at", "changes"),
        *_facts("statement", nullable=True),
        unique=[("code",), ("started_by",)],
    )
    _partial("ix_round_due", "round", "due_at", where="due_at IS NOT NULL")
    _partial("ix_round_closing", "round", "closes_at", where="phase = 'collecting'")


def _setups() -> None:
    _table(
        "setup",
        _round_id(),
        *_facts("fields"),
        *_numbers("edition"),
        *_facts("looked_up", nullable=True),
        key=("round_id",),
    )
    _table(
        "venue",
        _id(),
        _round_id(),
        *_numbers("position"),
        *_texts("platform", "workspace", "channel"),
        *_facts("told"),
        unique=[("round_id", "platform", "workspace", "channel")],
    )
    _table(
        "organiser",
        _round_id(),
        _link("account_id", "account.id"),
        *_numbers("position"),
        *_texts("name"),
        *_flags("is_first"),
        key=("round_id", "account_id"),
    )
    _index("organiser", "account_id")


def _wordings() -> None:
    _table(
        "round_group",
        _round_id(),
        *_numbers("position"),
        *_texts("name"),
        *_flags("is_leaders"),
        *_texts("asks_as"),
        key=("round_id", "position"),
    )
    _table(
        "question",
        _round_id(),
        *_numbers("position"),
        *_texts("group_name"),
        _one_of("level", "personal", "others", "intentions", "barriers"),
        *_texts("locale", "text", "hint"),
        key=("round_id", "position"),
    )


def _seats() -> None:
    why = ("bot", "deactivated", "stranger", "unknown", "refused")
    _table(
        "seat",
        _id(),
        _round_id(),
        _link("person_id", "person.id"),
        _link("account_id", "account.id"),
        *_texts("name", "group_name"),
        *_texts("locale", "tz", nullable=True),
        *_times("asked_at", "drafted_at", "replied_at", "declined_at", nullable=True),
        *_times("snoozed_until", "stopped_at", "removed_at", nullable=True),
        _one_of("unreachable", *why, name="why", nullable=True),
        *_numbers("revision"),
        *_sealed("wrapped", nullable=True),
        *_numbers("key_version", nullable=True),
        unique=[("round_id", "person_id"), ("round_id", "account_id")],
    )
    _index("seat", "person_id")
    _index("seat", "account_id")


def _words() -> None:
    _table(
        "envelope",
        _link("seat_id", "seat.id", ondelete="CASCADE"),
        *_texts("kind"),
        *_numbers("revision"),
        *_sealed("ciphertext"),
        sa.CheckConstraint("kind IN ('draft', 'reply', 'late_draft', 'late')", name="kind"),
        key=("seat_id", "kind"),
    )
    _table(
        "perspective",
        *_texts("id"),
        _round_id(),
        *_numbers("position"),
        *_texts("group_name", "name", nullable=True),
        _link("seat_id", "seat.id", ondelete="SET NULL", nullable=True),
        *_texts("commitment"),
        _one_of("seen", "before", "none", "some", "all", nullable=True),
        *_times("withdrawn_at", nullable=True),
        *_texts("hidden", nullable=True),
        *_sealed("wrapped", nullable=True),
        *_numbers("key_version", nullable=True),
        *_sealed("ciphertext", nullable=True),
        unique=[("round_id", "position")],
    )
    _partial("ix_perspective_seat", "perspective", "seat_id", where="seat_id IS NOT NULL")


def _messages() -> None:
    _table(
        "message",
        _id(),
        *_texts("key"),
        _round_id(),
        sa.Column("kind", sa.String(32), nullable=False),
        _one_of("op", "post", "amend", "attach"),
        _one_of("state", "owed", "sending", "sent", "dropped", "given_up", "stuck"),
        *_texts("lane", "platform", "workspace"),
        *_texts("channel", "user", nullable=True),
        *_numbers("seat_id", "after_id", "anchor_id", nullable=True),
        *_flags("in_thread", "is_card", "is_head"),
        *_numbers("attempt", "wanted", "shown"),
        *_times("not_before"),
        *_times("tried_at", nullable=True),
        *_texts("step_name", "step_value", "posted_place", "posted_id", "reason", nullable=True),
        *_facts("args"),
        unique=[("key",)],
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_round", "message", ["round_id", "kind"])
    unfinished, going_out = "state IN ('owed', 'sending', 'stuck')", "state IN ('owed', 'sending')"
    _partial("ix_message_lane", "message", "lane", "is_head", "id", where=unfinished)
    heads, of_postgresql = f"{going_out} AND is_head = 1", f"{going_out} AND is_head"
    _partial("ix_message_head", "message", "state", "not_before", where=heads, postgresql=of_postgresql)
    _partial("ix_message_card", "message", "round_id", where="is_card = 1", postgresql="is_card")
    _partial("ix_message_stale", "message", "not_before", where="state = 'sent' AND wanted > shown")
    _partial("ix_message_after", "message", "after_id", where="after_id IS NOT NULL")


def _records() -> None:
    _table(
        "act",
        _round_id(),
        *_sealed("id"),
        *_times("at"),
        *_facts("outcome", nullable=True),
        *_numbers("seat_id", nullable=True),
        *_texts("kind", nullable=True),
        *_numbers("revision", nullable=True),
        *_flags("is_first", nullable=True),
        key=("round_id", "id"),
        sqlite_with_rowid=False,
    )
    _table("audit", _id(), _round_id(), *_times("at"), *_texts("what"))
    _index("audit", "round_id")
    _table("vault", *_texts("key"), *_sealed("wrapped"), *_numbers("key_version"), *_sealed("ciphertext"), key=("key",))
    _table("beat", _id(), *_times("alive_at"))
    identity = op.create_table("identity", sa.Column("name", AutoString(), primary_key=True))
    op.bulk_insert(identity, [{"name": secrets.token_hex(4)}])


def _table(
    name: str,
    *parts: sa.schema.SchemaItem,
    key: tuple[str, ...] = ("id",),
    unique: list[tuple[str, ...]] | None = None,
    **options: bool,
) -> None:
    alone = [sa.UniqueConstraint(*columns, name=op.f("_".join(("uq", name, *columns)))) for columns in unique or []]
    primary = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}"))
    op.create_table(name, *parts, primary, *alone, **options)


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _partial(name: str, table: str, *columns: str, where: str, postgresql: str | None = None) -> None:
    of_postgresql = sa.text(postgresql or where)
    op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=of_postgresql)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _round_id() -> sa.Column[int]:
    return _link("round_id", "round.id", ondelete="CASCADE")


def _link(name: str, to: str, *, ondelete: str | None = None, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(to, ondelete=ondelete), nullable=nullable)


def _one_of(column: str, *known: str, name: str | None = None, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Enum(*known, name=name or column, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=nullable)


def _texts(*names: str, nullable: bool = False) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, AutoString(), nullable=nullable) for name in names)


def _numbers(*names: str, nullable: bool = False) -> Iterator[sa.Column[int]]:
    return (sa.Column(name, sa.Integer(), autoincrement=False, nullable=nullable) for name in names)


def _flags(*names: str, nullable: bool = False) -> Iterator[sa.Column[bool]]:
    return (sa.Column(name, sa.Boolean(), nullable=nullable) for name in names)


def _times(*names: str, nullable: bool = False) -> Iterator[sa.Column[object]]:
    return (sa.Column(name, UTCDateTime(), nullable=nullable) for name in names)


def _facts(*names: str, nullable: bool = False) -> Iterator[sa.Column[object]]:
    return (sa.Column(name, sa.JSON(), nullable=nullable) for name in names)


def _sealed(*names: str, nullable: bool = False) -> Iterator[sa.Column[bytes]]:
    return (sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names)
