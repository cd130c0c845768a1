"""Every row as it stands in the database file, for whoever wants to see what is kept. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import LargeBinary, inspect, text

from storage.database.engines import read_only_engine
from storage.database.tables import METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """`binary`: names of columns that hold bytes: ciphertext, wrapped keys, digests."""

    name: str
    columns: tuple[str, ...]
    binary: frozenset[str]
    rows: tuple[tuple[object, ...], ...] = field(repr=False)


def tables(url: str) -> Iterator[TableContent]:
    """All tables of the file, by name."""
    engine = read_only_engine(url)
    try:
        for name in sorted(inspect(engine).get_table_names()):
            with engine.connect() as connection:
                found = connection.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - the schema's own names
                rows = tuple(tuple(row) for row in found)
            yield TableContent(name=name, columns=tuple(found.keys()), binary=_binary(name), rows=rows)
    finally:
        engine.dispose()


def _binary(name: str) -> frozenset[str]:
    if (known := METADATA.tables.get(name)) is None:
        return frozenset()
    return frozenset(column.name for column in known.columns if isinstance(column.type, LargeBinary))
