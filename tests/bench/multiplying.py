"""A stored round, many times over: a crowd that nobody has the patience to play."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.bench.looking import looking_into

PEOPLE = 5_000
"""Among whom the rounds are shared out."""

NUMBERS = "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < :many)"

OWN = {
    "id": "{0}.id + n * :stride",
    "code": "printf('R-%06d', n)",
    "started_by": "randomblob(16)",
    "key": "printf('R-%06d', n) || substr({0}.key, :code_length + 1)",
    "round_id": "{0}.round_id + n * :stride",
    "seat_id": "{0}.seat_id + n * :stride",
    "account_id": "({0}.account_id + n * 7) % :people + 1",
    "person_id": "({0}.person_id + n * 7) % :people + 1",
}
"""What a copy has for itself; all else is as in the round that is copied."""

TABLES = (
    "round",
    "setup",
    "venue",
    "organiser",
    "round_group",
    "question",
    "seat",
    "envelope",
    "message",
    "act",
    "audit",
)


def multiplied(file: Path, code: str, many: int) -> None:
    """Copies of this round with codes `R-000001` and on, each with all that belongs to it."""
    with looking_into(file) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        _more_people(connection)
        told = {"many": many, "stride": 10_000, "people": PEOPLE, "code_length": len(code), "code": code}
        for table in TABLES:
            connection.execute(_copying(connection, table), told)
        connection.execute("COMMIT")


def _more_people(connection: sqlite3.Connection) -> None:
    numbers = NUMBERS.replace(":many", str(PEOPLE))
    connection.execute(f"INSERT OR IGNORE INTO person (id, since) {numbers} SELECT n, '2026-12-01' FROM copy")
    connection.execute(
        "INSERT OR IGNORE INTO account (id, person_id, platform, workspace, user) "
        f"{numbers} SELECT n, n, 'play', 'T', 'p' || n FROM copy"
    )


def _copying(connection: sqlite3.Connection, table: str) -> str:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = [OWN[name].format(table) if name in OWN else f"{table}.{name}" for name in columns]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) {NUMBERS} SELECT {', '.join(values)} FROM copy, {table} "
        f"WHERE {_of_round(table)}"
    )


def _of_round(table: str) -> str:
    which = "(SELECT id FROM round WHERE code = :code)"
    if table == "round":
        return f"round.id = {which}"
    if table == "envelope":
        return f"envelope.seat_id IN (SELECT id FROM seat WHERE round_id = {which})"
    return f"{table}.round_id = {which}"
