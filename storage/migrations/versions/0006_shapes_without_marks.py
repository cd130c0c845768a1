"""Values in JSON lose the marks of their classes: columns know the type, what may be one of several is tagged.

Before: `{"$": "Said", …}`, `{"$at": "2026-12-01T12:00:00+00:00"}`, `{"$for": 3600.0}`.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MANY = 1_000

TYPED = (
    ("round", ("id",), ("remind_at", "changes", "statement")),
    ("setup", ("round_id",), ("fields", "looked_up")),
    ("venue", ("id",), ("told",)),
)
"""Table, its key, and the columns of which the type is known."""

OUTCOMES = {"Said": "said", "Refused": "refused", "Confirm": "confirm"}
CLASSES = frozenset(
    {*OUTCOMES, "Account", "Change", "Control", "GroupCount", "Line", "LookedUp", "Member", "Missing", "Reach"}
    | {"Address", "Cast", "Setup", "Statement", "Workspace"}
)
"""What was marked: a group may be called "$"."""


def upgrade() -> None:
    for table, key, columns in TYPED:
        for column in columns:
            _rewrite(table, key, column, _plain)
    _rewrite("message", ("id",), "args", _args)
    _rewrite("act", ("round_id", "id"), "outcome", _outcome)


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")


def _rewrite(table: str, key: tuple[str, ...], column: str, anew: Any) -> None:
    """Only rows that hold a mark."""
    connection = op.get_bind()
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in key]
    values = sa.column(column, sa.JSON(none_as_null=True))
    here = sa.table(table, *columns, values)
    marked = sa.select(*columns, values).where(sa.cast(values, sa.String).like('%"$%'))
    change = (
        sa.update(here)
        .where(*(one == sa.bindparam(f"of_{one.name}") for one in columns))
        .values({column: sa.bindparam("anew", type_=sa.JSON(none_as_null=True))})
    )
    for rows in connection.execute(marked.select_from(here)).partitions(MANY):
        changed = [
            {**{f"of_{name}": getattr(row, name) for name in key}, "anew": anew(getattr(row, column))} for row in rows
        ]
        connection.execute(change, changed)


def _plain(shape: Any) -> Any:
    match shape:
        case {"$at": str(at), **rest} if not rest:
            return at
        case {"$for": int() | float() as seconds, **rest} if not rest:
            return seconds
        case dict():
            is_marked = shape.get("$") in CLASSES
            return {name: _plain(item) for name, item in shape.items() if not (is_marked and name == "$")}
        case list():
            return [_plain(item) for item in shape]
        case _:
            return shape


def _args(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: _tagged(item) for name, item in shape.items()}


def _tagged(shape: Any) -> Any:
    match shape:
        case {"$at": str(at), **rest} if not rest:
            return {"type": "time", "is": at}
        case {"$for": int() | float() as seconds, **rest} if not rest:
            return {"type": "length", "is": seconds}
        case _:
            return _plain(shape)


def _outcome(shape: dict[str, Any]) -> dict[str, Any] | None:
    """None: it is worked out anew."""
    if shape.get("$") not in OUTCOMES:
        return None
    told = {name: _told(item) for name, item in shape.items() if name != "$"}
    return {"type": OUTCOMES[shape["$"]], **told}


def _told(shape: Any) -> Any:
    match shape:
        case {"$": "Line"}:
            return {"key": shape["key"], "facts": _args(shape.get("facts", {}))}
        case {"$": "Control"}:
            return {name: item for name, item in shape.items() if name != "$"}
        case dict():
            return {name: _told(item) for name, item in shape.items()}
        case list():
            return [_told(item) for item in shape]
        case _:
            return shape
