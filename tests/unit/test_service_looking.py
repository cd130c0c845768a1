"""What somebody finds who looks: the rounds that wait for them, and no others."""

from __future__ import annotations

from datetime import timedelta

from bot.acts import Cancel, Home, ListRounds, Outcome, Said, Typed
from bot.messages import Line
from bot.rounds import Phase
from tests.world import World

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)


def buttons(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Said)
    return [control.id for control in outcome.controls]


def codes_of(outcome: Outcome) -> list[object]:
    assert isinstance(outcome, Said)
    return [part.facts["code"] for part in outcome.content if isinstance(part, Line) and "code" in part.facts]


async def test_what_is_typed_leads_to_the_rounds_one_was_asked_in_and_that_are_not_over(world: World) -> None:
    ended, cancelled = await world.open(), await world.open()
    await world.write("fay", ended, "in time")
    await world.press(Cancel, "olga", code=cancelled, confirmed=True)
    await world.pass_time(FIVE_DAYS + timedelta(days=8))
    assert (await world.round_(ended)).phase is Phase.ENDED
    without_fay = await world.open(frontline="finn")
    asked = await world.open()
    assert buttons(await world.do(Typed, "fay")) == [f"coproduce:answer:{asked}", "coproduce:home:"]
    assert buttons(await world.do(Typed, "olga")) == ["coproduce:home:"]
    assert f"coproduce:answer:{without_fay}" in buttons(await world.do(Typed, "finn"))


async def test_what_is_typed_after_the_reveal_leads_to_the_late_form(world: World) -> None:
    code = await world.open()
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    assert buttons(await world.do(Typed, "fay"))[0] == f"coproduce:answer:{code}"


async def test_what_is_typed_leads_to_five_rounds_at_most(world: World) -> None:
    for _ in range(6):
        await world.open()
    assert len(buttons(await world.do(Typed, "fay"))) == 6


async def test_home_shows_no_round_that_is_over_or_answered(world: World) -> None:
    cancelled, answered = await world.open(), await world.open()
    await world.press(Cancel, "olga", code=cancelled, confirmed=True)
    await world.write("fay", answered, "in time")
    assert codes_of(await world.do(Home, "fay")) == []
    assert codes_of(await world.do(Home, "olga")) == [answered]
    assert codes_of(await world.do(Home, "finn")) == [answered]
    assert sorted(map(str, codes_of(await world.do(ListRounds, "fay")))) == sorted([cancelled, answered])
