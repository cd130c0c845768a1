"""Every statement of storage: PostgreSQL would understand it, and SQLite answers it by an index."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.selectable import CompoundSelect

import storage
from storage.database.prepared import Prepared
from storage.database.tables import METADATA
from tests.contract.stores import migrated

PG: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
SQLITE: Dialect = sqlite.dialect()

MAY_SCAN = {
    "words.erasing.BLANK_ACTS",  # by hand, while the bot is stopped: whoever is erased is looked for everywhere
    "words.erasing.MESSAGES",
    "words.erasing.OUTCOMES",
    "words.erasing.SETUPS",
    "words.erasing.SETUPS_OF",
    "words.erasing.VENUES",
    "words.erasing.VENUES_OF",
    "words.keys.USED",  # once, at the start
    "outbox.ready.MESSAGES",  # never run as it is: others narrow it
    "rounds.store.OVER",  # once a day
    "rounds.store.IDLE_DRAFTS",  # once a day
    "rounds.store.IN_PLAY",  # once a day
    "words.ledger.LISTED",  # one row
    "words.restoring.CAME_TO",  # once, at the start
    "words.restoring.IDENTITY",  # one row
    "words.restoring.LISTED",  # the same
    "words.restoring.LOST",  # once, after a restore
    "words.restoring.PERHAPS_SENT",  # once, after a restore
    "words.restoring.REFRESH",  # once, after a restore
    *(f"words.erasing.{name}" for name in ("MESSAGES", "OUTCOMES", "SETUPS", "SETUPS_OF", "VENUES", "VENUES_OF")),
    # erasing a person looks everywhere, at an operator's word
    "keys.old.perspective",  # rotation walks through everything there is
    "keys.old.seat",
    "keys.old.vault",
}


Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert | Update | Delete


@cache
def _statements() -> dict[str, Statement]:
    """`module.NAME` -> the statement."""
    found: dict[str, Statement] = {}
    for module in _modules():
        for name, held in vars(importlib.import_module(module)).items():
            statement = held.statement if isinstance(held, Prepared) else held
            if not name.startswith("_") and isinstance(statement, Select | CompoundSelect | Insert | Update | Delete):
                found[f"{module.removeprefix('storage.')}.{name}"] = statement
    for home in importlib.import_module("storage.words.keys")._HOMES:
        found[f"keys.old.{home.old.get_final_froms()[0].name}"] = home.old
    return found


def _modules() -> Iterator[str]:
    found = pkgutil.walk_packages(storage.__path__, "storage.")
    return (one.name for one in found if not one.ispkg and "migrations" not in one.name)


def test_the_statements_are_found() -> None:
    names = set(_statements())
    assert {
        "outbox.ready.READY",
        "words.store.HELD",
        "rounds.store.CLOSE",
        "outbox.enqueueing.PROMOTE",
        "rounds.loading.SEATS",
    } <= names


@pytest.mark.parametrize("name", sorted(_statements()))
def test_postgresql_understands(name: str) -> None:
    assert str(_statements()[name].compile(dialect=PG))


def test_postgresql_understands_the_tables() -> None:
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=PG))
        for index in table.indexes:
            made = str(CreateIndex(index).compile(dialect=PG))
            assert not re.search(r"(is_head|is_card) = [01]", made), "PostgreSQL has booleans"


def _asked_often() -> list[str]:
    return sorted(name for name, one in _statements().items() if name not in MAY_SCAN and not isinstance(one, Insert))


@pytest.mark.parametrize("name", _asked_often())
def test_sqlite_searches_and_never_scans(name: str, tmp_path: Path) -> None:
    statement = _statements()[name]
    plan = _plan(statement, tmp_path)
    scans = [step for step in plan if step.startswith("SCAN") and not _is_small(step)]
    assert not scans, plan


def _is_small(step: str) -> bool:
    """What SQLite calls a scan and is none: rows it has just found, and the smallest entry of an index."""
    return bool(re.match(r"SCAN (\(?subquery|CONSTANT ROW|anon_|\d+ CONSTANT|mine)", step, re.IGNORECASE))


def _plan(statement: Statement, folder: Path) -> list[str]:
    file = folder / "plan.db"
    file.write_bytes(migrated())
    text = re.sub(r"\(__\[POSTCOMPILE_\w+\]\)", "(?)", str(statement.compile(dialect=SQLITE)))
    with sqlite3.connect(file) as connection:
        asked = connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?"))
        return [row[3] for row in asked]
