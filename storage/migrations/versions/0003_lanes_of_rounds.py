"""A lane is one round's in one conversation, and files have a lane of their own."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

RENAME = """
UPDATE message SET lane = round_id || '/' || lane || CASE op WHEN 'attach' THEN '+files' ELSE '' END
"""
# one queue becomes several, and each needs a head; one head more than needed does no harm
PROMOTE = """
UPDATE message SET is_head = 1 WHERE id IN (
    SELECT min(id) FROM message WHERE state IN ('owed', 'sending', 'stuck') AND is_head = 0 GROUP BY lane
)
"""


def upgrade() -> None:
    op.execute(RENAME)
    op.execute(PROMOTE)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
