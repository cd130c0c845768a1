"""The files of the database: private to their owner whatever the umask, and still the ones that were opened."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.errors import DatabaseUnwritable

OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077
BESIDE: Final = ("-wal", "-shm", "-journal", ".lock")
"""What SQLite and the process lock put beside the database. SQLite gives its own files the mode of the database."""

Place = tuple[int, int]
"""Device and inode: the file itself, whatever its name is now."""


def opener(path: str, flags: int) -> int:
    """For `open(..., opener=opener)`."""
    descriptor = os.open(path, flags, OWNER_ONLY)
    with suppress(OSError):  # it belongs to somebody else
        os.fchmod(descriptor, OWNER_ONLY)  # the umask may have taken more than we want
    return descriptor


def make_ready(file: Path) -> None:
    """Makes an empty file where there is none: that is a database to SQLite. Raises DatabaseUnwritable."""
    real = Path(os.path.realpath(file))
    try:
        if real.exists():
            os.close(os.open(real, os.O_RDWR))
        else:
            os.close(opener(str(real), os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except OSError as error:
        raise unwritable(file, error) from None
    if not os.access(real.parent, os.W_OK):  # SQLite keeps its log there
        raise DatabaseUnwritable(file=str(file), reason=os.strerror(errno.EACCES))


def narrow(file: Path) -> None:
    """For a copy from a backup, and what an older release made: often other users may read these."""
    real = Path(os.path.realpath(file))
    for one in (real, *beside(real)):
        with suppress(OSError):  # it belongs to somebody else: `coproduce check` says how wide it is
            os.chmod(one, OWNER_ONLY)


def unwritable(file: Path, error: OSError) -> DatabaseUnwritable:
    return DatabaseUnwritable(file=str(file), reason=os.strerror(error.errno or 0))


def beside(file: Path) -> list[Path]:
    """Those that are there."""
    return [other for end in BESIDE if (other := file.with_name(file.name + end)).exists()]


def lists_of(key_file: Path) -> list[Path]:
    """The lists beside the key, and copies of it."""
    with suppress(OSError):
        return sorted(one for one in key_file.absolute().parent.iterdir() if one.name.startswith(f"{key_file.name}."))
    return []


def are_open_to_others(file: Path) -> bool:
    """Might another user of this machine read or write it?"""
    with suppress(OSError):
        return bool(file.stat().st_mode & OTHERS)
    return False


def place(file: Path) -> Place | None:
    """None: there is no such file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
