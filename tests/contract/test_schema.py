"""The schema: the migrations make the tables that the code knows, from every release."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.errors import DatabaseBehind
from storage.migrations import is_current, migrate
from storage.tables import METADATA


def _schema(connection: Connection) -> dict[str, set[str]]:
    """Name -> what it is made of, whatever the order of constraints."""
    rows = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
    )
    return {row.name: {part.strip() for part in re.split(r",?\n\s*", row.sql)} for row in rows}


def test_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    migrate(url)
    with create_engine(url).connect() as migrated, create_engine("sqlite://").connect() as made:
        METADATA.create_all(made)
        assert _schema(migrated) == _schema(made)


def test_autogenerate_finds_nothing_to_add(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    url = f"sqlite:///{tmp_path / 'migrated.db'}"
    migrate(url)
    with create_engine(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_twice_is_migrating_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'twice.db'}"
    assert not is_current(url)
    migrate(url)
    migrate(url)
    assert is_current(url)


def test_a_database_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'newer.db'}"
    migrate(url)
    with create_engine(url).connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(DatabaseBehind):
        migrate(url)
    assert not is_current(url)
