"""Words that were destroyed do not come back from a backup; words that were not are never destroyed by a restore."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.errors import KeyFolderUnwritable, ListUnwritable
from bot.rounds import Phase
from bot.rules.moves import Decision, SeatDecision
from bot.service.doing import failed
from coproduce import operating
from tests.attacks.home import CODE, Home, holds, sealed
from tests.builders import HOUR, NOON, account, act, answers, seat, write
from tests.contract.stores import CLOSE, DONE, Stores, deciding, kept_as

ROOT = Path(__file__).parents[2]
NOBODY = 65_534


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def take_back(stores: Stores, user: str = "ann") -> None:
    await stores.take_back(CODE, account(user), act(user))


# a: the backup, the withdrawal and the kill between two heartbeats ---------------------------------------------


async def test_words_taken_back_within_a_heartbeat_of_the_backup_do_not_come_back(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann", "bob")
        restore = home.backup()
        await take_back(stores)
    restore()
    async with home.open() as (stores, _):
        assert not await holds(stores, "ann")
        assert await holds(stores, "bob")


async def test_what_somebody_replaced_is_not_published_from_a_backup_and_is_theirs_to_seal_again(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann", "bob")
        restore = home.backup()
        wiser = answers("wiser")
        await stores.replies.keep(CODE, account("ann"), write("ann", wiser), wiser, kept_as("reply"))
    restore()
    async with home.open() as (stores, _):
        own = await stores.replies.own(CODE, account("ann"))
        assert own
        assert (own.kind, own.answers.personal, own.receipt) == ("draft", "ann", None)
        found = await stores.rounds.seat(CODE, account("ann"))
        assert found
        assert found[1].has_unsealed
        again = answers("again")
        kept = await stores.replies.keep(CODE, account("ann"), write("ann", again), again, kept_as("reply"))
        assert kept.is_first
        round_ = await stores.rounds.get(CODE)
        await stores.rounds.close([round_.id], CLOSE)
        await stores.reveal(await stores.rounds.get(CODE))
        voices = await stores.replies.perspectives(round_.id)
        assert sorted(voice.answers.personal for voice in voices) == ["again", "bob"]


async def test_a_first_answer_writes_nothing_beside_the_key(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        before = home.the_list.read_bytes()
        await stores.replies.keep(CODE, account("lea"), write("lea", answers()), answers(), kept_as("reply"))
        assert home.the_list.read_bytes() == before


async def test_where_the_list_cannot_be_written_an_edit_fails_alone(home: Home) -> None:
    """It shares a commit with first answers, which need no list."""
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        both = [("ann", answers("wiser")), ("lea", answers("first"))]
        with unwritable(home, "gone"):
            told = await asyncio.gather(
                *(
                    stores.replies.keep(CODE, account(user), write(user, words), words, kept_as("reply"))
                    for user, words in both
                ),
                return_exceptions=True,
            )
        assert isinstance(told[0], ListUnwritable)
        assert not isinstance(told[1], BaseException)
        own = await stores.replies.own(CODE, account("ann"))
        assert own
        assert own.answers.personal == "ann"
        assert await holds(stores, "lea")


async def test_a_backup_that_is_restored_twice_brings_nothing_back_either_time(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann", "bob")
        restore = home.backup()
        await take_back(stores, "ann")
    restore()
    async with home.open() as (stores, _):
        await take_back(stores, "bob")
    restore()
    async with home.open() as (stores, _):
        assert not await holds(stores, "ann")
        assert not await holds(stores, "bob")


async def test_words_sealed_after_the_restore_stay_at_every_further_start(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        restore = home.backup()
        await take_back(stores)
    restore()
    for _ in range(2):
        async with home.open() as (stores, _):
            if not await holds(stores, "ann"):
                again = answers("again")
                await stores.replies.keep(CODE, account("ann"), write("ann", again), again, kept_as("reply"))
    async with home.open() as (stores, _):
        assert await holds(stores, "ann")


async def test_who_was_erased_and_came_back_is_not_erased_again(home: Home) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        await stores.replies.erase(account("ann"), NOON)
        round_ = await stores.rounds.get(CODE)
        joined = replace(round_, seats=(*round_.seats, seat("ann")))
        await stores.rounds.change(round_.id, None, deciding(joined), NOON)
        await stores.replies.keep(CODE, account("ann"), write("ann", answers()), answers(), kept_as("reply"))
        restore = home.backup()
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with home.open() as (stores, _):
        assert await holds(stores, "ann")


# … killed at every statement, write and sync --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.process
def test_killed_at_any_moment_words_are_gone_or_kept_and_a_restore_changes_neither(tmp_path: Path) -> None:
    """`tests.attacks.killing`: a process that dies at the nth moment of a withdrawal, for each n."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.attacks.killing", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 problems" in run.stdout, run.stdout


# b: the list cannot be written ---------------------------------------------------------------------------------


