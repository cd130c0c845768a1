"""The machine's clock jumps: nothing closes or opens by a wrong one, and nobody's answer is late for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog

from bot.acts import Answer, CloseRound, Decline, Refused, Said, ShowForm, Write
from bot.answers import Answers
from bot.messages import MessageKind
from bot.rounds import Phase, RoundCode
from bot.rules import schedule
from bot.rules.moves import GRACE
from tests.builders import NOON, PLATFORM
from tests.clocks import Machine
from tests.fakes import MemoryStore
from tests.world import World, key_of, memory_stores

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)


class Town(World):
    """With the clock that the bot has in earnest, and a platform whose own is right."""

    store: MemoryStore
    machine: Machine

    def seconds(self) -> float:
        return self.machine.right.timestamp()

    def is_held(self) -> bool:
        return self.clock.doubt is not None

    async def goes_on(self, length: timedelta) -> None:
        """Time passes, and the watch looks as often as it does; nobody says that it should."""
        end = self.machine.right + length
        while self.machine.right < end:
            self.machine.goes_on(min(end - self.machine.right, MINUTE))
            await self.look()

    async def look(self) -> None:
        await self.clock_watch.look()
        await self.settle()
        await self.waking.beat(self.clock.now())

    async def jumps(self, by: timedelta) -> None:
        self.machine.jumps(by)
        await self.look()

    async def restart(self, *, ahead: timedelta, away: timedelta = SECOND) -> None:
        """The machine starts with a clock that is so much ahead."""
        await self.crash()
        self.use(Machine(self.machine.right + away, ahead=ahead))
        await self.start()
        await self.look()

    def use(self, machine: Machine) -> None:
        self.machine = machine
        self.clock = machine  # type: ignore[assignment]
        self.platform.now = machine.now
        self.platform.clock = lambda: self.machine.right

    async def closes_at(self, code: RoundCode) -> datetime:
        closes_at = (await self.round_(code)).closes_at
        assert closes_at
        return closes_at

    async def phase(self, code: RoundCode) -> Phase:
        return (await self.round_(code)).phase

    async def seals(self, user: str, code: RoundCode) -> bool:
        said = await self.do(Write, user, code=code, answers=Answers(personal="for me"), seal=True)
        await self.settle()
        return isinstance(said, Said) and said.receipt is not None and key_of(said) == "said.held"


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    stores, store = memory_stores()
    made = Town(stores)
    made.store = store
    made.use(Machine())
    await made.start()
    yield made
    if made.is_up:
        await made.crash()


@pytest.fixture
def logged() -> Any:
    with structlog.testing.capture_logs() as found:
        yield found


async def test_a_day_forward_reveals_nothing_and_is_told(town: Town, logged: list[dict[str, Any]]) -> None:
    code = await town.open(closes_at="in 20 hours")
    assert await town.seals("cal", code)
    await town.jumps(DAY)
    await town.goes_on(3 * MINUTE)
    assert await town.phase(code) is Phase.COLLECTING
    assert not town.channel(MessageKind.HEADLINE)
    assert town.is_held()
    assert [each["event"] for each in logged if "clock" in each["event"]] == ["clock_jumped", *["clock_held"] * 4]
    assert len(town.inbox("olga", MessageKind.CLOCK_HELD)) == 1
    assert town.store.audits.count("clock_held") == 1


async def test_no_reminder_goes_out_a_day_early(town: Town) -> None:
    code = await town.open()
    first = (await town.round_(code)).remind_at[0]
    town.machine.goes_on(first - town.clock.now() - HOUR)
    await town.jumps(2 * HOUR)
    assert not town.inbox("cal", MessageKind.REMINDER)


async def test_once_the_clock_is_set_right_the_deadline_stands_as_it_was(
    town: Town, logged: list[dict[str, Any]]
) -> None:
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    await town.jumps(DAY)
    await town.jumps(-DAY)
    assert town.is_held(), "it is asked again only after a minute"
    await town.goes_on(MINUTE)
    assert not town.is_held()
    assert logged[-1]["event"] == "clock_released"
    assert town.store.audits[-1] == "clock_released"
    round_ = await town.round_(code)
    assert (round_.closes_at, round_.phase, round_.changes) == (closes_at, Phase.COLLECTING, ())
    assert not town.inbox("cal", MessageKind.DEADLINE_MOVED)
    town.clock.set(closes_at + GRACE)
    await town.look()
    assert await town.phase(code) is Phase.REVEALED


async def test_what_the_deadline_of_passed_meanwhile_closes_then_with_all_that_came(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    assert await town.seals("cal", code)
    await town.jumps(DAY)
    town.machine.goes_on(21 * HOUR)
    await town.look()
    assert await town.phase(code) is Phase.COLLECTING
    assert isinstance(await town.do(Answer, "cara", code=code), ShowForm)
    assert await town.seals("cara", code), "no answer counts as late"
    assert key_of(await town.do(Decline, "fay", code=code)) == "said.declined"
    await town.jumps(-DAY)
    await town.goes_on(MINUTE)
    round_ = await town.round_(code)
    assert round_.phase is Phase.REVEALED
    assert len(await town.stores.replies.perspectives(round_.id)) == 2
    assert round_.moved_for_downtime == 0


async def test_an_hour_back_stops_no_heartbeat_and_moves_no_deadline(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    town.machine.goes_on(closes_at - town.clock.now() - 10 * MINUTE)
    await town.look()
    await town.jumps(-HOUR)
    await town.goes_on(2 * MINUTE)
    assert await town.stores.rounds.last_beat() == town.machine.right
    await town.jumps(HOUR)
    await town.goes_on(MINUTE)
    assert await town.closes_at(code) == closes_at


@pytest.mark.parametrize("by", [2 * MINUTE, -2 * MINUTE])
@pytest.mark.parametrize(("deaf_for", "moves"), [(59 * SECOND, False), (61 * SECOND, True)])
async def test_a_clock_that_was_wrong_and_is_set_right_is_believed_at_once_and_its_jump_is_no_downtime(
    town: Town, by: timedelta, deaf_for: timedelta, moves: bool
) -> None:
    """The platform agrees with the new time: it was the old one that was off. What was real downtime stays so."""
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    town.machine.goes_on(closes_at - town.clock.now() - 5 * MINUTE)
    await town.look()
    town.deaf.add(PLATFORM)
    await town.waking.heed(town.clock.now())
    town.platform.clock = lambda: town.machine.right + by
    town.machine.jumps(by)
    await town.clock_watch.look()
    assert not town.is_held()
    assert await town.stores.rounds.last_beat() == town.machine.right + by
    town.machine.goes_on(deaf_for)
    town.deaf.clear()
    await town.look()
    assert await town.closes_at(code) == (town.clock.now() + schedule.MOVED_BY if moves else closes_at)
    assert not town.inbox("olga", MessageKind.CLOCK_HELD)


async def test_a_clock_that_is_set_right_is_noted_at_once_so_that_a_kill_then_miscounts_no_downtime(town: Town) -> None:
    town.platform.clock = lambda: town.machine.right + HOUR
    town.machine.jumps(HOUR)
    await town.clock_watch.look()
    assert await town.stores.rounds.last_beat() == town.machine.right + HOUR
    assert await town.stores.rounds.last_heard(PLATFORM) == town.machine.right + HOUR


async def test_a_kill_after_the_clock_was_set_back_hides_no_downtime(town: Town) -> None:
    """The last sign of life was written by a clock that was ahead, and lies in the future."""
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    town.machine.goes_on(closes_at - town.clock.now() - 20 * MINUTE)
    await town.stores.rounds.beat(town.clock.now() + 3 * HOUR, [PLATFORM])
    await town.restart(ahead=timedelta(), away=25 * MINUTE)  # over the deadline
    assert await town.closes_at(code) == town.clock.now() + schedule.MOVED_BY


async def test_a_start_with_a_right_clock_knows_how_long_it_was_away(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    town.machine.goes_on(await town.closes_at(code) - town.clock.now() - 5 * MINUTE)
    await town.look()
    await town.restart(ahead=timedelta(), away=10 * MINUTE)  # over the deadline
    assert await town.closes_at(code) == town.clock.now() + schedule.MOVED_BY


# at a start -----------------------------------------------------------------------------------------------------


async def test_a_start_with_a_wrong_clock_closes_and_moves_nothing(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    await town.restart(ahead=DAY)
    assert await town.phase(code) is Phase.COLLECTING
    assert await town.closes_at(code) == closes_at, "a restart by a wrong clock looks like a day of downtime"
    assert await town.seals("cal", code)
    assert len(town.inbox("olga", MessageKind.CLOCK_HELD)) == 1
    await town.restart(ahead=DAY)
    assert len(town.inbox("olga", MessageKind.CLOCK_HELD)) == 1, "one message, however often it starts"
    assert await town.stores.rounds.last_beat() == town.machine.right


async def test_a_start_whose_platform_tells_no_time_is_held_until_it_does(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    await town.crash()
    town.platform.is_away = True
    town.use(Machine(town.machine.right + SECOND, ahead=DAY))
    await town.start()
    await town.look()
    assert await town.phase(code) is Phase.COLLECTING
    assert await town.closes_at(code) == closes_at
    beaten_at = await town.stores.rounds.last_beat()
    assert beaten_at
    assert beaten_at < NOON + HOUR, "nobody knows what time it is: none is noted"
    assert await town.seals("cal", code), "no answer counts as late"
    town.platform.is_away = False
    town.machine.jumps(-DAY)
    await town.goes_on(MINUTE)
    assert not town.is_held()
    assert await town.closes_at(code) == closes_at


async def test_a_start_with_a_right_clock_goes_on_at_once(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    closes_at = await town.closes_at(code)
    await town.restart(ahead=30 * SECOND)
    assert not town.is_held()
    town.clock.set(closes_at + GRACE)
    await town.look()
    assert await town.phase(code) is Phase.REVEALED


async def test_half_a_minute_and_a_second_off_is_held(town: Town) -> None:
    await town.restart(ahead=31 * SECOND)
    assert town.is_held()


async def test_after_a_jump_a_platform_that_does_not_answer_holds_it(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    town.platform.is_away = True
    await town.jumps(DAY)
    await town.goes_on(20 * MINUTE)
    assert town.is_held()
    assert await town.phase(code) is Phase.COLLECTING
    town.platform.clock = lambda: None
    town.platform.is_away = False
    await town.goes_on(MINUTE)
    assert town.is_held(), "an answer without a time is none"


# nobody goes round it -------------------------------------------------------------------------------------------


async def test_no_command_of_an_organiser_closes_a_round_while_the_clock_is_wrong(town: Town) -> None:
    code = await town.open()
    await town.jumps(DAY)
    for _ in range(2):
        refused = await town.do(CloseRound, "olga", code=code, confirmed=True)
        assert isinstance(refused, Refused)
        assert key_of(refused) == "refused.clock_held"
        await town.goes_on(MINUTE)
    assert await town.phase(code) is Phase.COLLECTING


async def test_a_reveal_that_is_on_its_way_waits_for_the_clock(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    assert await town.seals("cal", code)
    town.clock.set(await town.closes_at(code) + GRACE)
    await town.waking.tick(town.clock.now())
    assert (await town.round_(code)).prepared_at
    await town.jumps(HOUR)
    await town.goes_on(2 * MINUTE)
    assert not town.channel(MessageKind.HEADLINE)
    await town.jumps(-HOUR)
    await town.goes_on(MINUTE)
    assert town.channel(MessageKind.HEADLINE)
    assert await town.phase(code) is Phase.REVEALED


async def test_a_clock_a_year_ahead_forgets_nothing(town: Town) -> None:
    code = await town.draft()
    await town.jumps(YEAR)
    await town.waking.housekeeping(town.machine.right + YEAR)
    assert (await town.round_(code)).phase is Phase.DRAFT


async def test_a_machine_that_slept_over_the_deadline_closes_when_it_wakes(town: Town) -> None:
    code = await town.open(closes_at="in 20 hours")
    town.machine.goes_on(21 * HOUR)
    await town.look()
    assert not town.is_held()
    assert await town.phase(code) is Phase.REVEALED
