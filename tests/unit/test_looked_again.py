"""A round is asked and told what is so when it opens, not what was so when it was previewed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import OpenRound, Preview, SaveSetup
from bot.messages import MessageKind, Post
from bot.people import Cast, Reach, Standing, Workspace
from bot.rounds import Phase, RoundCode
from bot.settings import RoundSettings
from tests.builders import account
from tests.fake_platform import Fault
from tests.world import PEOPLE, TEXTS, Cut, World, key_of, memory_stores

HOUR = timedelta(hours=1)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    stores, _ = memory_stores()
    made = World(stores, RoundSettings(largest=6))
    await made.start()
    yield made
    if made.is_up:
        await made.crash()


async def previewed(world: World, **changes: str) -> RoundCode:
    """… an hour ago."""
    world.platform.teams["care"] = ("fay", "finn")
    code = await world.draft(frontline="care", **changes)
    await world.pass_time(HOUR)
    return code


async def opened(world: World, code: RoundCode, **more: Any) -> None:
    assert key_of(await world.press(OpenRound, "olga", code=code, **more)) == "said.opening"


def users(world: World, kind: MessageKind) -> set[str]:
    return {user for user in PEOPLE if world.inbox(user, kind)}


def text_of(stood: list[Any]) -> str:
    load = stood[-1].load
    assert isinstance(load, Post)
    return TEXTS.post(load).text


async def test_a_user_group_that_grew_since_the_preview_is_asked_as_it_is_now(world: World) -> None:
    code = await previewed(world)
    world.platform.teams["care"] = ("finn", "zoe")
    await opened(world, code)
    assert users(world, MessageKind.QUESTION) == {"lea", "finn", "zoe", "cal", "cara"}


async def test_the_audience_is_told_as_it_is_now(world: World) -> None:
    code = await previewed(world)
    world.platform.places["repairs"] = Reach(name="mending", readers=91, outsiders=2, members=frozenset(PEOPLE))
    await opened(world, code)
    text = text_of(world.inbox("cal", MessageKind.QUESTION))
    assert "mending (91 people now)" in text
    assert "2 of them" in text
    assert (await world.round_(code)).venues[0].told.outsiders == 2


async def test_who_cannot_be_asked_any_more_stops_nothing_and_counts_as_not_reached(world: World) -> None:
    code = await previewed(world)
    del world.platform.members["fay"]
    await opened(world, code)
    seat = (await world.round_(code)).seat_of(account("fay"))
    assert seat is not None
    assert seat.unreachable
    assert users(world, MessageKind.QUESTION) == {"lea", "finn", "cal", "cara"}


def shut(world: World) -> None:
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], may_post=False)


def lost(world: World) -> None:
    del world.platform.places["repairs"]


def emptied(world: World) -> None:
    world.platform.teams["care"] = ()


def doubled(world: World) -> None:
    world.platform.teams["care"] = ("fay", "cal")


def swollen(world: World) -> None:
    world.platform.teams["care"] = ("fay", "finn", "leo", "zoe", "zed")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (shut, "message.not_opened.told"),
        (lost, "message.not_opened.told"),
        (emptied, "refused.empty.group"),
        (doubled, "refused.person_twice"),
        (swollen, "refused.too_many"),
    ],
)
async def test_what_makes_it_impossible_is_told_to_the_organiser_and_nobody_is_asked(
    world: World, happens: Any, why: str
) -> None:
    code = await previewed(world)
    happens(world)
    await opened(world, code)
    round_ = await world.round_(code)
    assert (round_.phase, round_.opening_at) == (Phase.DRAFT, None)
    assert not world.channel()
    assert not users(world, MessageKind.QUESTION)
    (told,) = world.inbox("olga", MessageKind.NOT_OPENED)
    assert isinstance(told.load, Post)
    assert why in [part.key for part in told.load.content if hasattr(part, "key")]
    assert {button.verb for button in told.load.controls} == {"setup", "preview"}
    # put right, it opens
    world.platform.teams["care"] = ("fay", "finn")
    world.platform.places["repairs"] = Reach(name="repairs", readers=84, members=frozenset(PEOPLE))
    await world.press(Preview, "olga", code=code)
    await opened(world, code)
    assert (await world.round_(code)).phase is Phase.COLLECTING


async def test_an_admin_may_open_what_has_grown_too_large_for_others(world: World) -> None:
    code = await previewed(world)
    swollen(world)
    await opened(world, code, actor={"standing": Standing.ADMIN})
    assert len(users(world, MessageKind.QUESTION)) == 8


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
async def test_after_a_kill_those_are_asked_who_were_announced(world: World, fault: Fault) -> None:
    """What was looked up is stored before the announcement goes out, and is not looked up once more."""
    code = await previewed(world)
    world.platform.teams["care"] = ("fay", "finn", "zoe")
    world.platform.fail(fault)
    with pytest.raises(Cut):
        await world.press(OpenRound, "olga", code=code)
    await world.crash()
    world.platform.teams["care"] = ()
    await world.start()
    await world.pass_time(HOUR)
    assert (await world.round_(code)).phase is Phase.COLLECTING
    assert users(world, MessageKind.QUESTION) == {"lea", "fay", "finn", "zoe", "cal", "cara"}
    assert len(world.channel(MessageKind.ANNOUNCEMENT)) == 1


async def test_a_kill_after_it_was_found_impossible_tells_the_organiser_once(world: World) -> None:
    code = await previewed(world)
    lost(world)
    finish = world.stores.outbox.finish
    killed: list[Any] = []

    async def dies(id: Any, attempt: int, result: Any, now: Any) -> bool:
        if not killed:
            killed.append(id)
            world.platform.is_cut.set()
            raise RuntimeError("the machine goes down")
        return bool(await finish(id, attempt, result, now))

    world.stores.outbox.finish = dies  # type: ignore[method-assign]
    with pytest.raises(Cut):
        await world.press(OpenRound, "olga", code=code)
    await world.crash()
    world.stores.outbox.finish = finish  # type: ignore[method-assign]
    await world.start()
    await world.pass_time(HOUR)
    assert killed
    assert (await world.round_(code)).phase is Phase.DRAFT
    assert len(world.inbox("olga", MessageKind.NOT_OPENED)) == 1


async def test_the_look_up_at_the_opening_uses_nothing_that_was_learned_before(world: World) -> None:
    asked: list[Any] = []
    look_up = world.platform.people

    async def people(workspace: Workspace, refs: Any, since: Any = None) -> Cast:
        asked.append(since)
        return await look_up(workspace, refs, since)

    world.platform.people = people  # type: ignore[method-assign]
    code = await previewed(world)
    pressed_at = world.clock.now()
    await opened(world, code)
    assert asked == [None, pressed_at]


async def test_a_co_organiser_stays_one_however_often_people_are_looked_up(world: World) -> None:
    code = await previewed(world, co_organiser="otto")
    for _ in range(3):
        await world.press(SaveSetup, "otto", code=code, page="when", fields={"contact": ("Jo",)})
        await world.press(Preview, "otto", code=code)
        await world.pass_time(HOUR)
        assert (await world.round_(code)).is_run_by(account("otto"))
    assert key_of(await world.press(OpenRound, "otto", code=code)) == "said.opening"
    assert (await world.round_(code)).is_run_by(account("otto"))
    assert world.inbox("otto", MessageKind.STATUS)
