"""Core statements for the hot paths: compiled once, and run on the driver's own connection.

A statement costs SQLAlchemy several times what it costs SQLite. What it says stays Core, so that it follows the tables
and the dialect; only the way to the database is short. On another dialect it goes the long way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Select, UpdateBase
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from storage.desks import driver
from storage.rows import Row

Statement = Select[*tuple[Any, ...]] | UpdateBase
Process = Callable[[Any], Any] | None


class Prepared:
    """Takes no lists (`expanding`). Rows are read by the names of their columns."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._short: _Short | None = None

    def all(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
        if connection.dialect.name != "sqlite":
            return connection.execute(self.statement, values).all()
        return self._shortly(connection, values).run(connection, values)

    def one(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row, or None."""
        found = self.all(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        if connection.dialect.name != "sqlite":
            connection.execute(self.statement, values)
        else:
            self._shortly(connection, values).run(connection, values)

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """All of the same names. Nothing where there are none."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            connection.execute(self.statement, rows)
        else:
            self._shortly(connection, rows[0]).many(connection, rows)

    def _shortly(self, connection: Connection, values: Mapping[str, Any]) -> _Short:
        """An insert is compiled for the columns that it was first run with."""
        if self._short is None:
            names = tuple(values) if isinstance(self.statement, Insert) else None
            self._short = _Short(self.statement, connection.dialect, names)
        return self._short


class _Short:
    """What SQLite must be told, and how values go in and come out."""

    def __init__(self, statement: Statement, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - for the type checker
        self._text = compiled.string
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._into = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        returned = getattr(statement, "exported_columns", None) or ()
        self._out: list[Process] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned
        ]
        names = [column.key for column in returned]
        self._make: Callable[[Sequence[Any]], Any] | None = _maker(names) if names else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
        found = driver(connection).execute(self._text, self._given(values))
        if self._make is None:
            return ()
        return [self._make(self._read(raw)) for raw in found.fetchall()]

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        driver(connection).executemany(self._text, map(self._given, rows))

    def _given(self, values: Mapping[str, Any]) -> list[Any]:
        told = {**self._fixed, **values} if self._fixed else values
        return [told[name] if process is None else process(told[name]) for name, process in self._into]

    def _read(self, raw: Sequence[Any]) -> list[Any]:
        """None is None, whatever the type."""
        return [
            value if process is None or value is None else process(value)
            for value, process in zip(raw, self._out, strict=True)
        ]


def _maker(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    made: Any = namedtuple("Row", names)  # type: ignore[misc]
    maker: Callable[[Sequence[Any]], Any] = made._make
    return maker
