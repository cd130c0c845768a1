"""Each person by their own day: whole rounds over several zones, on a clock that is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.messages import MessageKind
from bot.settings import RoundSettings
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


async def opened(world: World, at: datetime, closes_at: str) -> str:
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
