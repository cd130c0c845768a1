"""A database that was restored from a backup does not bring back what was destroyed since, and sends nothing twice."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answers import Receipt
from bot.messages import MessageKind, State
from bot.people import PersonId
from bot.rounds import Phase, Round, RoundCode
from bot.rules.moves import Decision
from storage.database.database import Database
from storage.rounds.people import kept_of
from storage.words import restoring
from storage.words.seal import Seal
from tests.builders import DAY, HOUR, NOON, account, act, answers, collecting, owed, seat, write
from tests.contract.stores import DONE, KEYS, Stores, deciding, kept_as, sql_stores

CODE = RoundCode("R-7F3K")


class House:
    """A database file, a key's folder beside it, and backups of the file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "house.db"
        self._key = folder / "keys" / "house.key"
        self._key.parent.mkdir()
        self._is_new = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Stores, Database]]:
        async with sql_stores(self.file, new=self._is_new) as (stores, database):
            self._is_new = False
            self.was_restored = await restoring.open_ledger(database, Seal(KEYS), self._key, NOON + 9 * HOUR, 30 * DAY)
            yield stores, database

    def backup(self) -> Callable[[], None]:
        """Call what it returns, while the house is shut, to put the backup in place of the file."""
        kept = self.file.with_suffix(".backup")
        kept.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.file)) as here, closing(sqlite3.connect(kept)) as there:
            here.backup(there)

        def restore() -> None:
            for left in (self.file, Path(f"{self.file}-wal"), Path(f"{self.file}-shm")):
                left.unlink(missing_ok=True)
            kept.rename(self.file)

        return restore


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def _sealed(stores: Stores) -> Receipt:
    """A round of three, in which Ann's answer is held."""
    await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("lea", "leaders")))
    await stores.rounds.beat(NOON)
    held = await stores.replies.keep(CODE, account("ann"), write("ann", answers()), answers(), kept_as("reply"))
    assert held.receipt
    return held.receipt


async def test_an_answer_taken_back_after_the_backup_does_not_come_back(house: House) -> None:
    async with house.open() as (stores, _):
        await _sealed(stores)
        restore = house.backup()
        await stores.take_back(CODE, account("ann"), act("ann"))
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        assert await stores.replies.own(CODE, account("ann")) is None
        found = await stores.rounds.seat(CODE, account("ann"))
        assert found
        assert found[1].replied_at is None


async def test_an_answer_sealed_again_before_the_backup_stays(house: House) -> None:
    async with house.open() as (stores, _):
        await _sealed(stores)
        await stores.take_back(CODE, account("ann"), act("ann"))
        again = answers("Second thoughts")
        await stores.replies.keep(CODE, account("ann"), write("ann", again), again, kept_as("reply"))
        restore = house.backup()
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        own = await stores.replies.own(CODE, account("ann"))
        assert own
        assert own.answers.personal == "Second thoughts"


async def test_a_start_without_a_restore_destroys_nothing(house: House) -> None:
    async with house.open() as (stores, _):
        await _sealed(stores)
        await stores.rounds.beat(NOON + HOUR)
    async with house.open() as (stores, _):
        assert not house.was_restored
        assert await stores.replies.own(CODE, account("ann"))


async def test_a_cancelled_round_stays_cancelled_and_its_words_destroyed(house: House) -> None:
    async with house.open() as (stores, _):
        await _sealed(stores)
        restore = house.backup()
        round_ = await stores.rounds.get(CODE)
        over = Decision(outcome=DONE, round_=replace(round_, phase=Phase.CANCELLED), destroy_all_words=True)
        await stores.rounds.change(round_.id, None, lambda _: over, NOON)
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        assert (await stores.rounds.get(CODE)).phase is Phase.CANCELLED
        assert await stores.replies.own(CODE, account("ann")) is None


@pytest.mark.parametrize("backed_up", ["before the close", "after the reveal"])
async def test_a_voice_taken_down_stays_down(house: House, backed_up: str) -> None:
    async with house.open() as (stores, _):
        receipt = await _sealed(stores)
        restore = house.backup()
        await stores.rounds.close([(await stores.rounds.get(CODE)).id], NOON + 80 * HOUR)
        await stores.reveal(await stores.rounds.get(CODE))
        if backed_up == "after the reveal":
            restore = house.backup()
        await stores.replies.take_down(CODE, receipt, lambda *_: (), NOON + 81 * HOUR)
        await stores.rounds.beat(NOON + 90 * HOUR)
    restore()
    async with house.open() as (stores, _):
        if backed_up == "before the close":
            assert await stores.replies.own(CODE, account("ann")) is None
        else:
            voices = await stores.replies.perspectives((await stores.rounds.get(CODE)).id)
            assert [voice.answers.personal for voice in voices] == [""]


async def test_an_erased_person_stays_erased(house: House) -> None:
    async with house.open() as (stores, database):
        await _sealed(stores)
        restore = house.backup()
        found = await database.read(lambda db: kept_of(db, account("ann")))
        assert found
        await stores.replies.erase(PersonId(found.person), NOON)
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, database):
        assert await database.read(lambda db: kept_of(db, account("ann"))) is None


async def test_what_somebody_removed_never_sealed_stays_destroyed_and_what_they_sealed_stays(house: House) -> None:
    async with house.open() as (stores, _):
        receipt = await _sealed(stores)
        for user in ("ann", "bob"):
            await stores.replies.keep(CODE, account(user), write(user, answers()), answers("half"), kept_as("draft"))
        restore = house.backup()
        round_ = await stores.rounds.get(CODE)
        gone = deciding(_bumped(round_), destroy_drafts_of=tuple(each.id for each in round_.seats))
        await stores.rounds.change(round_.id, None, gone, NOON)
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        own = await stores.replies.own(CODE, account("ann"))
        assert own
        assert (own.kind, own.receipt) == ("reply", receipt)
        assert await stores.replies.own(CODE, account("bob")) is None


async def test_what_was_owed_is_looked_for_before_it_is_sent(house: House) -> None:
    async with house.open() as (stores, _):
        await stores.keep_round(collecting(seat("ann")), owed(f"{CODE}:question:ann:0", MessageKind.CAST_CHANGED))
        await stores.rounds.beat(NOON)
        restore = house.backup()
        await stores.rounds.beat(NOON + HOUR)
    restore()
    async with house.open() as (stores, _):
        assert not await stores.outbox.ready(NOON + 9 * HOUR, set())
        assert [each.state for each in await stores.outbox.orphans()] == [State.SENDING]


def _bumped(round_: Round) -> Round:
    return replace(round_, seats=tuple(replace(each, revision=each.revision + 1) for each in round_.seats))
