"""Somebody who cannot be asked never stops a round: they are named, replaced or left out, and count as not reached."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.acts import Add, OpenRound, Outcome, Preview, Refused, Said
from bot.commands import pressed
from bot.messages import MessageKind, Passage, Post
from bot.people import Why
from bot.rounds import ActId, Phase, RoundCode
from tests.builders import account, actor
from tests.world import TEXTS, World, key_of

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)


async def preview_of(world: World, code: RoundCode) -> Post:
    await world.press(Preview, "olga", code=code)
    load = world.inbox("olga", MessageKind.PREVIEW)[-1].load
    assert isinstance(load, Post)
    return load


def verbs(shown: Post | Outcome) -> list[str]:
    assert isinstance(shown, Post | Refused)
    return [button.verb for button in shown.controls]


def keys(post: Post) -> list[str]:
    return [part.key for part in post.content if not isinstance(part, Passage)]


async def open_without(world: World, code: RoundCode) -> Outcome:
    return await world.press(OpenRound, "olga", code=code, without=True)


async def test_the_preview_names_them_and_offers_both_ways(world: World) -> None:
    code = await world.draft(citizens="cal cara dee robo")
    post = await preview_of(world, code)
    text = TEXTS.post(post).text
    assert "Dee" in text
    assert "Robo" in text
    assert "these 2 people" in text
    assert {"replace", "without"} <= set(verbs(post))
    assert "open" not in verbs(post)
    assert "message.preview.cannot_open" not in keys(post)


async def test_open_alone_points_to_both_ways(world: World) -> None:
    code = await world.draft(citizens="cal cara dee")
    outcome = await world.press(OpenRound, "olga", code=code)
    assert key_of(outcome) == "refused.cannot_be_asked"
    assert verbs(outcome) == ["replace", "without"]
    assert (await world.round_(code)).phase is Phase.DRAFT


async def test_without_them_the_round_opens_and_they_count_as_asked_and_not_reached(world: World) -> None:
    code = await world.draft(citizens="cal cara dee xena")
    assert key_of(await open_without(world, code)) == "said.opening"
    round_ = await world.round_(code)
    assert round_.phase is Phase.COLLECTING
    lost = {seat.account.user: seat for seat in round_.seats if seat.unreachable}
    assert {user: seat.unreachable for user, seat in lost.items()} == {"dee": Why.DEACTIVATED, "xena": Why.STRANGER}
    assert all(seat.asked_at is None for seat in lost.values())
    assert not world.inbox("dee")
    assert world.inbox("cal", MessageKind.QUESTION)
    await world.write("cal", code, "in time")
    await world.pass_time(FIVE_DAYS + MINUTE)
    statement = (await world.round_(code)).statement
    assert statement is not None
    counted = [(group.asked, group.reached, group.replied) for group in statement.groups]
    assert tuple(map(sum, zip(*counted, strict=True))) == (7, 5, 1)
    assert not world.inbox("dee")


async def test_the_button_opens_without_them(world: World) -> None:
    code = await world.draft(citizens="cal cara dee")
    button = f"coproduce:without:{code}"
    act = pressed(button, id=ActId("a"), actor=actor("olga"), at=world.clock.now())
    assert isinstance(act, OpenRound)
    assert act.without


async def test_a_user_group_with_one_of_them_is_no_other_case(world: World) -> None:
    world.platform.teams["care"] = ("fay", "finn", "dee")
    code = await world.draft(frontline="care")
    assert {"replace", "without"} <= set(verbs(await preview_of(world, code)))
    await open_without(world, code)
    seats = (await world.round_(code)).seats
    assert {seat.account.user for seat in seats if seat.group == "frontline"} == {"fay", "finn", "dee"}


async def test_somebody_named_twice_over_is_named_and_counted_once(world: World) -> None:
    world.platform.teams["care"] = ("fay", "dee")
    code = await world.draft(frontline="care dee")
    assert TEXTS.post(await preview_of(world, code)).text.count("Dee") == 1
    await open_without(world, code)
    assert [seat.account.user for seat in (await world.round_(code)).seats].count("dee") == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"leaders": "dee"}, "refused.empty.group"),
        ({"citizens": "cal cara", "frontline": "team dee"}, "refused.person_twice"),
        ({"channel": "nowhere"}, "refused.channel"),
    ],
)
async def test_only_what_makes_a_round_impossible_stops_it(world: World, changes: dict[str, str], why: str) -> None:
    world.platform.teams["team"] = ("cal", "fay")
    code = await world.draft(**changes)
    post = await preview_of(world, code)
    assert not {"open", "without"} & set(verbs(post))
    assert "message.preview.cannot_open" in keys(post)
    assert key_of(await open_without(world, code)) == why
    assert (await world.round_(code)).phase is Phase.DRAFT


async def test_a_co_organiser_who_cannot_be_asked_stops_nothing(world: World) -> None:
    code = await world.draft(co_organiser="dee")
    post = await preview_of(world, code)
    assert "Dee" in TEXTS.post(post).text
    assert "open" in verbs(post)
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "said.opening"


async def test_who_is_added_is_asked_and_who_cannot_be_is_named(world: World) -> None:
    code = await world.open()
    cast = await world.platform.people((await world.round_(code)).workspace, ("zoe", "dee", "robo"))
    outcome = await world.press(Add, "olga", code=code, group="citizens", people=("zoe", "dee", "robo"), cast=cast)
    assert isinstance(outcome, Said)
    assert TEXTS.outcome(outcome).text.count("Dee and Robo") == 1
    assert world.inbox("zoe", MessageKind.QUESTION)
    assert (await world.round_(code)).seat_of(account("dee")) is None


async def test_where_nobody_who_is_added_can_be_asked_it_says_why(world: World) -> None:
    code = await world.open()
    cast = await world.platform.people((await world.round_(code)).workspace, ("dee",))
    outcome = await world.press(Add, "olga", code=code, group="citizens", people=("dee",), cast=cast)
    assert key_of(outcome) == "refused.missing.deactivated"
