"""What the tables are made of: kinds of columns, partial indexes, names of constraints."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import JSON, Column, Index, LargeBinary, MetaData, text
from sqlalchemy import Enum as SAEnum
from sqlmodel import SQLModel

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(
    known: type[StrEnum], *, nullable: bool = False, checked: bool = True, default: StrEnum | None = None
) -> Column[Any]:
    """Takes only members of `known`. `checked`: in the database, too; not where new members come often.

    `default`: of rows that are older than the column.
    """
    return Column(
        SAEnum(
            known,
            name=known.__name__.lower(),
            values_callable=lambda enum: [member.value for member in enum],
            native_enum=False,
            create_constraint=checked,
            validate_strings=True,
            length=32,
        ),
        nullable=nullable,
        server_default=default and default.value,
    )


def facts(*, nullable: bool = True) -> Column[Any]:
    return Column(JSON(none_as_null=True), nullable=nullable)


def sealed(*, nullable: bool = True) -> Column[Any]:
    return Column(LargeBinary, nullable=nullable)


def partial(name: str, *columns: str, where: str, postgresql: str | None = None) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(postgresql or where))


def flagged(name: str, *columns: str, where: str, flag: str) -> Index:
    """Partial over a boolean as well, which SQLite writes as a number."""
    return partial(name, *columns, where=f"{where} AND {flag} = 1", postgresql=f"{where} AND {flag}")


class TableModel(SQLModel):
    metadata = METADATA
