"""The schema: the migrations make the tables that the code knows, from every release."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import assert_never

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.errors import DatabaseBehind
from bot.rounds import Phase
from storage.database.tables import METADATA
from storage.migrations import is_current, migrate
from tests.builders import account
from tests.contract.stores import Stores, sql_stores
from tests.schemas.__main__ import code_of

SCHEMAS = Path(__file__).parents[1] / "schemas"
VERSIONS = Path(__file__).parents[2] / "storage" / "migrations" / "versions"


def _schema(connection: Connection) -> dict[str, set[str]]:
    """Name -> what it is made of, whatever the order: a column that was added later comes behind the constraints."""
    rows = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
    )
    return {row.name: _parts(row.sql) for row in rows}


def _parts(made: str) -> set[str]:
    """What stands between the outer parentheses, cut at its commas; and what stands around them."""
    head, _, rest = made.partition("(")
    inside, _, tail = rest.rpartition(")")
    pieces = re.findall(r"(?:[^,(]|\((?:[^()]|\([^()]*\))*\))+", inside)
    return {" ".join(piece.split()) for piece in (head, *pieces, tail)}


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


@pytest.mark.parametrize("dump", sorted(SCHEMAS.glob("*.sql")), ids=lambda dump: str(dump.stem))
async def test_a_database_of_each_release_is_brought_up_with_all_that_is_in_it(dump: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    _load(dump, file)
    migrate(f"sqlite:///{file}")
    with create_engine(f"sqlite:///{file}").connect() as migrated, create_engine("sqlite://").connect() as made:
        METADATA.create_all(made)
        assert _schema(migrated) == _schema(made), "before the release: python -m tests.schemas; after it: a migration"
    async with sql_stores(file, new=False) as (stores, _):
        for phase in Phase:
            await _expect_all_of(stores, phase)
        assert await stores.vault.get("token") == b"secret"


def test_a_database_of_the_newest_migration_is_kept_for_the_next_one_to_be_tried_on() -> None:
    newest = max(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
    assert (SCHEMAS / f"{newest}.sql").exists(), "python -m tests.schemas"


def _load(dump: Path, file: Path) -> None:
    with closing(sqlite3.connect(file)) as old:
        old.executescript(dump.read_text(encoding="utf-8"))


async def _expect_all_of(stores: Stores, phase: Phase) -> None:
    code = code_of(phase)
    round_ = await stores.rounds.get(code)
    assert round_.phase is phase
    own = [await stores.replies.own(code, account(user)) for user in ("ann", "bob")]
    words = [one.answers.personal if one else None for one in own]
    match phase:
        case Phase.DRAFT | Phase.CANCELLED:
            assert words == [None, None]
        case Phase.COLLECTING | Phase.CLOSED:
            assert words == ["in time", "half"]
        case Phase.REVEALED | Phase.ENDED:
            assert words == [None, "half" if phase is Phase.REVEALED else None]
            assert [one.answers.personal for one in await stores.replies.perspectives(round_.id)] == ["in time"]
        case _:
            assert_never(phase)
