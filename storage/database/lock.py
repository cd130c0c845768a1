"""One active process a database: a lock beside the file, which the system frees when its holder dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType

from bot.errors import AlreadyRunning
from storage.database import files


class Lock:
    """Use as `with Lock(file):`, or `await lock.wait()` to stand by."""

    def __init__(self, file: Path) -> None:
        real = Path(os.path.realpath(file))  # two names of one file are one database
        self._file = file
        self._path = real.with_name(real.name + ".lock")
        self._held: int | None = None

    def take(self) -> None:
        """Raises AlreadyRunning, DatabaseUnwritable."""
        try:
            descriptor = files.opener(str(self._path), os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise files.unwritable(self._file, error) from None
        self._lock(descriptor, fcntl.LOCK_EX)

    def _lock(self, descriptor: int, how: int) -> None:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise AlreadyRunning(file=str(self._path)) from None
        self._held = descriptor

    def share(self) -> None:
        """Keeps others from taking it; makes no file: where there is none, nobody has held it yet.

        Raises AlreadyRunning.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return
        self._lock(descriptor, fcntl.LOCK_SH)

    async def wait(self, every: float = 1.0) -> None:
        """Stands by until the lock is free, and takes it."""
        while True:
            try:
                return self.take()
            except AlreadyRunning:
                await asyncio.sleep(every)

    def free(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def __enter__(self) -> Lock:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.free()
