"""The set-up's deadline is prefilled with `[rounds] default_length`, as the example configuration promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from adapters.slack import modals
from bot import when
from bot.acts import Field, New, OpenSetup, SaveSetup, ShowForm
from bot.settings import RoundSettings
from bot.text import Texts
from tests.world import World, memory_stores

LENGTH = timedelta(days=2, hours=3)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(memory_stores()[0], settings=RoundSettings(default_length=LENGTH))
    await made.start()
    yield made
    await made.stop()


def deadline_of(shown: object) -> tuple[str, ...]:
    assert isinstance(shown, ShowForm)
    (box,) = (field for field in shown.form.fields if field.name == "closes_at")
    assert isinstance(box, Field)
    return box.values


async def _shown(world: World) -> ShowForm:
    new = await world.press(New, "olga", service="Repairs")
    assert isinstance(new, ShowForm)
    shown = await world.press(OpenSetup, "olga", code=new.form.code, page="when")
    assert isinstance(shown, ShowForm)
    return shown


async def test_the_deadline_is_prefilled(world: World) -> None:
    (text,) = deadline_of(await _shown(world))
    read = when.read(text, now=world.clock.now(), tz="Asia/Tokyo")
    assert isinstance(read, datetime)
    assert timedelta() <= read - (world.clock.now() + LENGTH) < timedelta(minutes=1)


async def test_what_was_chosen_stays(world: World) -> None:
    shown = await _shown(world)
    chosen = (world.clock.now() + timedelta(days=9)).isoformat()
    await world.press(SaveSetup, "olga", code=shown.form.code, page="when", fields={"closes_at": (chosen,)})
    again = await world.press(OpenSetup, "olga", code=shown.form.code, page="when")
    assert deadline_of(again) == (chosen,)


async def test_the_picker_of_slack_shows_it(world: World) -> None:
    view = modals.form(await _shown(world), Texts.load())
    (picker,) = (
        block["element"] for block in view["blocks"] if block.get("element", {}).get("type") == "datetimepicker"
    )
    shown = datetime.fromtimestamp(picker["initial_date_time"], world.clock.now().tzinfo)
    assert timedelta() <= shown - (world.clock.now() + LENGTH) < timedelta(minutes=1)
