"""Acts lose seat, time and what was done with words: copies of rows survive in unallocated bytes of pages.

The table is made anew: the pages of the old one are overwritten when they are freed (`secure_delete`). The time stays
for drafts of rounds, which are deleted when nobody works on them. What an act did with words cannot be encrypted here,
for the id of its press is not stored: a submission that is delivered again after the upgrade is answered from what is
held. Outcomes of organisers' acts stay.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_table("act", "act_before")
    op.create_table(
        "act",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("done", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_act_round_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("round_id", "id", name="pk_act"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO act (round_id, id, at, outcome) "
        "SELECT act_before.round_id, act_before.id, "
        "CASE WHEN round.phase = 'draft' THEN act_before.at END, act_before.outcome "
        "FROM act_before JOIN round ON round.id = act_before.round_id"
    )
    op.drop_table("act_before")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
