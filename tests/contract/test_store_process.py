"""Storage under pressure: crashes, cancelled callers, races, two processes, keys that are missing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.answers import Answers
from bot.errors import AlreadyRunning, Closed, KeyMissing
from bot.reveal import Arranged
from bot.rounds import Header, Phase, Round, RoundCode, Seat
from storage.database import tables as t
from storage.database.database import Database
from storage.database.lock import Lock
from storage.words.keys import rotate, unlock
from storage.words.seal import Seal, add_key, read_key_file
from storage.words.store import SqlReplies
from tests.builders import account, act, answers, collecting, seat, status_card
from tests.contract.crashing import CODE, POINTS, USERS
from tests.contract.stores import CLOSE, KEYS, arrange, kept_as, migrated, sql_stores

ROOT = Path(__file__).parents[2]


# crashes ----------------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_loses_nothing_that_was_held_and_leaves_nothing_half_done(point: str, tmp_path: Path) -> None:
    file = tmp_path / "crash.db"
    call = [sys.executable, "-m", "tests.contract.crashing", str(file), point]
    child = await asyncio.to_thread(_run, call)
    assert child.returncode == -9, child.stderr
    held = dict(line.split() for line in child.stdout.splitlines())
    async with sql_stores(file, new=False) as (stores, database):
        round_ = await stores.rounds.get(CODE)
        assert not round_.prepared_at
        for user in USERS:
            own = await stores.replies.own(CODE, account(user))
            assert (own.receipt if own else None) == held.get(user)
        await stores.rounds.close([round_.id], CLOSE)
        assert await stores.replies.prepare(round_.id, arrange, CLOSE)
        count = await database.read(lambda db: len(db.execute(select(t.perspective)).all()))
        assert count == len(held)


def _run(call: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


async def test_a_write_whose_caller_went_away_is_finished(tmp_path: Path) -> None:
    async with sql_stores(tmp_path / "test.db") as (stores, database):
        began, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        await stores.keep_round(collecting(seat("ann")))

        def rule(header: Header, seat: Seat, whole: Answers) -> str:
            loop.call_soon_threadsafe(began.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            return "reply"

        waiting = asyncio.create_task(stores.replies.keep(CODE, account("ann"), act("ann"), answers(), rule))
        await began.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        go_on.set()
        assert await database.write(lambda db: db.execute(text("SELECT 1")).scalar()) == 1
        assert await stores.replies.own(CODE, account("ann")) is not None


# races ------------------------------------------------------------------------------------------------------


async def test_a_reply_that_races_the_close_is_held_and_revealed_or_refused(tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(60)]

    def rule(header: Header, seat: Seat, whole: Answers) -> str:
        if header.phase is not Phase.COLLECTING:
            raise Closed(code=header.code)
        return "reply"

    async with sql_stores(tmp_path / "test.db") as (stores, _):
        round_ = await stores.keep_round(collecting(*(seat(user) for user in users)), status_card())
        opened: list[str] = []

        def plan(round_: Round, replies: object) -> Arranged:
            opened.extend(one.answers.personal for one in replies)  # type: ignore[attr-defined]
            return arrange(round_, replies)  # type: ignore[arg-type]

        async def say(user: str) -> str | None:
            try:
                await stores.replies.keep(CODE, account(user), act(user), answers(user), rule)
            except Closed:
                return None
            return user

        async def shut() -> None:
            await stores.rounds.close([round_.id], CLOSE)
            await stores.replies.prepare(round_.id, plan, CLOSE)

        half = len(users) // 2
        *told, _ = await asyncio.gather(*(say(user) for user in users[:half]), shut())
        told += await asyncio.gather(*(say(user) for user in users[half:]))
    held = {user for user in told if user}
    assert held == set(opened)
    assert held, "nobody was in time: this raced nothing"
    assert len(held) < len(users), "everybody was in time: this raced nothing"


async def test_two_presses_of_one_act_at_once_count_once(tmp_path: Path) -> None:
    async with sql_stores(tmp_path / "test.db") as (stores, _):
        await stores.keep_round(collecting(seat("ann")))
        press = act("ann")
        both = await asyncio.gather(
            *(stores.replies.keep(CODE, account("ann"), press, answers(), kept_as("reply")) for _ in range(8))
        )
        assert len({held.receipt for held in both}) == 1
        assert {held.is_first for held in both} == {True}


async def test_two_processes_may_take_replies_in_at_once(tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(20)]
    file = tmp_path / "test.db"
    async with sql_stores(file) as (here, _), sql_stores(file, new=False) as (there, _):
        await here.keep_round(collecting(*(seat(user) for user in users)), status_card())
        await asyncio.gather(
            *(
                stores.replies.keep(CODE, account(user), act(user), answers(user), kept_as("reply"))
                for user, stores in zip(users, [here, there] * 10, strict=True)
            )
        )
        assert all(seat.replied_at for seat in (await here.rounds.get(CODE)).seats)


# two processes ----------------------------------------------------------------------------------------------


async def test_one_process_is_active_and_a_second_one_waits(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "a.db"), Lock(tmp_path / "a.db")
    with first:
        with pytest.raises(AlreadyRunning):
            second.take()
        waiting = asyncio.create_task(second.wait(every=0.001))
        await asyncio.sleep(0.01)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 5)
    with pytest.raises(AlreadyRunning):
        first.take()
    second.free()


# keys -------------------------------------------------------------------------------------------------------


async def test_a_missing_key_is_made_once_and_never_where_words_are_sealed(tmp_path: Path) -> None:
    file, key_file = tmp_path / "a.db", tmp_path / "a.key"
    file.write_bytes(migrated())
    database = Database(f"sqlite:///{file}")
    try:
        seal = await unlock(database, key_file)
        assert seal.versions == {1}
        async with sql_stores(tmp_path / "a.db", read_key_file(key_file), new=False) as (stores, _):
            await stores.keep_round(collecting(seat("ann")))
            await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
        key_file.unlink()
        with pytest.raises(KeyMissing):
            await unlock(database, key_file)
        assert not key_file.exists()
        add_key(key_file)  # another key of the same version cannot be told from ours before it must open something
        with pytest.raises(KeyMissing):
            await unlock(database, key_file, "7:" + "A" * 43 + "=")
    finally:
        await database.close()


async def test_rotation_goes_in_batches_that_may_be_repeated(tmp_path: Path) -> None:
    users = [f"u{n}" for n in range(7)]
    async with sql_stores(tmp_path / "a.db") as (stores, database):
        await stores.keep_round(collecting(*(seat(user) for user in users)))
        for user in users:
            await stores.replies.keep(CODE, account(user), act(user), answers(user), kept_as("reply"))
        await stores.vault.put("token", b"secret")
        both = Seal({2: b"n" * 32, **KEYS})
        assert await rotate(database, both, batch=3) == 8
        assert await rotate(database, both, batch=3) == 0
        only_new = SqlReplies(database, Seal({2: b"n" * 32}))
        for user in users:
            own = await only_new.own(CODE, account(user))
            assert own is not None
            assert own.answers.personal == user
        with pytest.raises(KeyMissing):
            await stores.replies.own(RoundCode(CODE), account("u1"))
