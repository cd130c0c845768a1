"""Kills `coproduce erase` at each of its statements: `python -m tests.contract.killing_erasures FOLDER`.

Each kill happens in a child of this process, before the next statement; then the command is run again, once for all
moments that leave the same files. Prints how many statements there were, and how many moments differ.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from sqlalchemy import Engine, event

from bot.rounds import RoundCode
from coproduce import exits, operating
from storage.words import restoring
from storage.words.seal import Seal
from tests.builders import DAY, NOON
from tests.contract import test_erasing_everywhere as erasing
from tests.contract.stores import KEYS, sql_stores
from tests.contract.test_only_reading import settings_of
from tests.moments import Moments
from tests.warming import warm_up

KILLED = 9


def fill(folder: Path) -> None:
    """Leaves the rows in the WAL, as a bot does that was killed."""

    async def filled() -> None:
        async with sql_stores(folder / "house.db") as (stores, database):
            await restoring.open_ledger(database, Seal(KEYS), folder / "house.key", NOON, 30 * DAY)
            await erasing.somebody_known_everywhere(stores)
            os._exit(0)

    asyncio.run(filled())


def erase(folder: Path, *, dies_at: int = 0) -> None:
    """`dies_at`: before which statement."""
    left = dies_at

    def count(statement: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            os._exit(KILLED)

    if dies_at:
        event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(count))
    with redirect_stdout(StringIO()):
        done = operating.erase(settings_of(folder), f"play:T/{erasing.GONE}", yes=True)
    assert done in (exits.DONE, exits.FAILED), done  # FAILED: nothing is kept of them


def again(folder: Path) -> None:
    erase(folder)
    others_stay(folder)


def in_a_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def must_be_gone(folder: Path, when: str) -> None:
    """From every file there is: database, -wal, -shm, key, ledger."""
    for file in folder.iterdir():
        held = file.read_bytes().lower()
        for trace in (erasing.GONE, erasing.NAME):
            assert trace.lower().encode() not in held, f"{when}: {trace} is in {file.name}"


def others_stay(folder: Path) -> None:
    async def look() -> None:
        async with sql_stores(folder / "house.db", new=False) as (stores, _):
            assert (await stores.rounds.get(RoundCode(erasing.PLANNED))).setup.fields["citizens"] == (erasing.STAYS,)

    asyncio.run(look())


def listed(folder: Path) -> int:
    """Entries of the ledger: a restored backup must not bring the person back."""
    return sum(len(file.read_text().splitlines()) for file in folder.glob("*.destroyed"))


def main(folder: Path) -> None:
    template = folder / "template"
    template.mkdir()
    assert in_a_child(lambda: fill(template)) == 0
    assert (template / "house.db-wal").stat().st_size
    warm = shutil.copytree(template, folder / "warm")
    warm_up(lambda: again(warm))
    moments = Moments()
    dies_at = 0
    while True:
        dies_at += 1
        house = shutil.copytree(template, folder / f"killed-{dies_at}")
        first = in_a_child(lambda: erase(house, dies_at=dies_at))  # noqa: B023 - the child is over before the next turn
        assert first in (0, KILLED), first
        if moments.is_new(house):
            assert in_a_child(lambda: again(house)) == 0, dies_at  # noqa: B023
            must_be_gone(house, f"killed at statement {dies_at}")
            assert listed(house), f"killed at statement {dies_at}: a restored backup brings them back"
        shutil.rmtree(house)
        if first != KILLED:
            break
    sys.stdout.write(f"{dies_at - 1} {len(moments)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
