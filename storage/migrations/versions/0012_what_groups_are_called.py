"""What happens with the answers of a round. A group of any other name stands for none of ours.

User groups of a platform stand among the people of a set-up: both are references that expand to people.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MANY = 1_000
PEOPLE = ("leaders", "frontline", "citizens")


def upgrade() -> None:
    op.add_column("round", sa.Column("next_steps", AutoString(), nullable=False, server_default=sa.text("''")))
    op.execute("UPDATE round_group SET asks_as = '' WHERE name NOT IN ('leaders', 'frontline', 'citizens')")
    _join_references()


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


def _join_references() -> None:
    connection = op.get_bind()
    setup = sa.table("setup", sa.column("round_id"), sa.column("fields", sa.JSON()))
    apart = sa.select(setup.c.round_id, setup.c.fields).where(
        sa.cast(setup.c.fields, sa.String).like('%\\_groups"%', escape="\\")
    )
    change = (
        sa.update(setup)
        .where(setup.c.round_id == sa.bindparam("of"))
        .values(fields=sa.bindparam("anew", type_=sa.JSON()))
    )
    for rows in connection.execute(apart).partitions(MANY):
        connection.execute(change, [{"of": row.round_id, "anew": _joined(row.fields)} for row in rows])


def _joined(fields: dict[str, Any]) -> dict[str, Any]:
    groups = {name: fields.get(f"{name}_groups") or [] for name in PEOPLE if f"{name}_groups" in fields}
    kept = {name: values for name, values in fields.items() if name not in {f"{name}_groups" for name in groups}}
    return {**kept, **{name: [*fields.get(name, []), *more] for name, more in groups.items()}}
