"""What a process that was killed leaves behind: moments that leave the same are lived through once."""

from __future__ import annotations

import hashlib
from pathlib import Path

INDEX = "-shm"
"""SQLite makes the index of its log anew at each start after a crash (sqlite.org/walformat.html)."""


class Moments:
    """Tells whether files were left like this before."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def is_new(self, folder: Path) -> bool:
        """Names and bytes of all files in the folder, at any depth."""
        state = hashlib.sha256()
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.name.endswith(INDEX):
                state.update(f"{file.relative_to(folder)}\n{file.stat().st_size}\n".encode())
                state.update(file.read_bytes())
        before = len(self._seen)
        self._seen.add(state.hexdigest())
        return len(self._seen) > before

    def __len__(self) -> int:
        return len(self._seen)