@contextmanager
def unwritable(home: Home, how: str) -> Iterator[None]:
    if how == "gone":
        elsewhere = home.keys.with_name("elsewhere")
        home.keys.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(home.keys)
        return
    for place in (home.file.parent, *home.file.parent.iterdir()):
        place.chmod(0o777)
    for above in home.file.parents:
        if not above.stat().st_mode & 0o001:
            above.chmod(0o711)
    home.keys.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        home.keys.chmod(0o755)


async def withdraw(stores: Stores) -> None:
    await take_back(stores)


async def decline(stores: Stores) -> None:
    def rule(_: object, seat: Any) -> SeatDecision:
        return SeatDecision(outcome=DONE, seat=replace(seat, declined_at=NOON, replied_at=None), destroy_words=True)

    await stores.rounds.change_seat(CODE, account("ann"), act("ann").id, rule, NOON)


async def cancel(stores: Stores) -> None:
    round_ = await stores.rounds.get(CODE)
    over = Decision(outcome=DONE, round_=replace(round_, phase=Phase.CANCELLED), destroy_all_words=True)
    await stores.rounds.change(round_.id, None, lambda _: over, NOON)


async def erase(stores: Stores) -> None:
    await stores.replies.erase(account("ann"), NOON)


async def destroy(stores: Stores) -> None:
    await stores.replies.destroy((await stores.rounds.get(CODE)).id)


@pytest.mark.parametrize("how", ["gone", "read only"])
@pytest.mark.parametrize("does", [withdraw, decline, cancel, erase, destroy])
async def test_where_the_list_cannot_be_written_nothing_is_destroyed(
    home: Home, does: Callable[[Stores], Awaitable[None]], how: str
) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        restore = home.backup()
        with unwritable(home, how):
            with pytest.raises(ListUnwritable) as refused:
                await does(stores)
            told = failed(refused.value, "en", "UTC")
            assert told.because.key == "error.list_unwritable"
        assert await holds(stores, "ann")
        assert (await stores.rounds.get(CODE)).phase is Phase.COLLECTING
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with home.open() as (stores, _):
        assert await holds(stores, "ann")


async def test_what_destroys_nothing_needs_no_list(home: Home) -> None:
    async with home.open() as (stores, _):
        round_ = await sealed(stores, "ann")
        with unwritable(home, "gone"):
            kept = await stores.replies.keep(CODE, account("lea"), write("lea", answers()), answers(), kept_as("reply"))
            assert kept.receipt
            assert await stores.rounds.close([round_.id], NOON + 90 * HOUR)


async def test_the_start_tries_the_folder_of_the_key(home: Home) -> None:
    async with home.open():
        pass
    listed = (home.keys / "house.key").read_text().strip()
    home.settings = replace(home.settings, key=SecretStr(listed))  # without it the key is what is missing
    with unwritable(home, "gone"), pytest.raises(KeyFolderUnwritable):
        async with home.open():
            pass


@pytest.mark.parametrize("how", ["gone", "read only"])
async def test_the_check_tries_the_folder_of_the_key(home: Home, how: str) -> None:
    async with home.open():
        pass
    with unwritable(home, how):
        (row,) = operating._caught(operating._key_folder_rows, home.settings, "key_folder")
    assert (row[0], row[1].key) == (False, "error.key_folder_unwritable")
    (row,) = operating._key_folder_rows(home.settings)
    assert row[0]
    assert [found.name for found in home.keys.iterdir() if found.name.endswith(".try")] == []


async def test_a_sync_that_fails_destroys_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "")

    async with home.open() as (stores, _):
        await sealed(stores, "ann")
        restore = home.backup()
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", broken)
            with pytest.raises(ListUnwritable):
                await take_back(stores)
        assert await holds(stores, "ann")
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with home.open() as (stores, _):
        assert await holds(stores, "ann")


async def test_a_commit_that_fails_is_struck_out_and_a_restore_destroys_nothing(home: Home) -> None:
    def full(_: object) -> None:
        raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    async with home.open() as (stores, database):
        await sealed(stores, "ann")
        restore = home.backup()
        engine = database._writer._engine
        event.listen(engine, "commit", full)
        with pytest.raises(OperationalError):
            await take_back(stores)
        event.remove(engine, "commit", full)
        assert await holds(stores, "ann")
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with home.open() as (stores, _):
        assert await holds(stores, "ann")


# c: a line that broke off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b'{"at": "2026-12-', b"\0" * 70], ids=["text", "zeros"])
@pytest.mark.parametrize("cut", [0, 100])
async def test_a_line_that_broke_off_swallows_no_entry(home: Home, torn: bytes, cut: int) -> None:
    async with home.open() as (stores, _):
        await sealed(stores, "ann", "bob")
        restore = home.backup()
        await take_back(stores, "ann")
        whole = home.the_list.read_bytes()
        home.the_list.write_bytes(whole[: len(whole) - cut] + torn)
        await take_back(stores, "bob")
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with home.open() as (stores, _):
        assert not await holds(stores, "bob")
