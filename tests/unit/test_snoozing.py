"""[Later] offers only what is still possible, at every moment of a round."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.acts import SNOOZES, Refused, Said
from bot.rules.answering import snooze
from tests.builders import NOON, collecting, seat

LONG = NOON + timedelta(days=4)  # NOON is noon in UTC


def offered(now: datetime, closes_at: datetime, tz: str = "UTC") -> tuple[str, ...]:
    header = collecting(closes_at=closes_at).header
    outcome = snooze(header, seat("fay"), "", now, tz).outcome
    return tuple(one.argument for one in outcome.controls) if isinstance(outcome, Said) else ()


@pytest.mark.parametrize(
    ("left", "choices"),
    [
        (timedelta(days=4), ("3h", "tomorrow", "last_day")),
        (timedelta(hours=24), ("3h", "tomorrow")),  # the last day is here
        (timedelta(hours=10), ("3h",)),  # tomorrow it has closed
        (timedelta(hours=3), ()),
        (timedelta(minutes=1), ()),
    ],
)
def test_later_offers_only_what_comes_before_the_close(left: timedelta, choices: tuple[str, ...]) -> None:
    assert offered(LONG - left, LONG) == choices


def test_tomorrow_is_that_of_the_person() -> None:
    closes_at = NOON + timedelta(hours=22)
    assert "tomorrow" in offered(NOON, closes_at, "UTC")
    assert "tomorrow" not in offered(NOON, closes_at, "America/New_York")  # at 9 there it is 14:00 in UTC


def test_where_nothing_is_left_to_put_off_it_says_so_and_offers_the_form() -> None:
    header = collecting(closes_at=LONG).header
    outcome = snooze(header, seat("fay"), "", LONG - timedelta(hours=1), "UTC").outcome
    assert isinstance(outcome, Refused)
    assert outcome.because.key == "refused.snooze.too_late"
    assert [one.verb for one in outcome.controls] == ["answer"]


@pytest.mark.parametrize("minutes", range(0, 5 * 24 * 60, 97))
def test_whatever_is_offered_can_be_chosen_at_that_moment(minutes: int) -> None:
    now = LONG - timedelta(minutes=minutes)
    header = collecting(closes_at=LONG).header
    chosen = {each: snooze(header, seat("fay"), each, now, "Europe/Berlin").outcome for each in SNOOZES}
    possible = tuple(each for each in SNOOZES if isinstance(chosen[each], Said))
    assert offered(now, LONG, "Europe/Berlin") == possible
