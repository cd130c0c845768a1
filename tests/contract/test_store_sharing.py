"""Small writes that wait at the same time share one commit, and nothing else: not their faults, not their answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from storage.database.database import Database

ROWS = "SELECT what FROM noted ORDER BY what"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    await database.write(lambda db: db.execute(text("CREATE TABLE noted (what TEXT UNIQUE)")).close())
    yield database
    await database.close()


def noting(what: str, then: Callable[[], None] = lambda: None) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO noted (what) VALUES (:what)"), {"what": what})
        then()
        return what

    return work


def fault() -> None:
    raise LookupError


async def rows(database: Database) -> list[str]:
    return await database.read(lambda db: list(db.execute(text(ROWS)).scalars()))


async def waiting(database: Database, *works: tuple[Callable[[Connection], str], bool]) -> list[object]:
    """All of these are asked for while the writer is busy with something else."""
    go_on = threading.Event()
    busy = asyncio.create_task(database.write(lambda _: go_on.wait(10)))
    await asyncio.sleep(0)
    asked = [asyncio.create_task(database.write(work, is_small=is_small)) for work, is_small in works]
    await asyncio.sleep(0)
    go_on.set()
    assert await busy
    return await asyncio.gather(*asked, return_exceptions=True)


def counted(database: Database) -> list[None]:
    commits: list[None] = []
    event.listen(database._writer._engine, "commit", lambda _: commits.append(None))
    return commits


async def test_small_writes_that_wait_share_a_commit(database: Database) -> None:
    commits = counted(database)
    found = await waiting(database, *((noting(what), True) for what in "abc"))
    assert found == ["a", "b", "c"]
    assert await rows(database) == ["a", "b", "c"]
    assert len(commits) == 2, "one of the work they waited for, one of theirs"


async def test_a_small_write_that_fails_is_undone_alone(database: Database) -> None:
    found = await waiting(database, (noting("a"), True), (noting("b", fault), True), (noting("c"), True))
    assert isinstance(found[1], LookupError)
    assert (found[0], found[2]) == ("a", "c")
    assert await rows(database) == ["a", "c"]


async def test_a_small_write_that_the_database_refuses_is_undone_alone(database: Database) -> None:
    found = await waiting(database, (noting("a"), True), (noting("a"), True), (noting("c"), True))
    assert isinstance(found[1], Exception)
    assert await rows(database) == ["a", "c"]


async def test_nobody_is_answered_before_the_commit(database: Database) -> None:
    commits: list[None] = []

    def refuse(_: Connection) -> None:
        commits.append(None)
        if len(commits) > 1:  # not the work they wait for
            raise OSError("the disk is full")

    await database.write(noting("before"))
    event.listen(database._writer._engine, "commit", refuse)
    found = await waiting(database, *((noting(what), True) for what in "abc"))
    event.remove(database._writer._engine, "commit", refuse)
    assert [type(each) for each in found] == [OSError] * 3
    assert await rows(database) == ["before"]
    assert await database.write(noting("after")) == "after", "the desk goes on"


async def test_a_large_write_shares_with_nobody_and_keeps_its_turn(database: Database) -> None:
    commits = counted(database)
    seen: list[list[str]] = []

    def looking(connection: Connection) -> str:
        seen.append(list(connection.execute(text(ROWS)).scalars()))
        return "looked"

    await waiting(database, (noting("a"), True), (looking, False), (noting("c"), True))
    assert seen == [["a"]]
    assert len(commits) == 4
