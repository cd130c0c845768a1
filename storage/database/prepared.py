"""Core statements for the hot paths: compiled once, then executed on the driver's own connection.

SQLAlchemy's overhead is several times the time that SQLite needs for a short statement. Statements stay Core, so that
they follow the tables and the dialect; only their execution bypasses SQLAlchemy. Other dialects execute them as usual.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, UpdateBase
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

from storage.database.rows import Row
from storage.database.workers import driver

Statement = Select[*tuple[Any, ...]] | UpdateBase
Process = Callable[[Any], Any] | None


class Prepared:
    """A compiled statement. Expanding parameters (lists) are not supported. Rows are accessed by column name."""

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

    def value(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self.one(connection, values)
        return None if found is None else found[0]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        if connection.dialect.name != "sqlite":
            connection.execute(self.statement, values)
        else:
            self._shortly(connection, values).run(connection, values)

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """`rows` must all have the same keys. An empty sequence executes nothing."""
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            connection.execute(self.statement, rows)
        else:
            self._shortly(connection, rows[0]).many(connection, rows)

    def _shortly(self, connection: Connection, values: Mapping[str, Any]) -> _Short:
        """An INSERT is compiled for the columns of its first execution."""
        if self._short is None:
            names = tuple(values) if isinstance(self.statement, Insert) else None
            self._short = _Short(self.statement, connection.dialect, names)
        return self._short


class _Short:
    """The SQL text for SQLite, with the converters of bound parameters and of result columns."""

    def __init__(self, statement: Statement, dialect: Dialect, columns: Sequence[str] | None) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - for the type checker
        self._text = compiled.string
        self._given: list[Any] = []  # parameter values, with the constant ones already filled in
        self._into: list[tuple[int, str, Process]] = []
        for at, name in enumerate(compiled.positiontup or ()):
            bind = compiled.binds[name]
            process = _into(bind.type, dialect)
            self._given.append(process(bind.value) if process and not bind.required else bind.value)
            if bind.required:
                self._into.append((at, name, process))
        returned = getattr(statement, "exported_columns", None) or ()
        out = (_out(column.type, dialect) for column in returned)
        self._out = [(at, process) for at, process in enumerate(out) if process is not None]
        names = [column.key for column in returned]
        self._make: Callable[[Sequence[Any]], Any] | None = _maker(names) if names else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Row]:
        found = driver(connection).execute(self._text, self._filled(values))
        if self._make is None:
            return ()
        return [self._make(self._read(raw)) for raw in found.fetchall()]

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        driver(connection).executemany(self._text, map(self._filled, rows))

    def _filled(self, values: Mapping[str, Any]) -> list[Any]:
        given = self._given.copy()
        for at, name, process in self._into:
            given[at] = values[name] if process is None else process(values[name])
        return given

    def _read(self, raw: Sequence[Any]) -> list[Any]:
        """Converts one row. NULL stays None whatever the column type."""
        values = list(raw)
        for at, process in self._out:
            if values[at] is not None:
                values[at] = process(values[at])
        return values


def _into(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    return _written if isinstance(kind, UTCDateTime) else kind.dialect_impl(dialect).bind_processor(dialect)


def _out(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    return _time if isinstance(kind, UTCDateTime) else kind.dialect_impl(dialect).result_processor(dialect, None)


def _written(at: datetime | None) -> str | None:
    """The same text format as SQLAlchemy's, at a tenth of its cost."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError("times here have a zone")
    return at.astimezone(UTC).isoformat(" ", "microseconds").removesuffix("+00:00")


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written + "+00:00")


def _maker(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    made: Any = namedtuple("Row", names)  # type: ignore[misc]
    maker: Callable[[Sequence[Any]], Any] = made._make
    return maker
