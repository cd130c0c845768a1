"""The event loop runs, and the database takes nothing any more: the bot does not count as alive."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

import pytest

from bot import alarm
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce import app
from coproduce.app import Bot, Storage
from coproduce.clock import SystemClock
from storage.database.database import Database
from tests.fakes import MemoryOutbox, MemoryReplies, MemoryRounds, MemoryStore, MemoryVault


class Hanging(MemoryRounds):
    is_hung = False
    beats = 0

    async def beat(self, now: datetime, listening: Collection[str] = ()) -> None:
        if self.is_hung:
            await asyncio.Event().wait()
        self.beats += 1
        await super().beat(now, listening)


async def test_a_heartbeat_that_is_not_written_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (alarm, app):
        monkeypatch.setattr(module, "BEAT", timedelta(milliseconds=100))
    store = MemoryStore()
    rounds = Hanging(store)
    kept = Storage(
        rounds=rounds,
        replies=MemoryReplies(store),
        outbox=MemoryOutbox(store),
        vault=MemoryVault(store),
        database=cast(Database, None),
    )
    bot = Bot(kept, {}, SystemClock(), Texts.load(), rounds=RoundSettings(), delivery=DeliverySettings())
    await bot.start()
    async with asyncio.timeout(10):
        while rounds.beats < 8:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        assert _is_alive(bot)
        rounds.is_hung = True
        while _is_alive(bot):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    for task in (*bot._watching, *bot._tasks):
        task.cancel()
    await asyncio.gather(*bot._watching, *bot._tasks, return_exceptions=True)


def _is_alive(bot: Bot) -> bool:
    return bot.is_alive
