"""A deadline that a sentence shows as an example is taken by the form that shows it, at every moment."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot import when
from bot.rules.schedule import NOTICE
from bot.settings import RoundSettings
from tests.unit.test_when_examples import MOMENTS, WRITTEN, ZONES, _now

NEEDED = {
    "form.setup.closes_at.hint": RoundSettings().shortest,
    "refused.empty.closes_at": RoundSettings().shortest,
    "when.unreadable": RoundSettings().shortest,
    "form.extend.closes_at.hint": NOTICE,  # what is later than this may also be earlier than the deadline was
    "refused.time_empty": NOTICE,
}
"""How far off it must be."""

SHOWN = [(key, example) for example, keys in sorted(WRITTEN.items()) for key in sorted(keys) if key in NEEDED]


def test_each_of_these_sentences_shows_one() -> None:
    assert {key for key, _ in SHOWN} == set(NEEDED)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("key", "example"), SHOWN)
def test_each_example_of_a_deadline_is_far_enough_off(key: str, example: str, zone: str) -> None:
    for moment in MOMENTS:
        now = _now(moment, zone)
        found = when.read(example, now=now, tz=zone)
        assert isinstance(found, datetime)
        assert found - now >= NEEDED[key], f"{example!r} at {moment}"
