"""Days are those of a calendar, hours those of whoever typed: deadlines and snoozes over a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.acts import Confirm, Extend, OpenRound, Preview, Refused, SaveSetup
from bot.rules.answering import snoozed_until
from bot.rules.opening import opening_deadline
from bot.setups import Setup
from tests.builders import draft
from tests.world import World, key_of

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
YORKER = {"actor": {"tz": "America/New_York"}}


@pytest.mark.parametrize(
    ("now", "back"),
    [
        (datetime(2027, 3, 27, 23, 30, tzinfo=LONDON), datetime(2027, 3, 28, 9, tzinfo=LONDON)),  # 24 h is Monday
        (datetime(2026, 10, 25, 0, 30, tzinfo=LONDON), datetime(2026, 10, 26, 9, tzinfo=LONDON)),  # 24 h is Sunday
        (datetime(2027, 3, 13, 23, 15, tzinfo=NEW_YORK), datetime(2027, 3, 14, 9, tzinfo=NEW_YORK)),
        (datetime(2028, 2, 28, 12, 0, tzinfo=LONDON), datetime(2028, 2, 29, 9, tzinfo=LONDON)),
        (datetime(2026, 11, 27, 12, 0, tzinfo=LONDON), datetime(2026, 11, 28, 9, tzinfo=LONDON)),
    ],
)
def test_tomorrow_is_the_next_day_of_the_calendar(now: datetime, back: datetime) -> None:
    zone = str(now.tzinfo)
    closes_at = now.astimezone(UTC) + timedelta(days=9)
    assert snoozed_until("tomorrow", now.astimezone(UTC), closes_at, zone) == back.astimezone(UTC)


@pytest.mark.parametrize(
    ("typed", "closes_at"),
    [
        ("in 3 days", datetime(2027, 3, 30, 10, 0, tzinfo=LONDON)),
        ("in a week", datetime(2027, 4, 3, 10, 0, tzinfo=LONDON)),
        ("in 72 hours", datetime(2027, 3, 30, 11, 0, tzinfo=LONDON)),
        ("in 40 seconds", datetime(2027, 3, 27, 10, 0, 40, tzinfo=LONDON)),
        ("mon 17:00", datetime(2027, 3, 29, 17, 0, tzinfo=LONDON)),
    ],
)
def test_a_length_counts_from_the_opening_on_the_calendar_of_the_round(typed: str, closes_at: datetime) -> None:
    round_ = draft(setup=Setup(fields={"closes_at": (typed,)}), time_zone="Europe/London")
    shown = datetime(2027, 3, 29, 17, 0, tzinfo=LONDON).astimezone(UTC)
    opened_at = datetime(2027, 3, 27, 10, 0, tzinfo=LONDON).astimezone(UTC)
    assert opening_deadline(round_, shown, opened_at) == closes_at.astimezone(UTC)


async def test_a_deadline_is_moved_to_the_hour_of_the_one_who_types(world: World) -> None:
    code = await world.open()
    asked = await world.do(Extend, "olga", code=code, when="12 dec 17:00", **YORKER)
    assert isinstance(asked, Confirm)
    assert asked.yes.argument == "extend:2026-12-12T22:00:00+00:00"


async def test_without_a_zone_of_their_own_the_rounds_zone_counts(world: World) -> None:
    code = await world.open()
    asked = await world.do(Extend, "olga", code=code, when="12 dec 17:00")
    assert isinstance(asked, Confirm)
    assert asked.yes.argument == "extend:2026-12-12T17:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "closes_at"),
    [
        ({}, datetime(2026, 12, 12, 17, tzinfo=NEW_YORK)),  # a form without that box: the zone they live in
        ({"time_zone": ("Europe/London",)}, datetime(2026, 12, 12, 17, tzinfo=LONDON)),
    ],
)
async def test_a_set_up_is_read_in_the_zone_beside_the_hour_or_the_typers_own(
    world: World, zone: dict[str, tuple[str, ...]], closes_at: datetime
) -> None:
    code = await world.draft()
    fields = {"closes_at": ("12 dec 17:00",), **zone}
    await world.press(SaveSetup, "olga", code=code, page="when", fields=fields, **YORKER)
    assert (await world.round_(code)).closes_at == closes_at.astimezone(UTC)


async def test_a_deadline_means_the_same_day_when_another_page_is_saved_later(world: World) -> None:
    code = await world.draft(closes_at="tomorrow 9am")
    was = (await world.round_(code)).closes_at
    await world.pass_time(timedelta(hours=20))
    await world.press(SaveSetup, "olga", code=code, page="what", fields={"contact": ("Jo, 555",)}, **YORKER)
    assert (await world.round_(code)).closes_at == was == datetime(2026, 12, 2, 9, tzinfo=UTC)


async def test_a_deadline_that_went_by_before_the_opening_is_no_deadline(world: World) -> None:
    code = await world.draft(closes_at="tomorrow 9am")
    await world.pass_time(timedelta(days=2))
    for kind in (Preview, OpenRound):
        refused = await world.do(kind, "olga", code=code)
        assert isinstance(refused, Refused)
        assert refused.fields["closes_at"].key == "when.past"
    assert (await world.round_(code)).opening_at is None


async def test_a_time_that_was_asked_about_is_still_asked_for_where_a_later_day_would_read_it(world: World) -> None:
    code = await world.draft(closes_at="wed 5")
    assert (await world.round_(code)).closes_at is None
    await world.pass_time(timedelta(days=1))  # Wednesday noon: only the evening is left
    refused = await world.do(OpenRound, "olga", code=code)
    assert key_of(refused) == "refused.setup"
