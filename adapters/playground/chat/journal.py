"""The chat's own file: an append-only log, one JSON event per line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from adapters.playground.chat.state import Event
from adapters.playground.chat.wire import as_line


class Journal:
    """A torn last line is ignored. No fsync: the file survives a crash of the program, not of the machine."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def read(self) -> Iterator[Event]:
        """All events so far; truncates a torn last line."""
        whole = 0
        with self._file.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                yield json.loads(line)
        os.ftruncate(self._fd, whole)

    def add(self, event: Event) -> None:
        line = as_line(event)
        while line:
            line = line[os.write(self._fd, line) :]

    def close(self) -> None:
        os.close(self._fd)
