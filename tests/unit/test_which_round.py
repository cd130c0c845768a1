"""Where no round was named, one is asked about, and what was typed is not lost by it."""

from __future__ import annotations

import pytest

from bot import commands
from bot.acts import Confirm, Home, Outcome, Said, Status
from bot.service.doing import do
from tests.saying import faults_of
from tests.world import World, account_of, key_of


async def typed(world: World, user: str, text: str) -> Outcome:
    by = world.act(Home, user)
    return await _done(world, commands.typed(text, id=by.id, actor=by.actor, at=by.at))


async def pressed(world: World, user: str, control: str) -> Outcome:
    by = world.act(Home, user)
    return await _done(world, commands.pressed(control, id=by.id, actor=by.actor, at=by.at))


async def _done(world: World, act: object) -> Outcome:
    outcome = await do(world.service, world.platform, act)  # type: ignore[arg-type]
    assert not faults_of(outcome)
    await world.settle()
    return outcome


TYPED = {
    "remind": "said.reminded",
    "add citizen <@zoe> and <@zed>": "said.added",
    "remove <@cara>": "said.removed",
    "share <@otto>": "said.shared",
}


@pytest.mark.parametrize(("text", "done"), TYPED.items())
async def test_an_act_on_a_round_that_was_only_guessed_asks_first(world: World, text: str, done: str) -> None:
    code = await world.open()
    before = await world.round_(code)
    asked = await typed(world, "olga", text)
    assert isinstance(asked, Confirm), asked
    assert asked.content[0].facts == {"code": code, "service": "Repairs online"}  # type: ignore[union-attr]
    assert await world.round_(code) == before
    assert key_of(await pressed(world, "olga", asked.yes.id)) == done


@pytest.mark.parametrize("text", TYPED)
async def test_which_round_is_meant_goes_on_with_what_was_typed(world: World, text: str) -> None:
    codes = {await world.open(), await world.open()}
    before = {code: await world.round_(code) for code in codes}
    asked = await typed(world, "olga", text)
    assert key_of(asked) == "said.which"
    assert isinstance(asked, Said)
    assert {each.code for each in asked.controls} == codes
    chosen = asked.controls[1]
    assert chosen.code
    assert key_of(await pressed(world, "olga", chosen.id)) == TYPED[text]
    (other,) = codes - {chosen.code}
    assert await world.round_(other) == before[other]


async def test_a_time_that_was_typed_goes_along(world: World) -> None:
    await world.open()
    await world.open()
    asked = await typed(world, "olga", "extend in 7 days")
    assert isinstance(asked, Said)
    assert isinstance(await pressed(world, "olga", asked.controls[0].id), Confirm)


async def test_what_is_too_long_for_a_button_is_to_be_typed_again_with_the_code(world: World) -> None:
    code = await world.open()
    asked = await typed(world, "olga", f"hide F1 {'because ' * 20}")
    assert isinstance(asked, Said)
    assert not asked.controls
    assert asked.content[-1].facts == {"verb": "hide", "code": code}  # type: ignore[union-attr]


async def test_a_receipt_is_never_carried_by_a_button(world: World) -> None:
    for _ in range(2):
        await world.open()
    for verb in ("check", "withdraw"):
        asked = await typed(world, "cal", f"{verb} K7QD-3M9X-TT2A-9WPE")
        assert isinstance(asked, Said)
        assert not any("K7QD" in each.id for each in asked.controls)


async def test_a_round_that_was_named_is_not_asked_about(world: World) -> None:
    code = await world.open()
    assert key_of(await typed(world, "olga", f"remind {code}")) == "said.reminded"


async def test_a_plain_word_is_the_round_of_whoever_has_it(world: World) -> None:
    code = await world.open()
    mark = code.removeprefix("R-")
    assert key_of(await typed(world, "olga", f"status {mark.lower()}")) == key_of(
        await world.do(Status, "olga", code=code)
    )
    assert key_of(await typed(world, "otto", f"status {mark.lower()}")) == "refused.left_over"
    assert await world.service.is_of(account_of("cal"), code)


@pytest.mark.parametrize("text", ["close", "cancel", "extend in 7 days"])
async def test_what_shows_the_round_before_it_acts_is_asked_about_once(world: World, text: str) -> None:
    code = await world.open()
    asked = await typed(world, "olga", text)
    assert isinstance(asked, Confirm)
    assert (asked.yes.verb, asked.yes.code) == ("confirm", code)
