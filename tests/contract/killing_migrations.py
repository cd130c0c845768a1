"""Kills a migration at each of its statements: `python -m tests.contract.killing_migrations FOLDER [DUMP]`.

Each time in a child of this process, at the next statement; then the next start is tried, once for all moments that
leave the same database. Prints how many statements there were.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, event

from storage.database.lock import Lock
from storage.migrations import is_current, migrate
from storage.settings import url_of

KILLED = 9


def start(file: Path, *, dies_at: int = 0) -> None:
    """As the bot begins. `dies_at`: before which statement."""
    left = dies_at

    def count(statement: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(KILLED)

    if dies_at:
        event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(count))
    with Lock(file):
        if not is_current(url_of(file)):
            migrate(url_of(file))


def is_killed(file: Path, dies_at: int) -> bool:
    child = os.fork()
    if not child:
        start(file, dies_at=dies_at)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, KILLED), code
    return code == KILLED


def contents(file: Path, *, everything: bool = False) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [line for line in opened.iterdump() if everything or 'INTO "identity"' not in line]


def as_left(file: Path, copy: Path) -> str:
    """What the next start will find. It is read from a copy: reading already recovers what was left."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for left in file.parent.glob(f"{file.name}*"):
        shutil.copy(left, copy)
    return "\n".join(contents(copy / file.name, everything=True))


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
    count = 1
    while is_killed(file := begin(f"killed-{count}.db"), count):
        left_behind = as_left(file, folder / "copy")
        if left_behind not in seen:
            seen.add(left_behind)
            start(file)
            assert is_current(url_of(file)), count
            assert contents(file) == wanted, count
        for left in folder.glob(f"killed-{count}.db*"):
            left.unlink()
        count += 1
    sys.stdout.write(f"{count - 1}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
