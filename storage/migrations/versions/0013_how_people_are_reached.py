"""How each person is reached, and who takes no private messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seat", sa.Column("way", sa.String(length=32), nullable=False, server_default="private"))
    for table in ("seat", "organiser"):
        op.add_column(table, sa.Column("dm_closed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
