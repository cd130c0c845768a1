"""Lanes of the database against the plain words of the port, as the memory store has them: any order of events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.messages import Again, GaveUp, Message, Posted, Refusal, Result, Sent
from bot.rounds import Round
from tests.builders import CHANNEL, NOON, collecting, owed
from tests.contract.stores import Stores, deciding, memory_stores, sql_stores

STEPS = 70


@pytest.mark.parametrize("seed", range(12))
async def test_both_stores_deliver_alike(seed: int, tmp_path: Path) -> None:
    rng, now = Random(seed), NOON
    async with sql_stores(tmp_path / "test.db") as (database, _):
        pair = (database, memory_stores())
        rounds = [await stores.keep_round(collecting()) for stores in pair]
        for step in range(STEPS):
            now += timedelta(minutes=rng.randrange(3))
            what, draw = rng.choice(["owe", "owe", "deliver", "deliver", "deliver", "free"]), rng.random()
            for stores, round_ in zip(pair, rounds, strict=True):
                await _do(stores, round_, what, Random(f"{step} {draw}"), step, now)
            left, right = [[one.key for one in await stores.outbox.ready(now, set())] for stores in pair]
            assert left == right
            assert await pair[0].outbox.next_ready(now) == await pair[1].outbox.next_ready(now)
            left, right = [[one.key for one in await stores.outbox.orphans()] for stores in pair]
            assert left == right


async def _do(stores: Stores, round_: Round, what: str, rng: Random, step: int, at: datetime) -> None:
    if what == "owe":
        lane = replace(CHANNEL, channel=rng.choice("ab"))
        sleeps = at + timedelta(minutes=rng.randrange(1, 9)) if rng.random() < 0.4 else None
        new = [owed(f"m{step}.{n}", to=lane, not_before=sleeps) for n in range(rng.randrange(1, 4))]
        await stores.rounds.change(round_.id, None, deciding(None, *new), at)
    elif what == "free":
        await stores.rounds.change(round_.id, None, deciding(free_lanes=True), at)
    elif heads := await stores.outbox.ready(at, set()):
        head = rng.choice(sorted(heads, key=lambda one: one.key))
        claimed = await stores.outbox.claim(head.id, head.attempt, at)
        assert claimed is not None
        fate = rng.random()
        if fate < 0.6:
            await stores.outbox.finish(claimed.id, claimed.attempt, _ending(rng, claimed), at)
        elif fate < 0.9:  # else it stays on its way
            following = await stores.outbox.pass_on(claimed.id, claimed.attempt, _ending(rng, claimed), at)
            assert following is None or following.to == claimed.to
    else:
        for orphan in await stores.outbox.orphans():
            await stores.outbox.finish(orphan.id, orphan.attempt, Again(not_before=at), at)


def _ending(rng: Random, claimed: Message) -> Result:
    assert claimed.tried_at is not None
    sent = Sent(posted=Posted(place="C", id=claimed.key))
    again = Again(not_before=claimed.tried_at + timedelta(minutes=rng.randrange(5)))
    endings: list[Result] = [sent, again, GaveUp(why=None, reason="gone"), Refusal(reason="no")]
    return rng.choices(endings, [6, 3, 1, 1])[0]
