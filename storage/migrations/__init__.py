"""Bringing a database to the schema of this release."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine

from bot.errors import DatabaseBehind
from storage.settings import database_file

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(url: str) -> None:
    """Makes the file where there is none. May be repeated. Raises DatabaseBehind where a newer release wrote it."""
    from alembic import command  # a third of a second, only where it is needed

    with _connected(url) as connection:
        if _revision(connection) not in (None, *_revisions()):
            raise DatabaseBehind(url=url)
        command.upgrade(_config(connection), "head")
        connection.commit()


def is_current(url: str) -> bool:
    """A file that is not there yet is not current, and is not made."""
    if not database_file(url).exists():
        return False
    with _connected(url) as connection:
        return _revision(connection) == _revisions()[0]


def _connected(url: str) -> Connection:
    return create_engine(url, hide_parameters=True).connect()


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
