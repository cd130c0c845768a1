"""Who is asked to move to another group, where the organiser listed them, and how large they were told it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("moving_to", "listed_in", "counted_in"):
        op.add_column("seat", sa.Column(name, AutoString(), nullable=True))
    op.add_column("round", sa.Column("sizes", sa.JSON(none_as_null=True), nullable=False, server_default="[]"))
    for name in ("smaller_since", "smaller_told_at"):
        op.add_column("round", sa.Column(name, UTCDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
