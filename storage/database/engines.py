"""Engines: how connections to the database file are opened, and how their transactions begin."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import NullPool

from bot.errors import AlreadyRunning
from storage.database.lock import Lock
from storage.database.workers import driver
from storage.settings import database_file

BUSY = 10_000
"""Milliseconds a connection waits for another process (a backup, an export)."""

PRAGMAS = (
    f"busy_timeout = {BUSY}",  # first: switching to WAL may have to wait
    "journal_mode = WAL",
    "foreign_keys = ON",
    "synchronous = FULL",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "wal_autocheckpoint = 4000",  # pages: among many rounds each reply is on pages of its own, and seldom twice on one
)

READING = ("query_only = ON",)


def writing_engine(url: str, pragmas: tuple[str, ...] = ()) -> Engine:
    """`pragmas`: further ones, which win."""
    return _engine(url, begin="BEGIN IMMEDIATE", pragmas=(*PRAGMAS, *pragmas))


def reading_engine(url: str) -> Engine:
    """For the process that also writes: its connections may create the WAL and checkpoint it."""
    return _engine(url, begin="BEGIN", pragmas=(*PRAGMAS, *READING))


def read_only_engine(url: str) -> Engine:
    """For a process beside the bot, or without it: no file changes, and none is made."""
    connect = partial(_connect_read_only, database_file(url))
    return _engine("sqlite://", begin="BEGIN", pragmas=(f"busy_timeout = {BUSY}", *READING), creator=connect)


def _engine(url: str, *, begin: str, pragmas: tuple[str, ...], **more: Any) -> Engine:
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,  # else errors print what people wrote
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 256},
        **more,
    )

    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: driver(connection).execute(begin))
    return engine


class _ReadOnlyConnection(sqlite3.Connection):
    """Holds the process lock, shared, until it is closed."""

    held: Lock | None = None

    def close(self) -> None:
        super().close()
        if self.held:
            self.held.free()


def _connect_read_only(file: Path) -> sqlite3.Connection:
    """SQLite makes a WAL file even for `mode=ro`, unless it is told that nobody writes (`immutable=1`).

    Nobody does while we share the lock that the bot takes for itself. Where there is a WAL, it must be read: then the
    bot is running, or was killed.
    """
    real = Path(os.path.realpath(file))
    held = Lock(file)
    try:
        held.share()
        wal = real.with_name(real.name + "-wal")
        is_at_rest = not (wal.exists() and wal.stat().st_size)
    except AlreadyRunning:
        is_at_rest = False
    uri = f"file:{quote(str(real))}?{'immutable=1' if is_at_rest else 'mode=ro'}"
    opened = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=_ReadOnlyConnection)
    opened.held = held
    return opened
