"""Entries of the list beside the key are numbered; a round that was restored knows what it may not know of the chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity", sa.Column("listed", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("round", sa.Column("lost_since", UTCDateTime(), nullable=True))
    op.add_column("round", sa.Column("stood_at", UTCDateTime(), nullable=True))
    op.add_column("round", sa.Column("stood_root", AutoString(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
