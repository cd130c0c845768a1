"""`coproduce key rotate`, killed at every step: `python -m tests.attacks.rotating FOLDER`.

Of FOLDER/whole a copy is made for each step, FOLDER/1 and on, in which the command dies by SIGKILL at that step. A step
is the beginning of a statement in the database (BEGIN and COMMIT too), an fsync, or a file that takes another's name.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from coproduce import operating
from coproduce.config import Settings
from storage.words import keys
from tests.contract.made_before import storage_in
from tests.warming import warm_up

MOST = 400


class Steps:
    """Dies at the nth."""

    def __init__(self, nth: int) -> None:
        self._left = nth

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def die_at(nth: int) -> None:
    step = Steps(nth)

    def traced(connection: sqlite3.Connection, _: Any) -> None:
        connection.set_trace_callback(step)

    event.listen(Engine, "connect", traced, insert=True)
    for owner, name in ((os, "fsync"), (Path, "replace")):
        real = getattr(owner, name)

        def stepping(*given: Any, real: Any = real) -> Any:
            step()
            done = real(*given)
            step()
            return done

        setattr(owner, name, stepping)


def main(folder: Path) -> None:
    keys.BATCH = 2
    keys.rotate.__defaults__ = (2,)
    warm = shutil.copytree(folder / "whole", folder / "warm")
    warm_up(lambda: operating.key_rotate(Settings(storage=storage_in(warm))))
    shutil.rmtree(warm)
    for nth in range(1, MOST):
        here = folder / str(nth)
        shutil.copytree(folder / "whole", here)
        child = os.fork()
        if not child:
            die_at(nth)
            os._exit(operating.key_rotate(Settings(storage=storage_in(here))))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.WEXITSTATUS(status))
    sys.exit("it never came to its end")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
