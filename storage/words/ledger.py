"""What a restored backup must not bring back: a list beside the key, outside the database.

A backup holds words that were destroyed after it was made. Each destroying is written here as well, and durably before
anybody is told of it; a database that is older than this list's last sign of life was restored, and goes through it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import Connection

from bot.people import Account
from storage.database.files import opener

Entry = Mapping[str, str | int]

_NOTES: Final = "destroyed"


def note(connection: Connection, **entry: str | int) -> None:
    """To be written when the transaction of this connection has committed."""
    connection.info.setdefault(_NOTES, []).append(entry)


def taken_notes(connection: Connection) -> Sequence[Entry]:
    """What was noted in the transaction that just ended; it is forgotten here."""
    notes: list[Entry] = connection.info.pop(_NOTES, [])
    return notes


def who(account: Account) -> str:
    """An account as the list holds it: enough to know it again, not to read it off."""
    return sha256(str(account).encode()).hexdigest()


class Ledger:
    """One file for the list, one for the last sign of life; both named after the key and the database."""

    def __init__(self, key_file: Path, database: str) -> None:
        self._list = key_file.with_name(f"{key_file.name}.{database}.destroyed")
        self._alive = key_file.with_name(f"{key_file.name}.{database}.alive")
        self._one_beat = Lock()

    def append(self, entries: Sequence[Entry], at: datetime) -> None:
        """Durable when it returns. A date only: nobody shall tell by the hour who was at their desk."""
        lines = "".join(json.dumps({"at": at.date().isoformat(), **entry}) + "\n" for entry in entries)
        with open(os.open(self._list, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="ascii") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> Iterator[Entry]:
        """Oldest first. A last line that was cut off by a crash was never acknowledged."""
        if self._list.exists():
            for line in self._list.read_text(encoding="ascii").splitlines():
                try:
                    yield json.loads(line)
                except ValueError:
                    continue

    def forget(self, before: datetime) -> None:
        """Entries that no backup is old enough for any more."""
        if not self._list.exists():
            return
        kept = [entry for entry in self.entries() if date.fromisoformat(str(entry["at"])) >= before.date()]
        beside = self._list.with_name(self._list.name + ".new")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.writelines(json.dumps(dict(entry)) + "\n" for entry in kept)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._list)

    def beat(self, now: datetime) -> None:
        """May be called from several threads: the heartbeat, and a platform that begins or ceases to listen."""
        beside = self._alive.with_name(self._alive.name + ".new")
        with self._one_beat:
            with open(beside, "w", encoding="ascii", opener=opener) as file:
                file.write(now.isoformat())
            beside.replace(self._alive)

    def last_beat(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._alive.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
