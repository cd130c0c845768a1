"""Each person by their own day: whole rounds over several zones, on a clock that is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.acts import Add, Cancel, Extend, Remind, Remove, Said, Snooze
from bot.messages import Line, MessageKind
from bot.people import Cast
from bot.rounds import RoundCode
from bot.rules import reminding
from bot.settings import RoundSettings
from tests.builders import DAY, NOON, collecting, seat
from tests.world import World, memory_stores

BERLIN, NEW_YORK, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
ZONES = {"fay": NEW_YORK, "finn": BERLIN, "cal": TOKYO}
SETTINGS = RoundSettings(time_zone="Europe/Berlin")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(memory_stores(SETTINGS)[0], SETTINGS)
    for user, zone in ZONES.items():
        made.platform.members[user] = replace(made.platform.members[user], tz=str(zone))
    await made.start()
    yield made
    await made.crash()


async def opened(world: World, at: datetime, closes_at: str) -> RoundCode:
    world.clock.set(at.astimezone(UTC))
    return await world.open(closes_at=closes_at, time_zone="Europe/Berlin")


def local(world: World, user: str, kind: MessageKind) -> list[str]:
    return [f"{one.at.astimezone(ZONES[user]):%a %H:%M}" for one in world.inbox(user, kind)]


MONDAY = datetime(2027, 1, 11, 9, tzinfo=BERLIN)


async def test_nobody_is_reminded_at_night(world: World) -> None:
    """Monday to Friday 09:00 in Berlin once reminded New York at 03:00, 03:00 and 00:00, and Berlin at 06:00."""
    await opened(world, MONDAY, "2027-01-15 09:00")
    await world.pass_until(datetime(2027, 1, 15, 9, tzinfo=BERLIN).astimezone(UTC))
    assert local(world, "finn", MessageKind.REMINDER) == ["Wed 09:00", "Thu 09:00", "Thu 19:30"]
    assert local(world, "fay", MessageKind.REMINDER) == ["Tue 19:30", "Wed 19:30", "Thu 19:30"]
    assert local(world, "cal", MessageKind.REMINDER) == ["Wed 17:00", "Thu 17:00", "Fri 14:00"]


async def test_the_question_waits_for_the_morning_of_whom_it_is_night_for(world: World) -> None:
    await opened(world, MONDAY, "2027-01-15 09:00")
    await world.pass_until(datetime(2027, 1, 12, 9, tzinfo=BERLIN).astimezone(UTC))
    assert local(world, "finn", MessageKind.QUESTION) == ["Mon 09:00"]
    assert local(world, "fay", MessageKind.QUESTION) == ["Mon 08:00"]
    assert local(world, "cal", MessageKind.QUESTION) == ["Mon 17:00"]


WEEK = "2027-01-15 09:00"


async def pass_until(world: World, at: datetime) -> None:
    await world.pass_until(at.astimezone(UTC))


async def test_a_reminder_by_hand_waits_for_the_morning_of_whom_it_is_night_for(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)
    await pass_until(world, datetime(2027, 1, 12, 10, tzinfo=BERLIN))
    said = await world.press(Remind, "olga", code=code)
    assert isinstance(said, Said)
    assert [line.key for line in said.content if isinstance(line, Line)] == ["said.reminded", "said.reminded_morning"]
    await pass_until(world, datetime(2027, 1, 12, 20, tzinfo=BERLIN))
    assert local(world, "finn", MessageKind.REMINDER) == ["Tue 10:00"]
    assert local(world, "fay", MessageKind.REMINDER) == ["Tue 08:00"]
    assert local(world, "cal", MessageKind.REMINDER) == ["Tue 18:00"]


async def test_a_reminder_by_hand_says_nothing_of_a_morning_where_it_is_day_everywhere(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)
    world.platform.members.update({user: replace(world.platform.members[user], tz=None) for user in ("cal", "fay")})
    again = await opened(world, datetime(2027, 1, 11, 10, tzinfo=BERLIN), WEEK)
    said = await world.press(Remind, "olga", code=again)
    assert isinstance(said, Said)
    assert [line.key for line in said.content if isinstance(line, Line)] == ["said.reminded"]
    assert code != again


async def test_words_begun_are_asked_for_in_the_morning_or_the_evening_before(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)  # the round's own moment is Friday 06:00 in Berlin, 00:00 in New York
    await pass_until(world, datetime(2027, 1, 12, 16, tzinfo=BERLIN))
    for user in ZONES:
        await world.write(user, code, "begun", seal=False)
    await pass_until(world, datetime(2027, 1, 15, 9, tzinfo=BERLIN))
    assert local(world, "finn", MessageKind.NUDGE) == ["Fri 08:00"]
    assert local(world, "fay", MessageKind.NUDGE) == ["Thu 19:30"]
    assert local(world, "cal", MessageKind.NUDGE) == ["Fri 14:00"]


async def test_whoever_begins_after_the_nudge_of_their_evening_is_nudged_all_the_same(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)
    await pass_until(world, datetime(2027, 1, 14, 22, tzinfo=NEW_YORK))
    await world.write("fay", code, "begun", seal=False)
    await pass_until(world, datetime(2027, 1, 15, 9, tzinfo=BERLIN))
    assert local(world, "fay", MessageKind.NUDGE) == ["Fri 00:00"]


async def test_a_later_deadline_plans_each_zone_anew(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)
    await pass_until(world, datetime(2027, 1, 13, 18, tzinfo=BERLIN))
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="2027-01-19 09:00"))
    await pass_until(world, datetime(2027, 1, 19, 9, tzinfo=BERLIN))
    assert local(world, "fay", MessageKind.REMINDER) == ["Tue 19:30", "Thu 19:30", "Fri 19:30", "Mon 19:30"]


async def test_whoever_waits_for_their_question_hears_nothing_before_it(world: World) -> None:
    code = await opened(world, MONDAY, WEEK)
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="2027-01-18 09:00"))
    assert world.inbox("finn", MessageKind.DEADLINE_MOVED)
    assert not world.inbox("fay")
    await world.agree("olga", await world.press(Cancel, "olga", code=code))
    assert world.inbox("finn", MessageKind.CANCELLED)
    await pass_until(world, datetime(2027, 1, 12, 9, tzinfo=BERLIN))
    assert not world.inbox("fay")


@pytest.mark.parametrize("is_removed", [False, True])
async def test_whoever_is_moved_before_their_question_gets_one(world: World, is_removed: bool) -> None:
    code = await opened(world, MONDAY, WEEK)
    fay = world.platform.members["fay"]
    if is_removed:
        await world.press(Remove, "olga", code=code, person="fay")
    cast = Cast(found={"citizens": (fay,)}, missing=())
    await world.press(Add, "olga", code=code, group="citizens", people=("fay",), cast=cast)
    assert not world.inbox("fay")
    await pass_until(world, datetime(2027, 1, 12, 9, tzinfo=BERLIN))
    assert local(world, "fay", MessageKind.QUESTION) == ["Mon 08:00"]


async def test_somebody_added_at_night_is_asked_in_the_morning(world: World) -> None:
    world.platform.members["cleo"] = replace(world.platform.members["cleo"], tz="America/New_York")
    code = await opened(world, MONDAY, WEEK)
    cast = Cast(found={"citizens": (world.platform.members["cleo"],)}, missing=())
    await world.press(Add, "olga", code=code, group="citizens", people=("cleo",), cast=cast)
    await pass_until(world, datetime(2027, 1, 12, 9, tzinfo=BERLIN))
    assert [f"{one.at:%a %H:%M}" for one in world.inbox("cleo", MessageKind.QUESTION)] == ["Mon 13:00"]


async def test_who_puts_it_off_past_a_deadline_that_moves_is_reminded_like_the_others(world: World) -> None:
    code = await opened(world, MONDAY, "2027-01-22 09:00")
    await world.press(Snooze, "finn", code=code, choice="24h")  # Thursday 21 January
    await world.agree("olga", await world.press(Extend, "olga", code=code, when="2027-01-20 09:00"))
    await pass_until(world, datetime(2027, 1, 20, 9, tzinfo=BERLIN))
    assert local(world, "finn", MessageKind.REMINDER) == ["Fri 19:30", "Tue 09:00", "Tue 19:30"]


async def test_what_is_overdue_at_night_waits_for_the_morning(world: World) -> None:
    await opened(world, MONDAY, WEEK)
    await pass_until(world, datetime(2027, 1, 12, 12, tzinfo=NEW_YORK))
    await world.stop()
    world.clock.set(datetime(2027, 1, 12, 23, tzinfo=NEW_YORK).astimezone(UTC))  # 19:30 was missed
    await world.start()
    await pass_until(world, datetime(2027, 1, 13, 12, tzinfo=NEW_YORK))
    assert local(world, "fay", MessageKind.REMINDER) == ["Wed 08:00"]


def test_a_thousand_people_in_twelve_zones_wake_the_round_a_few_times_a_zone() -> None:
    names = [name for name in sorted(available_timezones()) if name.startswith("America/")][::14][:12]
    seats = [seat(f"p{n}", tz=names[n % 12]) for n in range(1_000)]
    plan = reminding.planned(collecting(*seats), SETTINGS, NOON)
    assert len(plan) <= 3 * 12
    assert all(at < NOON + 3 * DAY for at in plan)
