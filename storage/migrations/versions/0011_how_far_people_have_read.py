"""Bookmarks of the reader, and how many have read all answers. Headlines of rounds in play are cards from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("reader", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_reading_round_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("round_id", "reader", name="pk_reading"),
    )
    op.create_index("ix_reading_reader", "reading", ["reader"])
    op.add_column("round", sa.Column("heard", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute(
        "UPDATE message SET is_card = true, wanted = 1 WHERE kind = 'headline_done' "
        "AND round_id IN (SELECT id FROM round WHERE phase IN ('closed', 'revealed'))"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
