"""Bringing a database to the schema of this release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from bot.errors import DatabaseBehind, DatabaseForeign
from storage.database.engines import read_only_engine, writing_engine
from storage.database.files import make_ready
from storage.database.tables import METADATA
from storage.settings import database_file

if TYPE_CHECKING:
    from alembic.config import Config

OWN_PRAGMAS: Final = ("foreign_keys = OFF",)
"""A migration that makes a table anew drops the old one, which would delete what refers to it."""


def migrate(url: str) -> None:
    """Makes the file where there is none. One transaction for each migration: killed, it may be repeated.

    The caller holds the lock of the database. Raises DatabaseBehind where a newer release wrote it, DatabaseForeign
    where it is not ours, DatabaseUnwritable.
    """
    from alembic import command  # a third of a second, only where it is needed

    make_ready(database_file(url))
    with _ours(url), writing_engine(url, OWN_PRAGMAS).connect() as connection:
        found = _revision(connection)
        if found not in (None, *_revisions()):
            raise DatabaseBehind(url=url)
        if found is None:
            _clear(connection, url)
        connection.rollback()  # Alembic begins its own transactions, and only where none is open
        command.upgrade(_config(connection), "head")


def is_current(url: str) -> bool:
    """Only reads. A file that is not there yet is not current, and is not made. Raises DatabaseForeign."""
    if not database_file(url).exists():
        return False
    with _ours(url), read_only_engine(url).connect() as connection:
        return _revision(connection) == _revisions()[0]


@contextmanager
def _ours(url: str) -> Iterator[None]:
    """Raises DatabaseForeign where the file is no database of SQLite."""
    try:
        yield
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB":
            raise DatabaseForeign(file=str(database_file(url))) from None
        raise


def _clear(connection: Connection, url: str) -> None:
    """Drops what a first migration left that was killed before migrations were transactions: our tables, and no row."""
    tables = inspect(connection).get_table_names()
    quote = connection.dialect.identifier_preparer.quote
    is_ours = set(tables) <= {*METADATA.tables, "alembic_version"}
    if not is_ours or any(connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {quote(name)})")) for name in tables):  # noqa: S608
        raise DatabaseForeign(file=str(database_file(url)))
    for name in tables:
        connection.execute(text(f"DROP TABLE {quote(name)}"))
    connection.commit()


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


@cache
def _revisions() -> tuple[str, ...]:
    """The newest first. They are part of this release: read once."""
    from alembic.script import ScriptDirectory

    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
