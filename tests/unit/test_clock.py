"""The machine's clock: right, in doubt, and right again."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import Clock
from coproduce import clock as clocks
from coproduce.clock import SystemClock
from tests.builders import NOON
from tests.clocks import Machine

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def machine() -> Machine:
    """Its clock was confirmed."""
    made = Machine()
    made.trust()
    return made


def test_the_systems_clock_is_aware_and_real() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert clock.real(now) == now


def test_the_steady_clock_goes_on_while_the_machine_sleeps() -> None:
    if hasattr(time, "CLOCK_BOOTTIME"):
        assert abs(clocks._steady() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1
    else:
        assert abs(clocks._steady() - time.clock_gettime(time.CLOCK_MONOTONIC)) < 1


def test_without_a_clock_since_boot_the_best_monotonic_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert abs(clocks._steady() - time.clock_gettime(time.CLOCK_MONOTONIC)) < 1
    monkeypatch.delattr(time, "clock_gettime")
    assert abs(clocks._steady() - time.monotonic()) < 1


@pytest.mark.parametrize("by", [DAY, -HOUR, 61 * SECOND, -61 * SECOND])
def test_a_jump_puts_the_time_in_doubt_and_the_bot_goes_on_from_the_right_one(machine: Machine, by: timedelta) -> None:
    machine.jumps(by)
    machine.goes_on(5 * SECOND)
    assert machine.now() == NOON + 5 * SECOND
    doubt = machine.doubt
    assert doubt
    assert (doubt.is_known, doubt.off, doubt.machine) == (True, by, NOON + 5 * SECOND + by)
    assert machine.real(NOON + MINUTE) == NOON + MINUTE + by


@pytest.mark.parametrize("by", [60 * SECOND, -60 * SECOND, SECOND])
def test_up_to_a_minute_is_no_jump(machine: Machine, by: timedelta) -> None:
    machine.jumps(by)
    assert machine.doubt is None
    assert machine.now() == NOON + by


def test_a_machine_that_slept_did_not_jump(machine: Machine) -> None:
    machine.goes_on(9 * HOUR)
    assert machine.doubt is None
    assert machine.now() == NOON + 9 * HOUR


def test_a_clock_that_drifts_is_in_doubt_once_it_is_a_minute_off(machine: Machine) -> None:
    for _ in range(6):
        machine.goes_on(HOUR)
        machine.jumps(10 * SECOND)
        assert machine.doubt is None
    machine.jumps(SECOND)
    assert machine.doubt is not None


def test_a_clock_that_jumped_back_again_stays_in_doubt_until_a_platform_confirms_it(machine: Machine) -> None:
    machine.jumps(DAY)
    assert machine.now() == NOON
    machine.jumps(-DAY)
    assert machine.doubt is not None
    assert machine.agrees([NOON])
    assert machine.trust() == timedelta()


def test_from_the_start_on_it_is_in_doubt_and_nobody_knows_the_time() -> None:
    machine = Machine(ahead=DAY)
    doubt = machine.doubt
    assert doubt
    assert not doubt.is_known
    assert machine.now() == NOON + DAY


def test_once_a_platform_has_told_its_time_the_bot_goes_by_that() -> None:
    machine = Machine(ahead=DAY)
    assert not machine.agrees([NOON])
    machine.goes_on(MINUTE)
    assert machine.now() == NOON + MINUTE
    doubt = machine.doubt
    assert doubt
    assert doubt.is_known


@pytest.mark.parametrize(("off", "agrees"), [(30, True), (-30, True), (31, False), (-31, False)])
def test_half_a_minute_is_near_enough(off: int, agrees: bool) -> None:
    machine = Machine(ahead=off * SECOND)
    assert machine.agrees([NOON]) is agrees


def test_all_platforms_must_agree(machine: Machine) -> None:
    assert machine.agrees([NOON, NOON - SECOND])
    assert not machine.agrees([NOON, NOON + HOUR])


def test_a_clock_that_was_wrong_and_is_set_right_tells_by_how_much_it_moved() -> None:
    machine = Machine()
    machine.trust()
    looked: list[datetime] = []
    machine.watch(lambda: looked.append(machine.now()))
    machine.jumps(-HOUR)
    assert machine.now() == NOON
    assert machine.agrees([NOON - HOUR])
    assert machine.trust() == -HOUR
    assert looked == [NOON - HOUR]
