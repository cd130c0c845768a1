"""Requests to hide a voice: the reasons, sealed, until the voice is hidden or gone. Nothing says who asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hiding",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_hiding_round_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_hiding"),
    )
    op.create_index("ix_hiding_round_id", "hiding", ["round_id"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
