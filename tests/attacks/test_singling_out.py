"""Other ways by which an organiser might single somebody out: those that are closed. `docs/privacy.md` has them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.acts import Cancel, Decline, Extend, Remind, Said, Status
from bot.people import Why
from bot.rounds import Phase
from tests.attacks.village import (
    MINUTE,
    TO_THE_REVEAL,
    a_world,
    move,
    opened,
    press,
    remove,
    seen_by_the_organiser,
    voices,
)
from tests.world import TEXTS, World, key_of


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await a_world()
    yield made
    await made.crash()


async def test_a_small_group_is_what_it_was_when_the_round_was_set_up(world: World) -> None:
    """A setting that is changed while people write would part them from those among whom they were told to be."""
    code = await opened(world, "fay", "cal", "cara", "cleo")
    await world.stop()
    world.settings = replace(world.settings, small_group=1)
    await world.start()
    await world.pass_time(TO_THE_REVEAL)
    assert "frontline" not in (await voices(world, code)).values()


async def test_calling_a_round_off_and_asking_again_tells_nothing_of_the_first(world: World) -> None:
    read = []
    for writers in (("cal",), ()):
        code = await opened(world, *writers)
        await world.press(Cancel, "olga", code=code, confirmed=True)
        said = await world.do(Status, "olga", code=code)
        assert isinstance(said, Said)
        read.append(TEXTS.outcome(said).text.replace(code, "CODE").split("\n", 1)[1])
        assert (await world.round_(code)).phase is Phase.CANCELLED
    assert read[0] == read[1]


async def test_who_is_named_as_not_reached_does_not_count_as_reached_by_answering(world: World) -> None:
    read = []
    for has_answered in (True, False):
        here = await a_world()
        code = await here.draft(citizens="cal cara cleo zoe")
        here.platform.missing["cal"] = Why.REFUSED
        await press(here, "olga", f"coproduce:open:{code}")
        await here.write("cal" if has_answered else "zoe", code, "words")
        told = await seen_by_the_organiser(here, code, presses=(Status, Remind))
        read.append([each.replace(code, "CODE") for each in told])
        await here.crash()
    assert read[0] == read[1]


async def test_what_an_organiser_can_do_reads_the_same_whoever_has_answered(world: World) -> None:
    """As many have, in both: but not the one that the organiser wonders about."""
    read = []
    for writers in (("cal", "fay"), ("cleo", "fay")):
        here = await a_world()
        code = await opened(here, *writers)
        told = [repr(await move(here, code, "stan", "citizens"))]
        told += [repr(await here.press(Extend, "olga", code=code, when="in 9 days"))]
        told += await remove(here, code, "cara")
        told += await seen_by_the_organiser(here, code)
        await here.pass_time(MINUTE)
        read.append([each.replace(code, "CODE") for each in (*told, *await seen_by_the_organiser(here, code))])
        await here.crash()
    assert read[0] == read[1]


async def test_taking_somebody_off_and_asking_them_again_does_not_tell_that_they_had_said_no(world: World) -> None:
    read = []
    for says_no in ("cal", "zoe"):
        here = await a_world()
        code = await opened(here)
        await here.press(Decline, says_no, code=code)
        told = await remove(here, code, "cal")
        told.append(key_of(await move(here, code, "cal", "citizens")))
        await here.pass_time(MINUTE)
        read.append([each.replace(code, "CODE") for each in (*told, *await seen_by_the_organiser(here, code))])
        await here.crash()
    assert read[0] == read[1]
