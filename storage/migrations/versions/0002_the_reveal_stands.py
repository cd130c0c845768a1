"""A round is revealed when its headline stands, not when it is claimed; what a reveal waits for is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

HEADLINE = "SELECT 1 FROM message m WHERE m.round_id = round.id AND m.kind = 'headline'"
NOT_STANDING = (
    f"phase = 'revealed' AND EXISTS ({HEADLINE} AND m.state IN ('owed', 'sending', 'stuck'))"
    f" AND NOT EXISTS ({HEADLINE} AND m.state = 'sent')"
)
STUCK_IN_VENUE = (
    "SELECT m.tried_at FROM message m JOIN round r ON r.id = m.round_id WHERE m.round_id = venue.round_id"
    " AND m.channel = venue.channel AND m.platform = venue.platform AND m.workspace = venue.workspace"
    " AND m.kind = 'headline' AND m.state = 'stuck' AND r.phase = 'closed'"
)
FROM_NOW_ON = (
    "UPDATE round SET revealing_at = revealed_at WHERE revealed_at IS NOT NULL",
    # what was committed at the claim is taken back where the headline does not stand
    f"UPDATE round SET phase = 'closed', revealed_at = NULL, ends_at = NULL, due_at = NULL WHERE {NOT_STANDING}",  # noqa: S608
    f"UPDATE venue SET refusal = 'other', refused_at = ({STUCK_IN_VENUE}) WHERE EXISTS ({STUCK_IN_VENUE})",  # noqa: S608
    # a reveal that waits comes back to its organisers: at once, as nobody was reminded so far
    "UPDATE round SET due_at = coalesce(held_back_at, closed_at) WHERE phase = 'closed' AND (held_back_at IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM venue v WHERE v.round_id = round.id AND v.refused_at IS NOT NULL))",
    # owed once the headline is complete: waiting for it, they hold up what else their reader is owed
    "UPDATE message SET is_head = 1 WHERE state IN ('owed', 'sending', 'stuck') AND lane IN"
    " (SELECT m.lane FROM message m JOIN round r ON r.id = m.round_id"
    " WHERE m.kind = 'opened' AND m.state = 'owed' AND r.phase = 'closed')",
    "DELETE FROM message WHERE kind = 'opened' AND state = 'owed' AND round_id IN"
    " (SELECT id FROM round WHERE phase = 'closed')",
    # nobody in time is an ordinary end of collecting: there is no such message any more
    "UPDATE message SET is_head = 1 WHERE state IN ('owed', 'sending', 'stuck') AND lane IN"
    " (SELECT lane FROM message WHERE kind = 'no_voices' AND state IN ('owed', 'sending', 'stuck'))",
    "DELETE FROM message WHERE kind = 'no_voices'",
)


def upgrade() -> None:
    for table, times, texts in (
        ("round", ("waits_since", "revealing_at"), ("waits_for",)),
        ("venue", ("refused_at", "opens_at"), ("refusal",)),
        ("organiser", ("gone_at",), ()),
    ):
        for name in times:
            op.add_column(table, sa.Column(name, UTCDateTime(), nullable=True))
        for name in texts:
            op.add_column(table, sa.Column(name, AutoString(), nullable=True))
    for statement in FROM_NOW_ON:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
