"""Changes that were never sealed do not count: whoever made them is told before the close, and nobody else."""

from __future__ import annotations

from datetime import timedelta

from bot.acts import Decline, StopReminders
from bot.messages import MessageKind
from tests.world import World, words_of

FIVE_DAYS = timedelta(days=5)
LAST_HOUR = timedelta(hours=1)


async def test_whoever_changed_a_sealed_answer_and_did_not_seal_it_is_told_before_the_close(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "sealed")
    await world.write("fay", code, "changed", seal=False)
    await world.write("cal", code, "begun", seal=False)
    await world.write("finn", code, "sealed and done")
    await world.pass_time(FIVE_DAYS - LAST_HOUR)
    (fay,) = world.inbox("fay", MessageKind.NUDGE)
    (cal,) = world.inbox("cal", MessageKind.NUDGE)
    assert "message.nudge.edited" in words_of(fay)
    assert "message.nudge.begun" in words_of(cal)
    assert not world.inbox("finn", MessageKind.NUDGE)
    assert not world.inbox("fay", MessageKind.REMINDER)


async def test_changes_that_are_sealed_in_time_bring_no_word(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "sealed")
    await world.write("fay", code, "changed", seal=False)
    await world.write("fay", code, "changed and sealed")
    await world.pass_time(FIVE_DAYS - LAST_HOUR)
    assert not world.inbox("fay", MessageKind.NUDGE)


async def test_whoever_said_no_hears_nothing(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "sealed")
    await world.write("fay", code, "changed", seal=False)
    await world.agree("fay", await world.press(Decline, "fay", code=code))
    await world.pass_time(FIVE_DAYS - LAST_HOUR)
    assert not world.inbox("fay", MessageKind.NUDGE)


async def test_it_is_no_reminder_and_comes_also_to_those_who_want_none(world: World) -> None:
    """As for any draft: it is about their own words, and comes once."""
    code = await world.open()
    await world.write("fay", code, "sealed")
    await world.write("fay", code, "changed", seal=False)
    await world.press(StopReminders, "fay", code=code)
    await world.pass_time(FIVE_DAYS - LAST_HOUR)
    assert len(world.inbox("fay", MessageKind.NUDGE)) == 1


async def test_the_organiser_and_the_channel_see_nothing_of_it(world: World) -> None:
    code = await world.open()
    await world.write("fay", code, "sealed")
    before = [words_of(each) for each in (*world.channel(), *world.inbox("olga"))]
    await world.write("fay", code, "changed", seal=False)
    await world.pass_time(FIVE_DAYS - LAST_HOUR)
    after = [words_of(each) for each in (*world.channel(), *world.inbox("olga"))]
    assert len(after) == len(before)
    assert not any("nudge" in each for each in after)
