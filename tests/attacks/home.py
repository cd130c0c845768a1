"""A bot's storage as an operator has it: the database in one folder, the key in another, and backups."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path

from bot.rounds import Round, RoundCode
from coproduce.app import open_storage
from coproduce.config import Settings
from storage.database.database import Database
from storage.settings import StorageSettings, url_of
from tests.builders import NOON, account, answers, collecting, seat, write
from tests.contract.stores import Stores, kept_as

CODE = RoundCode("R-7F3K")


class Home:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "data" / "house.db"
        self.keys = folder / "keys"
        for made in (self.file.parent, self.keys):
            made.mkdir(exist_ok=True)
        storage = StorageSettings(url=url_of(self.file), key_file=self.keys / "house.key")
        self.settings = Settings(storage=storage)

    @asynccontextmanager
    async def open(self, now: datetime = NOON) -> AsyncIterator[tuple[Stores, Database]]:
        """As each start of the bot does. What happened since the last heartbeat ends without a further one."""
        kept = await open_storage(self.settings, now)
        try:
            stores = Stores(rounds=kept.rounds, replies=kept.replies, outbox=kept.outbox, vault=kept.vault)
            yield stores, kept.database
        finally:
            await kept.close()

    def backup(self) -> Callable[[], None]:
        """Call what it returns, while the bot is down, to put the backup in place of the database: once, or again."""
        kept = self.file.with_suffix(".backup")
        kept.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.file)) as here, closing(sqlite3.connect(kept)) as there:
            here.backup(there)
        return self.restore

    def restore(self) -> None:
        for left in (self.file, Path(f"{self.file}-wal"), Path(f"{self.file}-shm")):
            left.unlink(missing_ok=True)
        self.file.write_bytes(self.file.with_suffix(".backup").read_bytes())

    @property
    def the_list(self) -> Path:
        (found,) = self.keys.glob("*.destroyed")
        return found


async def sealed(stores: Stores, *users: str) -> Round:
    """A round in which each of them has sealed, and Lea has not."""
    round_ = await stores.keep_round(collecting(*(seat(user) for user in users), seat("lea", "leaders")))
    for user in users:
        await stores.replies.keep(CODE, account(user), write(user, answers()), answers(user), kept_as("reply"))
    await stores.rounds.beat(NOON)
    return round_


async def holds(stores: Stores, user: str) -> bool:
    return await stores.replies.own(CODE, account(user)) is not None
