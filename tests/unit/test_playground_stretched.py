"""A script of seconds, over the days of a real round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from adapters.playground.playing import script as scripts
from adapters.playground.playing.stretched import days_of, stretched

WARD = scripts.read(Path(__file__).parents[2] / "examples" / "ward.toml")
LONDON = ZoneInfo("Europe/London")
NOW = st.integers(0, 5_000_000).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(NOW)
def test_one_looks_on_a_tuesday_morning_of_this_week_at_a_round_that_is_open(now: datetime) -> None:
    opens_at, looked_at, closes_at = days_of(now, "Europe/London")
    there = looked_at.astimezone(LONDON)
    assert (there.weekday(), there.hour) == (1, 9)
    assert abs(now - looked_at) < timedelta(days=7)
    assert opens_at < looked_at < closes_at
    assert closes_at.astimezone(LONDON).hour == 17


@given(NOW)
def test_people_act_in_working_hours_and_in_the_order_of_the_script(now: datetime) -> None:
    opens_at, _, closes_at = days_of(now, "Europe/London")
    long = stretched(WARD, opens_at, closes_at)
    order = [
        [name for _, name in sorted((deed.at, player.name) for player in one.players for deed in player.deeds)]
        for one in (WARD, long)
    ]
    assert order[0] == order[1]
    for player in long.players:
        for deed in player.deeds:
            there = (opens_at + deed.at).astimezone(LONDON)
            assert there.weekday() < 5
            assert 9 <= there.hour < 17


def test_on_the_ward_six_others_have_answered_when_one_looks_and_one_more_does_that_day() -> None:
    opens_at, looked_at, closes_at = days_of(datetime(2026, 11, 28, tzinfo=UTC), "Europe/London")
    long = stretched(WARD, opens_at, closes_at)
    others = {player.name: opens_at + player.deeds[0].at for player in long.players if player.deeds}
    del others["Joy Santos"]
    assert sum(at < looked_at for at in others.values()) == 6
    assert [name for name, at in others.items() if at > looked_at] == ["Katya Roth"]
    assert others["Katya Roth"] - looked_at < timedelta(hours=4)


def test_a_script_that_takes_days_stays_as_it_is() -> None:
    opens_at, _, closes_at = days_of(datetime(2026, 11, 28, tzinfo=UTC), "Europe/London")
    long = stretched(WARD, opens_at, closes_at)
    assert stretched(long, opens_at, closes_at + timedelta(days=3)) is long
