"""What the clock does, when something goes wrong with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import Later, UnknownRound
from bot.people import Address, Reach
from bot.reveal import Plan
from bot.rounds import Phase, RoundId
from bot.service import Waking
from tests.fakes import MemoryReplies
from tests.world import World, memory_stores

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)


class Village(World):
    async def tick(self, **changes: Any) -> None:
        """One tick, with some of the tools replaced."""
        await Waking(replace(self.tools, **changes)).tick(self.clock.now())


@pytest.fixture
async def world() -> AsyncIterator[Village]:
    stores, store = memory_stores()
    made = Village(stores)
    made.replies = MemoryReplies(store)  # type: ignore[attr-defined]
    await made.start()
    yield made
    await made.crash()


class Shy:
    """A chat that does not say who reads in a channel."""

    def __init__(self, platform: object) -> None:
        self._platform = platform

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    async def reach(self, address: Address) -> Reach:
        raise Later(60)


async def test_a_round_whose_chat_does_not_answer_waits_and_is_opened_later(world: Village) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    world.clock.set(world.clock.now() + FIVE_DAYS + MINUTE)
    await world.tick(platforms={"play": Shy(world.platform)})
    waiting = await world.round_(code)
    assert waiting.phase is Phase.CLOSED
    assert not waiting.prepared_at
    await world.pass_time(MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED


async def test_the_trouble_of_one_round_holds_up_no_other(world: Village) -> None:
    first, second = await world.open(), await world.open()
    for code in (first, second):
        await world.write("cal", code, f"in time for {code}")
    broken = (await world.round_(first)).id

    class Broken(MemoryReplies):
        async def prepare(self, id: RoundId, plan: Plan, now: datetime) -> bool:
            if id == broken:
                raise RuntimeError("a fault of ours")
            return await super().prepare(id, plan, now)

    world.clock.set(world.clock.now() + FIVE_DAYS + MINUTE)
    await world.tick(replies=Broken(world.replies._store))  # type: ignore[attr-defined]
    assert (await world.round_(second)).prepared_at
    assert not (await world.round_(first)).prepared_at
    await world.pass_time(MINUTE)
    assert (await world.round_(first)).phase is Phase.REVEALED


async def test_a_round_on_a_chat_that_is_not_connected_is_closed_all_the_same(world: Village) -> None:
    code = await world.open()
    world.clock.set(world.clock.now() + FIVE_DAYS + MINUTE)
    await world.tick(platforms={})
    assert (await world.round_(code)).phase is Phase.CLOSED


async def test_the_first_start_ever_moves_nothing(world: Village) -> None:
    code = await world.open()
    before = await world.round_(code)

    class Newborn:
        def __init__(self, rounds: object) -> None:
            self._rounds = rounds

        def __getattr__(self, name: str) -> Any:
            return getattr(self._rounds, name)

        async def last_heard(self, platform: str) -> datetime | None:
            return None

    tools: Any = replace(world.tools, rounds=Newborn(world.stores.rounds))
    await Waking(tools).start(world.clock.now() + FIVE_DAYS)
    assert await world.round_(code) == before


async def test_housekeeping_forgets_rounds_past_their_retention_and_no_others(world: Village) -> None:
    code = await world.open()
    await world.pass_time(FIVE_DAYS + MINUTE)
    kept = await world.open(closes_at="in 300 days")
    await world.waking.housekeeping(world.clock.now() + timedelta(days=300))
    await world.pass_time(timedelta(days=7))
    assert (await world.round_(code)).phase is Phase.ENDED
    await world.waking.housekeeping(world.clock.now() + timedelta(days=366))
    with pytest.raises(UnknownRound):
        await world.round_(code)
    assert (await world.round_(kept)).phase is Phase.COLLECTING
