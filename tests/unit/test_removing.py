"""No organiser's command destroys one person's sealed words, and none tells whether they had answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import Answer, Cancel, Check, CloseRound, Confirm, Remind, Remove, Said, ShowReceipt, Status, Withdraw
from bot.messages import MessageKind
from bot.rounds import ChangeKind, Phase, RoundCode
from tests.world import World, key_of, memory_stores

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def a_world(stores: Any = None) -> World:
    made = World(stores or memory_stores()[0])
    await made.start()
    return made


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await a_world()
    yield made
    await made.crash()


async def opened(world: World, *writers: str, **more: str) -> RoundCode:
    code = await world.open(citizens="cal cara cleo", **more)
    for user in writers:
        await world.write(user, code, f"words of {user}")
    return code


async def remove(world: World, code: RoundCode, user: str = "cal") -> str:
    return key_of(await world.press(Remove, "olga", code=code, person=user))


async def voices(world: World, code: RoundCode) -> dict[str, str | None]:
    """Words -> group."""
    round_ = await world.round_(code)
    return {one.answers.personal: one.group for one in await world.stores.replies.perspectives(round_.id)}


async def test_what_was_sealed_stays_and_opens_under_its_group(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo", "fay")
    assert await remove(world, code) == "said.removed"
    await world.pass_time(FIVE_DAYS + MINUTE)
    found = await voices(world, code)
    assert found["words of cal"] == found["words of cara"]
    assert len(found) == 4


async def test_a_round_in_which_only_somebody_removed_has_answered_is_revealed(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    assert "words of cal" in await voices(world, code)


async def test_it_is_held_back_for_them_too(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code)
    places = world.platform.places
    places["repairs"] = type(places["repairs"])(name="repairs", readers=90, outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).held_back_at


async def test_what_was_never_sealed_goes(world: World) -> None:
    code = await opened(world, "cara")
    await world.write("cal", code, "half", seal=False)
    await remove(world, code)
    assert await world.stores.replies.own(code, world.act(Answer, "cal").actor.account) is None


async def test_unsealed_changes_go_and_what_was_sealed_before_them_stays(world: World) -> None:
    code = await opened(world, "cal")
    await world.write("cal", code, "second thoughts", seal=False)
    await remove(world, code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert set(await voices(world, code)) == {"words of cal"}


async def test_whoever_was_removed_writes_no_more_but_checks_and_takes_back(world: World) -> None:
    code = await opened(world, "cara")
    held = await world.write("cal", code, "mine")
    assert isinstance(held, Said)
    await remove(world, code)
    assert key_of(await world.do(Answer, "cal", code=code)) == "refused.removed"
    assert key_of(await world.write("cal", code, "more")) == "refused.removed"
    assert key_of(await world.do(Check, "cal", code=code, receipt=held.receipt)) == "said.check.held"
    again = await world.do(ShowReceipt, "cal", code=code)
    assert isinstance(again, Said)
    assert again.receipt == held.receipt
    assert key_of(await world.take_back("cal", code)) == "said.destroyed"
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert set(await voices(world, code)) == {"words of cara"}


async def test_after_the_reveal_they_take_down_what_is_theirs(world: World) -> None:
    code = await opened(world, "cara")
    held = await world.write("cal", code, "mine")
    assert isinstance(held, Said)
    await remove(world, code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert key_of(await world.press(Withdraw, "cal", code=code, receipt=held.receipt)) == "said.taken_down"


async def test_they_are_told_the_same_whether_they_had_answered_or_not(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code, "cal")
    await remove(world, code, "cara")
    (cal,), (cara,) = (world.inbox(user, MessageKind.REMOVED) for user in ("cal", "cara"))
    assert repr(cal.load) == repr(cara.load)


@pytest.mark.parametrize("attribution", ["group", "named"])
async def test_the_organiser_reads_the_same_whether_somebody_had_answered_or_not(attribution: str) -> None:
    """All that is shown to whoever runs it, from the removal to the close."""
    read: list[list[str]] = []
    for writers in (("cara", "cleo", "fay"), ("cal", "cleo", "fay")):  # two rounds, in which as many have answered
        world = await a_world()
        code = await opened(world, *writers, attribution=attribution)
        told = [repr(await world.press(Remove, "olga", code=code, person="cal"))]
        if attribution == "group":
            told += [repr(await world.press(kind, "olga", code=code)) for kind in (Status, CloseRound, Remind)]
            told += [repr(one.load) for one in world.inbox("olga")]
        told += [repr(one.load) for one in world.channel()]
        read.append([each.replace(code, "CODE") for each in told])
        await world.crash()
    assert read[0] == read[1]


async def test_no_count_moves_when_somebody_is_removed(world: World) -> None:
    code = await opened(world, "cal", "cleo")
    before = await counts(world, code)
    for user in ("cal", "cara"):
        await remove(world, code, user)
        assert await counts(world, code) == before


async def counts(world: World, code: RoundCode) -> tuple[str, list[str]]:
    """What the organiser reads. How many have begun is not told at all once somebody was taken off."""
    status, asks = await world.do(Status, "olga", code=code), await world.do(CloseRound, "olga", code=code)
    assert isinstance(asks, Confirm)
    return repr(status), [repr(each) for each in asks.content if "close_begun" not in repr(each)]


async def test_the_statement_counts_whoever_was_asked_and_names_the_removal(world: World) -> None:
    code = await opened(world, "cal", "cara", "cleo")
    await remove(world, code)
    await world.pass_time(FIVE_DAYS + MINUTE)
    round_ = await world.round_(code)
    assert [change.kind for change in round_.changes] == [ChangeKind.REMOVED]
    assert round_.statement
    (citizens,) = [each for each in round_.statement.groups if each.group == "citizens"]
    assert (citizens.asked, citizens.replied) == (3, 3)


async def test_reminding_says_and_does_the_same_where_nobody_is_left_to_remind(world: World) -> None:
    """Else the organiser learns of the last one, by removing them first."""
    code = await opened(world, "cal", "cara", "cleo", "fay", "finn")
    assert key_of(await world.press(Remind, "olga", code=code)) == "said.reminded"
    await remove(world, code, "cal")
    assert key_of(await world.press(Remind, "olga", code=code)) == "refused.reminded"
    await world.pass_time(HOUR)
    await world.write("lea", code, "the last")
    assert key_of(await world.press(Remind, "olga", code=code)) == "said.reminded"
    assert not world.inbox("cal", MessageKind.REMINDER)


async def test_cancelling_still_destroys_everything(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code)
    await world.press(Cancel, "olga", code=code, confirmed=True)
    assert await world.stores.replies.own(code, world.act(Answer, "cal").actor.account) is None
