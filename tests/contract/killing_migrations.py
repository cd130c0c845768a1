"""Kills a migration at each of its statements: `python -m tests.contract.killing_migrations FOLDER [DUMP]`.

What a process leaves that is killed are its files as they are at that moment: one migration is lived through, and they
are copied before each statement. Then the next start is tried, once for all moments that leave the same database.
Prints how many statements there were.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, event

from storage.database.lock import Lock
from storage.migrations import is_current, migrate
from storage.settings import url_of


def start(file: Path) -> None:
    """As the bot begins."""
    with Lock(file):
        if not is_current(url_of(file)):
            migrate(url_of(file))


def in_a_child(work: Callable[[], object]) -> None:
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, os.waitstatus_to_exitcode(status)


def watched(file: Path, folder: Path) -> None:
    """A start. Before its nth statement the files are copied to `folder/n`."""
    count = 0

    def leave(statement: str) -> None:
        nonlocal count
        count += 1
        # apart: whoever closes a file gives up all locks that the process has on it
        in_a_child(lambda: copied(file, folder / str(count)))

    event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(leave))
    start(file)


def copied(file: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for left in file.parent.glob(f"{file.name}*"):
        shutil.copy(left, folder)
    return folder / file.name


def contents(file: Path, *, everything: bool = False) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [line for line in opened.iterdump() if everything or 'INTO "identity"' not in line]


def as_left(file: Path, folder: Path) -> str:
    """What the next start will find. It is read from a copy: reading already recovers what was left."""
    return "\n".join(contents(copied(file, folder), everything=True))


def main(folder: Path, dump: Path | None) -> None:
    def begin(name: str) -> Path:
        file = folder / name
        if dump:
            with closing(sqlite3.connect(file)) as old:
                old.executescript(dump.read_text(encoding="utf-8"))
        return file

    whole = begin("whole.db")
    start(whole)
    wanted, seen = contents(whole), set[str]()
    killed, moments = begin("killed.db"), folder / "moments"
    moments.mkdir()
    in_a_child(lambda: watched(killed, moments))
    assert contents(killed) == wanted
    count = len(list(moments.iterdir()))
    for nth in range(1, count + 1):
        file = moments / str(nth) / killed.name
        left_behind = as_left(file, folder / "copy")
        if left_behind not in seen:
            seen.add(left_behind)
            start(file)
            assert is_current(url_of(file)), nth
            assert contents(file) == wanted, nth
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
