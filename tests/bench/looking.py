"""Looking into the database from outside, while the bot runs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COLLECTING = "SELECT count(*) FROM round WHERE phase = 'collecting'"
UNDELIVERED = "SELECT count(*) FROM message WHERE state IN ('owed', 'sending', 'stuck') AND kind <> 'invitation'"
"""The invitation to talk waits for the next morning."""

REVEALED = "SELECT count(*) FROM message WHERE state = 'sent' AND kind NOT IN ('question', 'status')"
ROWS_OF_MESSAGES = "SELECT sum(pgsize) FROM dbstat WHERE name = 'message'"
MESSAGES = "SELECT count(*) FROM message"


@contextmanager
def looking_into(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def number(connection: sqlite3.Connection, question: str) -> int:
    return int(connection.execute(question).fetchone()[0])
