"""Migrations are all or nothing: wherever one is killed, the next start goes on from where the last one was."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import DatabaseForeign
from storage.migrations import is_current, migrate
from storage.settings import url_of
from tests.contract.stores import migrated

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "tests/schemas").glob("*.sql"))


@pytest.mark.process
@pytest.mark.parametrize("dump", [None, *SCHEMAS], ids=lambda dump: dump.stem if dump else "a first start")
def test_a_migration_killed_at_any_statement_is_made_whole_by_the_next_start(dump: Path | None, tmp_path: Path) -> None:
    call = [sys.executable, "-m", "tests.contract.killing_migrations", str(tmp_path), *([str(dump)] if dump else [])]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > (40 if dump is None else 2), "it was killed nowhere"


@pytest.mark.parametrize("left", [1, 5, 40])
def test_what_a_killed_first_start_of_the_first_release_left_is_made_anew(left: int, tmp_path: Path) -> None:
    """It wrote its tables one by one, each at once."""
    whole, file = tmp_path / "whole.db", tmp_path / "left.db"
    whole.write_bytes(migrated())
    with closing(sqlite3.connect(whole)) as made, closing(sqlite3.connect(file)) as begun:
        begun.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        named = (
            "SELECT sql FROM sqlite_master "
            "WHERE sql IS NOT NULL AND tbl_name NOT IN ('sqlite_sequence', 'alembic_version')"
        )
        for (statement,) in made.execute(named).fetchmany(left):
            begun.execute(statement)
    migrate(url_of(file))
    assert is_current(url_of(file))


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE person (id INTEGER NOT NULL, since DATE)", "INSERT INTO person VALUES (1, '2026-12-01')"],
        ["CREATE TABLE recipes (name)"],
    ],
    ids=["somebody is in it", "tables of another program"],
)
def test_a_file_that_is_not_ours_is_left_alone(statements: list[str], tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as other, other:
        for statement in statements:
            other.execute(statement)

    def held() -> list[str]:
        with closing(sqlite3.connect(file)) as other:
            return list(other.iterdump())

    before = held()
    with pytest.raises(DatabaseForeign):
        migrate(url_of(file))
    assert held() == before
