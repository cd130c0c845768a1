"""Until when each platform's events arrived: a restart must know that people could not answer, though the bot ran."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listening",
        sa.Column("platform", AutoString(), nullable=False),
        sa.Column("heard_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name="pk_listening"),
    )
    # the releases before kept one time for all: that stands for each platform that has rounds
    op.execute(
        "INSERT INTO listening (platform, heard_at) "
        "SELECT DISTINCT round.platform, beat.alive_at FROM round, beat WHERE beat.id = 1"
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
