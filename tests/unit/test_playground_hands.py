"""The clock of the playground stops, runs, runs faster, is set; what wakes by it wakes when its time has come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.playground.chat.hands import Hands
from adapters.playground.clock import MovableClock

DAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
MOMENTS = st.integers(0, 60 * 525_600).map(lambda minutes: DAY + timedelta(minutes=minutes, microseconds=minutes))
WHILE = st.timedeltas(timedelta(), timedelta(days=30))
RATES = st.integers(1, 10_000)


@given(MOMENTS, MOMENTS, RATES, WHILE)
def test_a_timer_goes_off_when_its_time_has_come_and_no_sooner(
    machine: datetime, shows: datetime, rate: int, later: timedelta
) -> None:
    hands = Hands(stopped_at=shows).run(machine, rate)
    at = shows + later
    real = hands.real(at, machine)
    assert real is not None
    assert hands.now(real) >= at
    assert hands.now(real - timedelta(microseconds=1)) < at


@given(MOMENTS, MOMENTS, RATES, RATES, WHILE, WHILE)
def test_a_change_of_speed_moves_nothing(
    machine: datetime, shows: datetime, first: int, second: int, until: timedelta, after: timedelta
) -> None:
    hands = Hands(stopped_at=shows).run(machine, first)
    faster = hands.run(machine + until, second)
    assert faster.now(machine + until) == hands.now(machine + until) == shows + until * first
    assert faster.now(machine + until + after) == shows + until * first + after * second
    assert faster.stop(machine + until).now(machine + until + after) == shows + until * first


@given(MOMENTS, MOMENTS, RATES, MOMENTS)
def test_a_clock_that_is_set_runs_on_as_fast(machine: datetime, shows: datetime, rate: int, at: datetime) -> None:
    hands = Hands(stopped_at=shows).run(machine, rate).show(at, machine)
    assert hands.now(machine + timedelta(seconds=1)) == at + timedelta(seconds=rate)
    stopped = Hands(stopped_at=shows).show(at, machine)
    assert stopped.now(machine + timedelta(days=1)) == at
    assert stopped.real(at + timedelta(seconds=1), machine) is None


@given(MOMENTS, MOMENTS, RATES)
def test_a_journal_keeps_it(machine: datetime, shows: datetime, rate: int) -> None:
    for hands in (Hands(stopped_at=shows), Hands(stopped_at=shows).run(machine, rate)):
        assert Hands.of_json(json.loads(json.dumps(hands.as_json()))).now(machine) == hands.now(machine)


@pytest.mark.parametrize("stopped_at", [None, DAY.isoformat()])
def test_journals_of_before_are_read(stopped_at: str | None) -> None:
    hands = Hands.of_json({"ahead": 60.0, "stopped_at": stopped_at})
    assert hands.now(DAY) == (DAY if stopped_at else DAY + timedelta(minutes=1))


def test_a_clock_never_runs_backwards() -> None:
    with pytest.raises(ValueError, match="0 times"):
        Hands().run(DAY, 0)


def test_the_bot_is_ahead_of_a_clock_that_stands_and_never_goes_back_for_it() -> None:
    clock, moved = MovableClock(lambda: DAY), []
    clock.watch(lambda: moved.append(clock.now()))
    clock.show(Hands(stopped_at=DAY))
    clock.lead(DAY + timedelta(seconds=3))
    clock.lead(DAY + timedelta(seconds=2))
    assert clock.now() == DAY + timedelta(seconds=3)
    assert clock.real(DAY + timedelta(seconds=3)) == DAY
    clock.show(Hands(stopped_at=DAY + timedelta(seconds=1)))
    clock.show(Hands(stopped_at=DAY + timedelta(seconds=1)).run(DAY))
    assert clock.now() == DAY + timedelta(seconds=3)
    assert clock.real(DAY + timedelta(seconds=4)) == DAY + timedelta(seconds=1)
    clock.show(Hands(stopped_at=DAY + timedelta(hours=1)))
    assert clock.now() == DAY + timedelta(hours=1)
    clock.show(Hands(stopped_at=DAY))  # set back
    assert clock.now() == DAY
    assert len(moved) == 6
