"""What the playground remembers beside its database, so that it goes on where it was: a file that only we can read."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

NOTES = "notes"
"""Their name, where the playground is kept in no file of its own."""


@dataclass(slots=True, kw_only=True)
class Notes:
    """`file` None: kept nowhere. No word of anybody's is in it."""

    file: Path | None = None
    is_known: bool = False  # they were read from the file
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    address: str = field(default="", repr=False)  # with the token; of whoever serves now
    script: str = ""
    code: str = ""  # of the round, once it stands as the page shows it first
    opened_at: str = ""
    clock: str = ""  # what it showed last
    done: dict[str, int] = field(default_factory=dict)  # person -> how much of the script they have done
    steps: list[str] = field(default_factory=list)  # that one has taken

    @property
    def is_ready(self) -> bool:
        return bool(self.code)

    def shown(self) -> datetime:
        return datetime.fromisoformat(self.clock)

    def forget(self) -> None:
        """Where a round stood. The token and the address stay: a page may be open on them."""
        self.code = self.opened_at = self.clock = ""
        self.done, self.steps = {}, []

    def save(self) -> None:
        """All of it, or what was there before."""
        if self.file is None:
            return
        told = {name: value for name, value in asdict(self).items() if name not in ("file", "is_known")}
        beside = self.file.with_name(f"{self.file.name}.new")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(told, out)
        beside.replace(self.file)


def notes_beside(db: Path | None) -> Path | None:
    return db.with_suffix(f".{NOTES}") if db else None


def notes_of(db: Path) -> Notes:
    """Of a database that somebody has removed they tell nothing: its playground is begun anew."""
    notes = read_notes(notes_beside(db))
    if not db.exists():
        notes.forget()
    return notes


def read_notes(file: Path | None) -> Notes:
    """New ones where there are none that can be read."""
    if file is None:
        return Notes()
    try:
        told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return Notes(file=file, is_known=True, **told)
    except (OSError, ValueError, TypeError):
        return Notes(file=file)
