"""A round that cannot be seen to holds up no other, and is tried again at leisure."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from bot.acts import Said
from bot.rounds import Round, RoundCode, RoundId
from bot.rules.moves import Decision, next_due
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage
from coproduce.clock import SystemClock
from storage.database.database import Database
from tests.builders import act, collecting, draft
from tests.fakes import MemoryOutbox, MemoryReplies, MemoryRounds, MemoryStore, MemoryVault

MANY = 500
"""Turns of the event loop."""


class BrokenRounds(MemoryRounds):
    """A fault of ours: one round can be found and not be read."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.broken: RoundId | None = None
        self.read: Counter[RoundId] = Counter()

    async def shell(self, id: RoundId) -> Round:
        await asyncio.sleep(0)  # as a real one does: others get their turn
        self.read[id] += 1
        if id == self.broken:
            raise TypeError
        return await super().shell(id)


async def _past_its_deadline(rounds: MemoryRounds, code: str, now: datetime) -> RoundId:
    """A round whose deadline has passed. Nothing of it goes to a channel, so that nobody else reads it."""
    started = await rounds.start(draft(code), act())
    past = now - timedelta(minutes=1)
    opened = collecting(code=code, id=started.id, closes_at=past, version=started.version, venues=())
    await rounds.change(started.id, None, lambda _: _saved(opened), now)
    return started.id


def _saved(round_: Round) -> Decision:
    return Decision(outcome=Said(content=()), round_=replace(round_, due_at=next_due(round_)))


async def test_a_round_that_cannot_be_read_is_not_tried_without_a_rest_and_holds_up_no_other() -> None:
    store, now = MemoryStore(), datetime.now(UTC)
    rounds = BrokenRounds(store)
    rounds.broken = await _past_its_deadline(rounds, "R-7F3K", now)
    other = await _past_its_deadline(rounds, "R-7F3M", now)
    kept = Storage(
        rounds=rounds,
        replies=MemoryReplies(store),
        outbox=MemoryOutbox(store),
        vault=MemoryVault(store),
        database=cast(Database, None),
    )
    bot = Bot(kept, {}, SystemClock(), Texts.load(), rounds=RoundSettings(), delivery=DeliverySettings())
    await bot.start()
    for _ in range(MANY):
        await asyncio.sleep(0)
    await bot.stop()
    assert (await rounds.get(RoundCode("R-7F3M"))).prepared_at is not None
    assert rounds.read[other] == 1
    assert rounds.read[rounds.broken] <= 2
