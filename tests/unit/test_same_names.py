"""Two people of one name are told apart by their handle wherever somebody is named."""

from __future__ import annotations

from dataclasses import replace

from adapters.slack.profiles import Home
from bot.acts import Add, OpenRound, Preview, Remove, Said, Status
from bot.messages import MessageKind, Post
from bot.people import Cast, Member, Missing, Why, Workspace, told_apart
from tests.fake_platform import members
from tests.isolates import as_read
from tests.world import TEXTS, World, account_of


def person(user: str, name: str = "Jo Lim", handle: str = "") -> Member:
    return Member(account=account_of(user), name=name, handle=handle or f"{user}.lim")


def preview(world: World) -> str:
    load = world.inbox("olga", MessageKind.PREVIEW)[-1].load
    assert isinstance(load, Post)
    return as_read(TEXTS.post(load).text)


async def test_the_preview_says_which_of_two_people_stands_in_two_groups(world: World) -> None:
    world.platform.members |= {"fay": person("fay"), "cal": person("cal")}
    code = await world.draft(frontline="fay finn", citizens="cal")
    world.platform.teams["team"] = ("fay", "cara")
    await world.press(Preview, "olga", code=await world.draft(frontline="fay finn", citizens="cal team"))
    assert "Jo Lim (@fay.lim)" in preview(world)
    assert "Jo Lim (@cal.lim)" not in preview(world)
    assert code


async def test_who_is_asked_keeps_the_handle_in_what_organisers_read(world: World) -> None:
    world.platform.members |= {"fay": person("fay"), "cal": person("cal")}
    code = await world.open(attribution="named")
    said = await world.press(Status, "olga", code=code)
    assert isinstance(said, Said)
    status = as_read(TEXTS.outcome(said).text)
    assert "Jo Lim (@fay.lim)" in status
    assert "Jo Lim (@cal.lim)" in status
    removed = await world.press(Remove, "olga", code=code, person="fay")
    assert isinstance(removed, Said)
    assert "Jo Lim (@fay.lim)" in as_read(TEXTS.outcome(removed).text)


async def test_who_is_added_beside_somebody_of_that_name_is_told_apart(world: World) -> None:
    world.platform.members |= {"fay": person("fay"), **members("eve")}
    code = await world.open()
    cast = Cast(found={"eve": (person("eve"),)})
    await world.press(Add, "olga", code=code, group="citizens", people=("eve",), cast=cast)
    names = {seat.account.user: seat.name for seat in (await world.round_(code)).seats}
    assert (names["fay"], names["eve"]) == ("Jo Lim", "Jo Lim (@eve.lim)")


def test_only_those_of_one_name_get_a_handle_and_however_the_name_is_written() -> None:
    gone = Missing(ref="dee", name="JO  lim", handle="dee", why=Why.DEACTIVATED, account=account_of("dee"))
    cast = Cast(found={"fay": (person("fay"),), "ann": (person("ann", "Ann"),)}, missing=(gone,))
    told = told_apart(cast)
    assert [one.name for found in told.found.values() for one in found] == ["Jo Lim (@fay.lim)", "Ann"]
    assert told.missing[0].name == "JO lim (@dee)"
    assert told_apart(Cast(found={"fay": (person("fay"),), "team": (person("fay"),)})).found["fay"][0].name == "Jo Lim"


def test_a_long_name_leaves_room_for_the_handle_and_without_one_the_id_serves() -> None:
    two = Cast(found={"a": (person("a", "x" * 80), replace(person("b", "x" * 80), handle=""))})
    first, second = told_apart(two).found["a"]
    assert first.name.endswith("… (@a.lim)")
    assert len(first.name) <= 80
    assert second.name.endswith("(@b)")


def test_slack_tells_the_handle() -> None:
    home = Home(workspace=Workspace(platform="slack", id="T1"))
    told = {"name": "jlim", "profile": {"real_name": "Jo Lim", "display_name": "jo.l"}}
    assert home.known("U1", told).member.handle == "jo.l"
    assert home.known("U1", {"name": "jlim", "profile": {"real_name": "Jo Lim"}}).member.handle == "jlim"


async def test_who_opens_a_round_with_people_of_one_name_asks_both(world: World) -> None:
    world.platform.members |= {"fay": person("fay"), "finn": person("finn")}
    code = await world.draft()
    await world.press(OpenRound, "olga", code=code)
    names = {seat.name for seat in (await world.round_(code)).seats if seat.group == "frontline"}
    assert names == {"Jo Lim (@fay.lim)", "Jo Lim (@finn.lim)"}
