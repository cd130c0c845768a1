"""The organiser takes everybody off but one person, or makes a group small in another way, and closes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.acts import Answer, CloseRound, Decline, Said, ShowForm, Status
from bot.messages import Post
from bot.people import Why
from bot.rounds import RoundCode
from tests.attacks.village import (
    CITIZENS,
    DAY,
    MINUTE,
    TO_THE_REVEAL,
    a_world,
    live,
    move,
    opened,
    press,
    remove,
    seen_by_the_organiser,
    voices,
)
from tests.world import TEXTS, World, key_of

SMALLER = "smaller_group"
A_WHILE = timedelta(minutes=6)
"""In which several removals are told as one."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = await a_world()
    yield made
    await made.crash()


def told(world: World, user: str) -> list[str]:
    """What they were told, as it was first posted."""
    first = [one.first for one in world.inbox(user)]
    return [TEXTS.post(post).text for post in first if isinstance(post, Post) and post.kind == SMALLER]


async def notes(world: World, user: str, code: RoundCode) -> str:
    shown = await world.do(Answer, user, code=code)
    assert isinstance(shown, ShowForm)
    return "\n".join(note.text for note in TEXTS.form(shown).notes)


async def test_whoever_is_left_is_told_how_few_they_are_and_takes_their_answer_back(world: World) -> None:
    code = await opened(world, "cal")
    assert "small" not in await notes(world, "cal", code)
    await remove(world, code, "cara", "cleo", "zoe")
    await world.pass_time(A_WHILE)
    (once,) = told(world, "cal")
    assert "You are the only one" in once
    assert "the only one" in await notes(world, "cal", code)
    assert f"coproduce:withdraw:{code}" in live(world, "cal")
    assert key_of(await world.take_back("cal", code)) == "said.destroyed"
    await world.pass_time(TO_THE_REVEAL)
    assert not await voices(world, code)


async def test_the_round_is_not_closed_before_they_had_time_to_take_it_back(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code, "cara", "cleo", "zoe")
    for _ in range(2):
        assert key_of(await press(world, "olga", f"coproduce:confirm:{code}:close")) == "refused.close_smaller"
        await world.pass_time(A_WHILE)
    await world.pass_time(timedelta(hours=12))
    assert key_of(await press(world, "olga", f"coproduce:confirm:{code}:close")) == "said.closing"


async def test_nobody_is_taken_off_so_late_that_the_others_could_not_take_theirs_back(world: World) -> None:
    code = await opened(world, "cal")
    await world.pass_time(timedelta(days=4, hours=18))
    found = await remove(world, code, "cara", "cleo", "zoe")
    assert found == ["said.removed", "refused.remove_too_late", "refused.remove_too_late"]


async def test_nobody_is_told_where_what_they_were_told_is_still_true(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code, "zoe")  # three are no small group
    await world.pass_time(A_WHILE)
    assert not any(told(world, user) for user in CITIZENS)
    await remove(world, code, "cleo")
    await world.pass_time(A_WHILE)
    assert [len(told(world, user)) for user in ("cal", "cara", "fay", "lea")] == [1, 1, 0, 0]


async def test_members_of_a_small_group_are_told_when_it_is_smaller_than_they_were_told(world: World) -> None:
    code = await opened(world, "fay")  # two of the frontline
    await remove(world, code, "finn")
    await world.pass_time(A_WHILE)
    assert len(told(world, "fay")) == 1


async def test_leaders_are_told_of_each_one_who_goes(world: World) -> None:
    code = await opened(world, leaders="lea leo otto stan")
    await remove(world, code, "leo")
    await world.pass_time(A_WHILE)
    (once,) = told(world, "lea")
    assert "3 people" in once


async def test_somebody_who_comes_back_in_time_is_no_news(world: World) -> None:
    code = await opened(world, "cal")
    await remove(world, code, "cleo", "zoe")
    await move(world, code, "cleo", "citizens")
    await world.pass_time(A_WHILE)
    assert not told(world, "cal")


