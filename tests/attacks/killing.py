"""Dies at each moment of a withdrawal: `python -m tests.attacks.killing FOLDER`.

A moment is a statement, a commit, a sync, a write in place, a rename; of the withdrawal, and of the start that follows
it. After each death the bot is started as it is, or on a backup from before the withdrawal; and then once more on that.
Deaths that leave the same files are lived through once.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.attacks.home import CODE, Home, holds, sealed
from tests.builders import account, act
from tests.moments import Moments as Left
from tests.warming import warm_up

WATCHED = ("fsync", "pwrite", "replace", "rename")


class Moments:
    """Counts, and dies at the nth."""

    def __init__(self, fatal: int) -> None:
        self._fatal = fatal
        self._count = 0
        self._is_watching = False
        # every statement, COMMIT included, just before it is run
        event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(self))

    def __call__(self, *_: object, **__: object) -> None:
        self._count += self._is_watching
        if self._is_watching and self._count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        self._is_watching = True
        for name in WATCHED:
            setattr(os, name, self._dying(getattr(os, name)))
        Path.replace = self._dying(Path.replace)  # type: ignore[method-assign]

    def _dying(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: object, **more: object) -> object:
            self()  # before it is done …
            done = real(*args, **more)
            self()  # … and after
            return done

        return watched


async def prepare(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann", "bob")
        home.backup()


async def withdraw(home: Home, told: Path, moments: Moments | None = None) -> None:
    async with home.open() as (stores, _):
        if moments:
            moments.watch()
        await stores.take_back(CODE, account("ann"), act("ann"))
        os.close(os.open(told, os.O_CREAT))
        if moments:
            moments()


async def start(home: Home, moments: Moments | None = None) -> None:
    """Writes down who still holds an answer."""
    if moments:
        moments.watch()
    async with home.open() as (stores, _):
        held = [user for user in ("ann", "bob") if await holds(stores, user)]
        home.file.with_suffix(".held").write_text(" ".join(held), encoding="ascii")


def forked(work: Callable[[], Any]) -> bool:
    """In a process of its own. False: it was killed."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(work())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("a process failed")
    return os.WIFEXITED(status)


def after(home: Home, work: Callable[[], None] = lambda: None) -> set[str]:
    """Who holds an answer after a start."""
    work()
    forked(lambda: start(home))
    return set(home.file.with_suffix(".held").read_text(encoding="ascii").split())


def problems(folder: Path) -> Iterator[str]:
    station = folder / "station"
    station.mkdir()
    forked(lambda: prepare(Home(station)))
    left, here = Left(), folder / "run"
    for nth in itertools.count(1):
        died = anew(station, folder / "died")
        was_whole = forked(lambda died=died, nth=nth: withdraw(Home(died), died / "told", Moments(nth)))  # type: ignore[misc]
        if left.is_new(died):
            for is_restored in (False, True):
                name = f"killed at {nth}, then {'restored' if is_restored else 'started'}"
                yield from problems_after(name, Home(anew(died, here)), is_restored=is_restored)
        if was_whole:
            print(f"{nth - 1} moments of the withdrawal, {len(left)} that differ")  # noqa: T201
            return


def problems_after(name: str, home: Home, *, is_restored: bool) -> Iterator[str]:
    held = after(home, home.restore if is_restored else lambda: None)
    if (home.file.parent / "told").exists() and "ann" in held:
        yield f"{name}: told that it was destroyed, and it came back"
    if "bob" not in held:
        yield f"{name}: the words of somebody else are gone"
    if (again := after(home, home.restore)) != held:
        yield f"{name}: {held} held an answer, and after one more restore {again}"


def anew(station: Path, here: Path) -> Path:
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(station, here)
    return here


def problems_of_starts(folder: Path) -> Iterator[str]:
    """The start that replays is killed, too."""
    station = folder / "behind"
    station.mkdir()
    forked(lambda: prepare(Home(station)))
    forked(lambda: withdraw(Home(station), station / "told"))
    Home(station).restore()
    left = Left()
    for nth in itertools.count(1):
        home = Home(anew(station, folder / "run"))
        was_whole = forked(lambda home=home, nth=nth: start(home, Moments(nth)))  # type: ignore[misc]
        if left.is_new(home.file.parent):
            if (held := after(home)) != {"bob"}:
                yield f"the start killed at {nth}: {held} held an answer"
            if (held := after(home, home.restore)) != {"bob"}:
                yield f"the start killed at {nth}, then restored: {held} held an answer"
        if was_whole:
            print(f"{nth - 1} moments of the start, {len(left)} that differ")  # noqa: T201
            return


def everything(folder: Path) -> None:
    """In which nobody dies."""
    folder.mkdir()
    home = Home(folder)
    asyncio.run(prepare(home))
    asyncio.run(withdraw(home, folder / "told"))
    home.restore()
    asyncio.run(start(home))


def main(folder: Path) -> int:
    warm_up(lambda: everything(folder / "warm"))
    found = [*problems(folder), *problems_of_starts(folder)]
    print("\n".join([*found, f"{len(found)} problems"]))  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
