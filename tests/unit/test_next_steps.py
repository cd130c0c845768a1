"""What happens with the answers: shown where people decide whether to answer, and remembered for the organiser."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot import when
from bot.acts import Refused, SaveSetup
from bot.messages import MessageKind, Post
from tests.fake_platform import Stood
from tests.isolates import as_read
from tests.world import TEXTS, World

STEPS = "The board decides on 12 Dec; you hear by Thursday 17 December 2026."
DAY = timedelta(days=1)


def read(stood: Stood) -> str:
    if isinstance(stood.load, Post):
        return as_read(TEXTS.post(stood.load).text)
    return "\n".join(as_read(file.content.decode()) for file in stood.load or ())


async def test_it_stands_in_the_question_at_the_reveal_and_in_the_report(world: World) -> None:
    code = await world.open(next_steps=STEPS)
    (question,) = (read(each) for each in world.inbox("fay", MessageKind.QUESTION))
    assert f"What happens then\n{STEPS}" in question
    await world.write("fay", code, "fay says so")
    await world.pass_time(5 * DAY + timedelta(hours=1))
    (headline,) = (read(each) for each in world.channel(MessageKind.HEADLINE))
    assert f"What happens then\n{STEPS}" in headline
    assert "## What happens with the answers" in "\n".join(read(each) for each in world.channel())


async def test_where_nothing_was_said_nothing_stands_there(world: World) -> None:
    await world.open()
    assert "What happens then" not in read(world.inbox("fay", MessageKind.QUESTION)[0])


async def test_the_organiser_is_reminded_in_the_morning_of_each_day_that_was_named_once_also_after_a_restart(
    world: World,
) -> None:
    code = await world.open(next_steps=STEPS)
    await world.write("fay", code, "fay says so")
    await world.pass_time(5 * DAY + timedelta(hours=1))
    assert not world.inbox("olga", MessageKind.NEXT_STEPS)
    await world.crash()
    await world.start()
    told: list[Stood] = []
    for day in (12, 17):
        await world.pass_until(datetime(2026, 12, day, 8, 59, tzinfo=UTC))
        assert len(world.inbox("olga", MessageKind.NEXT_STEPS)) == len(told)
        await world.pass_until(datetime(2026, 12, day, 9, 1, tzinfo=UTC))
        told = world.inbox("olga", MessageKind.NEXT_STEPS)
    assert len(told) == 2
    assert STEPS in read(told[-1])
    await world.pass_time(20 * DAY)
    assert len(world.inbox("olga", MessageKind.NEXT_STEPS)) == 2


async def test_more_than_can_stand_in_a_headline_is_told_at_its_box(world: World) -> None:
    code = await world.draft()
    refused = await world.press(SaveSetup, "olga", code=code, page="", fields={"next_steps": ("x" * 501,)})
    assert isinstance(refused, Refused)
    assert [*refused.fields] == ["next_steps"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (STEPS, [(2026, 12, 12), (2026, 12, 17)]),
        ("We meet on the 5th of January (2 pm).", [(2027, 1, 5)]),
        ("Decided 2026-12-24, told 24.12.2026.", [(2026, 12, 24)]),
        ("You hear on Sat 12 December, or on May 2.", [(2026, 12, 12), (2027, 5, 2)]),
        ("The 12 may decide; 3/4 of us meet at 10.30 on Friday, or next week.", []),
        ("On 1/12/2026, or 31 June, or Monday 12 December.", []),
        ("", []),
    ],
)
def test_a_date_counts_only_where_it_can_be_read_in_one_way(text: str, named: list[tuple[int, int, int]]) -> None:
    assert when.days_named(text, today=date(2026, 12, 1)) == tuple(date(*each) for each in named)