async def test_those_who_are_added_and_taken_off_again_leave_the_others_no_better_told(world: World) -> None:
    """Those who were asked when the group was large are told; those who knew that it is small are not."""
    code = await opened(world, citizens="cal cara")
    assert "2 people" in await notes(world, "cal", code)
    await world.pass_time(MINUTE)
    for user in ("cleo", "zoe"):
        await move(world, code, user, "citizens")
        await world.pass_time(MINUTE)
    assert "small" not in await notes(world, "zoe", code)
    assert "2 people" in await notes(world, "cal", code)  # never more than they were told before
    await remove(world, code, "cleo", "cara")
    await world.pass_time(A_WHILE)
    assert [len(told(world, user)) for user in ("cal", "zoe")] == [0, 1]


async def test_moving_the_others_away_is_told_like_taking_them_off(world: World) -> None:
    code = await opened(world, "cal")
    for user in ("cara", "cleo", "zoe"):
        await move(world, code, user, "leaders")
    await world.pass_time(A_WHILE)
    assert "the only one" in told(world, "cal")[0]


async def test_whom_the_chat_does_not_reach_are_nobody_to_hide_among() -> None:
    world = await a_world()
    code = await world.draft(citizens="cal cara cleo zoe")
    world.platform.missing |= dict.fromkeys(("cara", "cleo"), Why.REFUSED)  # it knows them, and delivers nothing
    await press(world, "olga", f"coproduce:open:{code}")
    await world.pass_time(A_WHILE)
    assert "2 people" in told(world, "cal")[0]
    await world.crash()


async def test_that_somebody_said_no_is_told_to_nobody(world: World) -> None:
    code = await opened(world, "cal")
    for user in ("cara", "cleo", "zoe"):
        await world.press(Decline, user, code=code)
    await world.pass_time(A_WHILE)
    assert not told(world, "cal")
    assert "small" not in await notes(world, "cal", code)


async def test_the_organiser_reads_the_same_whether_those_who_are_left_have_answered_or_not() -> None:
    read = []
    for writers in (("cal", "fay"), ("zoe", "fay")):
        world = await a_world()
        code = await opened(world, *writers)
        said = await remove(world, code, "cara", "cleo")
        before = await seen_by_the_organiser(world, code)
        await world.pass_time(DAY)
        read.append([*said, *before, *await seen_by_the_organiser(world, code)])
        await world.crash()
    assert [pair for pair in zip(*read, strict=True) if pair[0] != pair[1]] == []


async def test_no_count_tells_of_the_only_one_who_can_still_answer(world: World) -> None:
    """All others of the group are off: one more "answered" could be nobody else."""
    code = await opened(world, "cara", "cleo")
    await remove(world, code, "cara", "cleo", "zoe")
    await world.pass_time(A_WHILE)
    before = await status(world, code)
    assert "Citizens: " not in before
    await world.write("cal", code, "alone")
    after = await status(world, code)
    assert "citizens" in after
    assert "and" in after.split(":")[1]


async def test_where_hardly_anybody_can_still_answer_status_and_close_tell_no_count_at_all(world: World) -> None:
    code = await world.open(leaders="lea", frontline="fay finn", citizens="cal cara")
    await remove(world, code, "cara", "finn")
    shown = await status(world, code)
    assert "5 asked, 5 reached, 0 answered" in shown
    world.platform.missing["lea"] = Why.REFUSED
    await move(world, code, "lea", "citizens")  # the chat delivers nothing to them any more
    await world.pass_time(A_WHILE)
    for _ in range(2):
        assert "answered" not in await status(world, code)
        assert key_of(await world.press(CloseRound, "olga", code=code)) == "confirm.close_uncounted"
        await world.pass_time(DAY)
        await world.write("fay", code, "words")


async def status(world: World, code: RoundCode) -> str:
    said = await world.do(Status, "olga", code=code)
    assert isinstance(said, Said)
    return TEXTS.outcome(said).text
