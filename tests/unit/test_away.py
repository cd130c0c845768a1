"""Away is when people could not answer: the process was down, or a platform passed nothing on to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.acts import Said, Write
from bot.answers import Answers
from bot.messages import MessageKind, Post
from bot.rounds import ChangeKind, Phase, RoundCode
from bot.rules import schedule
from bot.service import Waking
from bot.service.listening import Listening
from tests.builders import PLATFORM
from tests.world import TEXTS, World, memory_stores

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Village(World):
    """Time passes in steps, as the heartbeat does."""

    async def deaf_for(self, length: timedelta, *, beats: bool = True) -> None:
        """Nothing that people do arrives; the process goes on."""
        await self.lose()
        end = self.clock.now() + length
        while self.clock.now() < end:
            self.clock.set(min(end, self.clock.now() + 30 * SECOND))
            await self.settle()
            if beats:
                await self.waking.beat(self.clock.now())

    async def lose(self) -> None:
        self.deaf.add(PLATFORM)
        await self.waking.heed(self.clock.now())

    async def listen(self) -> None:
        self.deaf.clear()
        await self.waking.heed(self.clock.now())
        await self.settle()

    async def closes_at(self, code: RoundCode) -> datetime:
        round_ = await self.round_(code)
        assert round_.closes_at
        return round_.closes_at

    async def near_the_end(self, before: timedelta) -> RoundCode:
        code = await self.open()
        await self.pass_until(await self.closes_at(code) - before)
        return code


@pytest.fixture
async def world() -> AsyncIterator[Village]:
    stores, _ = memory_stores()
    made = Village(stores)
    await made.start()
    yield made
    if made.is_up:
        await made.crash()


@pytest.mark.parametrize(("length", "moves"), [(60 * SECOND, False), (61 * SECOND, True)])
async def test_a_platform_that_did_not_listen_for_over_a_minute_was_away_and_the_deadline_moves(
    world: Village, length: timedelta, moves: bool
) -> None:
    code = await world.near_the_end(5 * MINUTE)
    was = await world.closes_at(code)
    await world.deaf_for(length)
    await world.listen()
    assert await world.closes_at(code) == (world.clock.now() + schedule.MOVED_BY if moves else was)


async def test_a_platform_that_did_not_listen_long_before_a_deadline_moves_nothing(world: Village) -> None:
    code = await world.near_the_end(2 * schedule.LOOKING_BACK)
    was = await world.closes_at(code)
    await world.deaf_for(20 * MINUTE)
    await world.listen()
    assert await world.closes_at(code) == was


async def test_what_another_platform_does_moves_no_deadline(world: Village) -> None:
    code = await world.near_the_end(5 * MINUTE)
    was = await world.closes_at(code)
    await Listening(world.tools).opened("elsewhere", world.clock.now() - 10 * MINUTE, world.clock.now())
    assert await world.closes_at(code) == was


async def test_a_kill_while_nothing_arrives_forgets_no_minute_of_it(world: Village) -> None:
    code = await world.near_the_end(5 * MINUTE)
    await world.deaf_for(7 * MINUTE)  # over the deadline
    await world.crash()
    world.clock.set(world.clock.now() + SECOND)  # a quick restart: by the heartbeat alone nothing was missed
    world.deaf.clear()
    await world.start()
    assert await world.closes_at(code) == world.clock.now() + schedule.MOVED_BY


async def test_a_kill_while_nothing_arrives_and_before_the_next_heartbeat_forgets_it_neither(world: Village) -> None:
    code = await world.near_the_end(20 * MINUTE)
    lost_at = world.clock.now()
    await world.deaf_for(10 * MINUTE, beats=False)
    await world.crash()
    assert await world.stores.rounds.last_heard(PLATFORM) == lost_at
    world.deaf.clear()
    await world.start()
    assert (await world.round_(code)).moved_for_downtime == 1


# nothing closes before it listens -------------------------------------------------------------------------------


async def test_after_a_start_nothing_closes_before_the_platform_listens(world: Village) -> None:
    code = await world.near_the_end(10 * MINUTE)
    await world.crash()
    world.deaf.add(PLATFORM)
    world.clock.set(world.clock.now() + 12 * MINUTE)
    await world.start()
    await world.settle()
    assert (await world.round_(code)).phase is Phase.COLLECTING
    world.clock.set(world.clock.now() + 9 * MINUTE)
    await world.settle()
    await world.listen()
    round_ = await world.round_(code)
    assert (round_.phase, round_.closes_at) == (Phase.COLLECTING, world.clock.now() + schedule.MOVED_BY)


async def test_a_round_that_was_held_for_a_blip_closes_when_it_is_over(world: Village) -> None:
    code = await world.near_the_end(10 * SECOND)
    await world.write("cal", code, "in time")
    await world.deaf_for(40 * SECOND)
    assert (await world.round_(code)).phase is Phase.COLLECTING
    await world.listen()
    assert (await world.round_(code)).phase is Phase.REVEALED


async def test_an_act_that_arrives_tells_that_the_platform_listens(world: Village) -> None:
    """Whoever writes first when the line is up again is in time: the deadline moves before their words are kept."""
    code = await world.near_the_end(MINUTE)
    await world.deaf_for(10 * MINUTE)
    outcome = await world.do(Write, "cal", code=code, answers=Answers(personal="at last"))
    assert isinstance(outcome, Said)
    assert outcome.receipt


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_it_is_held_for_a_quarter_of_an_hour_and_then_closes_and_says_so(
    world: Village, is_restarted: bool
) -> None:
    code = await world.near_the_end(10 * MINUTE)
    await world.write("cal", code, "in time")
    since = await world.closes_at(code)
    if is_restarted:
        await world.crash()
        world.deaf.add(PLATFORM)
        world.clock.set(world.clock.now() + timedelta(days=2))
        await world.start()
        since = world.clock.now()
    else:
        await world.lose()
    world.clock.set(since + schedule.HELD_AT_MOST - SECOND)
    await world.settle()
    assert (await world.round_(code)).phase is Phase.COLLECTING
    world.clock.set(since + schedule.HELD_AT_MOST + SECOND)
    await world.settle()
    round_ = await world.round_(code)
    assert round_.phase is Phase.REVEALED
    assert [change.kind for change in round_.changes] == [ChangeKind.UNHEARD]
    card = world.inbox("olga", MessageKind.STATUS)[-1].load
    assert isinstance(card, Post)
    assert "did not pass anything on" in TEXTS.post(card).text
    assert round_.statement
    assert round_.statement.changes == round_.changes


async def test_reminders_go_out_while_a_platform_does_not_listen(world: Village) -> None:
    code = await world.open()
    due = (await world.round_(code)).remind_at[0]
    await world.lose()
    await world.pass_until(due)
    assert world.inbox("cal", MessageKind.REMINDER)


async def test_a_round_that_cannot_be_moved_keeps_no_other_from_it(world: Village) -> None:
    first, second = await world.open(), await world.open()
    await world.pass_until(await world.closes_at(first) - 5 * MINUTE)
    broken, change = (await world.round_(first)).id, world.stores.rounds.change

    async def changes(id: Any, act: Any, rule: Any, now: datetime) -> Any:
        if id == broken:
            raise RuntimeError("a fault of ours")
        return await change(id, act, rule, now)

    world.stores.rounds.change = changes  # type: ignore[method-assign]
    await world.deaf_for(2 * MINUTE)
    await world.listen()
    assert (await world.round_(second)).moved_for_downtime == 1


async def test_a_kill_while_deadlines_are_moved_moves_those_that_are_left(world: Village) -> None:
    code = await world.near_the_end(5 * MINUTE)
    await world.deaf_for(2 * MINUTE)
    killed = Waking(world.tools)
    killed._listening.opened = _dies  # type: ignore[method-assign]
    world.deaf.clear()
    with pytest.raises(KeyboardInterrupt):
        await killed.start(world.clock.now())
    await world.crash()
    await world.start()
    assert (await world.round_(code)).moved_for_downtime == 1


async def _dies(platform: str, away_since: datetime, ready: datetime) -> None:
    raise KeyboardInterrupt
