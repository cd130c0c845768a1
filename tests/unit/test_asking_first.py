"""No single press destroys words: it is asked first, about what stands at that moment, and about nothing newer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import commands
from bot.acts import Act, Answer, Confirm, Decline, Home, Outcome, Said, ShowForm, Withdraw, Write
from bot.answers import Answers
from bot.rounds import RoundCode
from tests.world import World, key_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)


async def press_id(world: World, user: str, id: str) -> Outcome:
    told = world.act(Home, user)
    act = commands.pressed(id, id=told.id, actor=told.actor, at=told.at)
    assert isinstance(act, Act), act
    return await world.service.do(act)


async def written(world: World, code: RoundCode, user: str, *, late: bool = False) -> str:
    shown = await world.do(Answer, user, code=code, late=late)
    assert isinstance(shown, ShowForm), shown
    return "".join(shown.form.fields[0].values)


async def sealed(world: World) -> RoundCode:
    code = await world.open()
    await world.write("fay", code, "sealed words")
    await world.write("cal", code, "others")
    return code


@pytest.mark.parametrize("kind", [Decline, Withdraw])
async def test_one_press_destroys_nothing_and_says_what_would_go(world: World, kind: type[Act]) -> None:
    code = await sealed(world)
    asked = await world.press(kind, "fay", code=code)
    assert key_of(asked) == f"confirm.{kind.__name__.lower()}.sealed"
    assert isinstance(asked, Confirm)
    assert asked.yes.id == f"coproduce:confirm:{code}:{kind.__name__.lower()}:1"
    assert await written(world, code, "fay") == "sealed words"


@pytest.mark.parametrize("kind", [Decline, Withdraw])
async def test_what_was_never_sealed_is_asked_about_too(world: World, kind: type[Act]) -> None:
    code = await world.open()
    await world.write("fay", code, "half", seal=False)
    assert key_of(await world.press(kind, "fay", code=code)) == f"confirm.{kind.__name__.lower()}.draft"


@pytest.mark.parametrize(("kind", "done"), [(Decline, "said.declined_destroyed"), (Withdraw, "said.destroyed")])
async def test_whoever_agrees_has_it_destroyed(world: World, kind: type[Act], done: str) -> None:
    code = await sealed(world)
    assert key_of(await world.agree("fay", await world.press(kind, "fay", code=code))) == done
    assert await written(world, code, "fay") == ""


@pytest.mark.parametrize("kind", [Decline, Withdraw])
@pytest.mark.parametrize("seal", [True, False])
async def test_an_old_yes_destroys_nothing_that_was_written_since(world: World, kind: type[Act], seal: bool) -> None:
    code = await sealed(world)
    asked = await world.press(kind, "fay", code=code)
    await world.write("fay", code, "second thoughts", seal=seal)
    assert key_of(await world.agree("fay", asked)) == "refused.changed_since"
    assert await written(world, code, "fay") == "second thoughts"
    await world.pass_time(FIVE_DAYS + MINUTE)
    voices = await world.stores.replies.perspectives((await world.round_(code)).id)
    assert {one.answers.personal for one in voices} == {"others", "second thoughts" if seal else "sealed words"}


@pytest.mark.parametrize(("kind", "again"), [(Decline, "refused.changed_since"), (Withdraw, "refused.changed_since")])
async def test_a_yes_pressed_again_after_writing_anew_destroys_nothing(
    world: World, kind: type[Act], again: str
) -> None:
    code = await sealed(world)
    asked = await world.press(kind, "fay", code=code)
    await world.agree("fay", asked)
    await world.write("fay", code, "thought again")
    assert key_of(await world.agree("fay", asked)) == again
    assert await written(world, code, "fay") == "thought again"


async def test_a_yes_pressed_twice_says_kindly_that_there_is_nothing_left(world: World) -> None:
    code = await sealed(world)
    asked = await world.press(Withdraw, "fay", code=code)
    await world.agree("fay", asked)
    assert key_of(await world.agree("fay", asked)) == "refused.nothing_to_take_back"
    asked = await world.press(Decline, "cal", code=code)
    await world.agree("cal", asked)
    assert key_of(await world.agree("cal", asked)) == "said.declined"


async def test_saying_no_with_nothing_written_needs_no_second_press(world: World) -> None:
    code = await world.open()
    assert key_of(await world.press(Decline, "fay", code=code)) == "said.declined"


async def test_a_yes_from_before_the_close_destroys_no_late_answer(world: World) -> None:
    """Revisions count anew from the close on: the old button must not fit by chance."""
    code = await sealed(world)
    asked = await world.press(Withdraw, "fay", code=code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    await world.write("fay", code, "late words", late=True)
    assert key_of(await world.agree("fay", asked)) == "refused.changed_since"
    assert await written(world, code, "fay", late=True) == "late words"
    taken = await world.press(Withdraw, "fay", code=code)
    assert key_of(taken) == "confirm.withdraw.late"
    assert key_of(await world.agree("fay", taken)) == "said.destroyed"


async def test_a_signed_voice_is_taken_down_by_its_account_after_it_was_asked(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "signed", sign=True)
    await world.pass_time(FIVE_DAYS + MINUTE)
    asked = await world.press(Withdraw, "fay", code=code)
    assert key_of(asked) == "confirm.withdraw.voice"
    assert key_of(await world.agree("fay", asked)) == "said.taken_down"
    assert key_of(await world.agree("fay", asked)) == "refused.nothing_to_take_back"


async def test_an_old_button_that_carries_a_receipt_asks_first_on_both_sides_of_the_close(world: World) -> None:
    code = await world.open()
    held = await world.write("fay", code, "sealed")
    assert isinstance(held, Said)
    old = f"coproduce:withdraw:{code}:{held.receipt}"
    assert key_of(await press_id(world, "fay", old)) == "confirm.withdraw.sealed"
    await world.pass_time(FIVE_DAYS + MINUTE)
    shown = await press_id(world, "fay", old)
    assert isinstance(shown, ShowForm)
    assert shown.form.fields[0].values == (held.receipt,)


async def test_no_button_that_is_offered_carries_a_receipt(world: World) -> None:
    code = await world.open()
    held = await world.write("fay", code, "sealed")
    assert isinstance(held, Said)
    assert held.receipt
    assert not any(held.receipt in control.id for control in held.controls)
    await world.pass_time(FIVE_DAYS + MINUTE)
    late = await world.press(Write, "cal", code=code, answers=Answers(personal="late"), late=True)
    assert isinstance(late, Said)
    assert late.receipt
    assert not any(late.receipt in control.id for control in late.controls)


async def test_the_receipt_of_published_words_never_takes_a_late_draft_for_them(world: World) -> None:
    code = await world.open()
    held = await world.write("fay", code, "published")
    assert isinstance(held, Said)
    assert held.receipt
    await world.pass_time(FIVE_DAYS + MINUTE)
    draft = Answers(personal="begun late")
    await world.press(Write, "fay", code=code, answers=draft, late=True, seal=False)
    down = await world.press(Withdraw, "fay", code=code, receipt=str(held.receipt))
    assert key_of(down) == "said.taken_down"
    assert await written(world, code, "fay", late=True) == "begun late"
