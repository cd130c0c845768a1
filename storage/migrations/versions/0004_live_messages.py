"""People's live messages: posts that a question left behind, and whose person acted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STALE = "state = 'sent' AND (wanted > shown OR older IS NOT NULL)"


def upgrade() -> None:
    op.add_column("message", sa.Column("older", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("message", sa.Column("is_urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_message_card", "message")
    op.create_index(
        "ix_message_card",
        "message",
        ["round_id", "kind", "seat_id"],
        sqlite_where=sa.text("is_card = 1"),
        postgresql_where=sa.text("is_card"),
    )
    op.drop_index("ix_message_stale", "message")
    op.create_index(
        "ix_message_stale", "message", ["not_before"], sqlite_where=sa.text(STALE), postgresql_where=sa.text(STALE)
    )
    # questions of rounds that have not revealed yet are their people's live messages from now on
    op.execute(
        "UPDATE message SET is_card = true WHERE kind = 'question' AND id IN (SELECT max(id) FROM message "
        "WHERE kind = 'question' GROUP BY round_id, seat_id) AND round_id IN (SELECT id FROM round "
        "WHERE phase IN ('draft', 'collecting', 'closed'))"
    )

    # who was asked is told by the question that stands, no longer by the one that is owed
    op.execute(
        "UPDATE seat SET asked_at = NULL WHERE unreachable IS NOT NULL OR id IN (SELECT seat_id FROM message "
        "WHERE kind = 'question' AND state <> 'sent')"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
