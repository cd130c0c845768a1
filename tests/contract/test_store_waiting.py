"""What an operator is told of what is owed: how many, never to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.messages import MessageKind, Refusal, State
from coproduce.app import Storage, open_storage
from coproduce.config import Settings
from storage.outbox.store import waiting
from tests.builders import HOUR, NOON, collecting, owed, question, seat
from tests.contract.made_before import made_before, storage_in
from tests.contract.stores import Stores


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Storage]:
    made_before(tmp_path)
    opened = await open_storage(Settings(storage=storage_in(tmp_path)))
    yield opened
    await opened.close()


async def test_what_is_due_on_its_way_or_stuck_is_counted_by_kind_and_nothing_else(kept: Storage) -> None:
    stores = Stores(rounds=kept.rounds, replies=kept.replies, outbox=kept.outbox, vault=kept.vault)
    assert await waiting(kept.database, NOON) == {}
    people = ("ann", "bob", "cat", "dan")
    questions = [question("R-7F3K", who) for who in people]
    later = owed("later", MessageKind.REMINDER, not_before=NOON + HOUR)
    await stores.keep_round(collecting(*(seat(who) for who in people)), *questions, later)
    first, second, third, _ = await kept.outbox.ready(NOON, set())
    await stores.deliver(first.id)
    for head in (second, third):
        assert await kept.outbox.claim(head.id, head.attempt, NOON)
    await kept.outbox.finish(third.id, third.attempt + 1, Refusal(reason="rejected"), NOON)
    asked = MessageKind.QUESTION
    states = dict.fromkeys([("play", state, asked) for state in (State.OWED, State.SENDING, State.STUCK)], 1)
    assert await waiting(kept.database, NOON) == states
    assert await waiting(kept.database, NOON + HOUR) == {**states, ("play", State.OWED, MessageKind.REMINDER): 1}
