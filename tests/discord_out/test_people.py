"""People and roles on Discord: who they are now, who cannot be asked and why, who reads a channel."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import Later, Unreachable
from bot.people import Address, Standing, Why
from tests.discord.faults import Fault, How
from tests.discord.permissions import (
    ADMINISTRATOR,
    ATTACH_FILES,
    CREATE_PUBLIC_THREADS,
    MANAGE_GUILD,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)
from tests.discord.world import ANNOUNCEMENT, BOT, FORUM, GUILD, PUBLIC_THREAD
from tests.discord_out.outbound import START, WORKSPACE, Out

MEMBER = "GET /guilds/{}/members/{}"
MEMBERS = "GET /guilds/{}/members"


async def test_people_are_named_as_the_server_calls_them(out: Out) -> None:
    out.fay.nick = "Fay of the front desk"
    cast = await out.platform.people(WORKSPACE, [out.fay.id, out.cal.id])
    assert [cast.found[one][0].name for one in (out.fay.id, out.cal.id)] == ["Fay of the front desk", "Cal Dunn"]
    assert str(cast.found[out.fay.id][0].account) == f"discord:{GUILD}/{out.fay.id}"
    assert cast.missing == ()


async def test_a_role_stands_for_everybody_who_has_it_and_60_people_take_one_request(out: Out) -> None:
    people = [out.double.world.add_person(f"Person {n}").id for n in range(60)]
    role = out.double.world.add_role("Ward staff", people)
    robot = out.double.world.add_person("Robot", is_bot=True)
    robot.roles.add(role.id)
    chosen, typed = f"role:{role.id}", role.id  # in the form, or as a mention
    cast = await out.platform.people(WORKSPACE, [chosen, typed])
    for ref in (chosen, typed):
        assert {one.account.user for one in cast.found[ref]} == set(people)
    assert cast.missing == ()
    assert len(out.double.calls_of(MEMBERS)) == 1


async def test_a_role_is_asked_for_anew_when_the_round_opens(out: Out) -> None:
    role = out.double.world.add_role("Ward staff", [out.fay.id])
    await out.platform.people(WORKSPACE, [role.id])
    out.passes(minutes=1)
    out.cal.roles.add(role.id)
    cast = await out.platform.people(WORKSPACE, [role.id], out.clock.now())
    assert {one.account.user for one in cast.found[role.id]} == {out.fay.id, out.cal.id}


async def test_a_role_that_is_gone_is_missing(out: Out) -> None:
    cast = await out.platform.people(WORKSPACE, ["role:200000000000000777"])
    assert [(one.ref, one.why) for one in cast.missing] == [("role:200000000000000777", Why.UNKNOWN)]


async def test_an_empty_role_stands_for_nobody(out: Out) -> None:
    role = out.double.world.add_role("Nobody yet")
    assert (await out.platform.people(WORKSPACE, [role.id])).found == {role.id: ()}


async def test_who_cannot_be_asked_is_named_and_why(out: Out) -> None:
    robot = out.double.world.add_person("Robot", is_bot=True)
    gone = out.double.world.add_person("Gone Away", is_member=False)
    closed = out.double.world.add_person("Closed", is_deleted=True)
    refs = [robot.id, gone.id, closed.id, "123456789012345678", "not an id", out.fay.id]
    cast = await out.platform.people(WORKSPACE, refs)
    assert [(one.ref, one.name, one.why) for one in cast.missing] == [
        (robot.id, "Robot", Why.BOT),
        (gone.id, "Gone Away", Why.STRANGER),
        (closed.id, cast.missing[2].name, Why.DEACTIVATED),
        ("123456789012345678", "123456789012345678", Why.UNKNOWN),
        ("not an id", "not an id", Why.UNKNOWN),
    ]
    assert list(cast.found) == [out.fay.id]


async def test_who_left_since_they_were_looked_up_is_not_taken_from_memory(out: Out) -> None:
    await out.platform.people(WORKSPACE, [out.fay.id])
    await out.double.happening.leaves(out.fay.id)
    out.passes(minutes=1)
    cast = await out.platform.people(WORKSPACE, [out.fay.id], out.clock.now())
    assert [one.why for one in cast.missing] == [Why.STRANGER]


async def test_admins_are_those_who_may_manage_the_server_and_its_owner(out: Out) -> None:
    people = {name: out.double.world.add_person(name).id for name in ("Manager", "Administrator", "Owner", "Moderator")}
    out.double.world.add_role("a", [people["Manager"]], MANAGE_GUILD)
    out.double.world.add_role("b", [people["Administrator"]], ADMINISTRATOR)
    out.double.world.add_role("c", [people["Moderator"]], CREATE_PUBLIC_THREADS)
    out.double.world.owner = people["Owner"]
    cast = await out.platform.people(WORKSPACE, list(people.values()))
    standing = {name: cast.found[id][0].standing for name, id in people.items()}
    admin, member = Standing.ADMIN, Standing.MEMBER
    assert standing == {"Manager": admin, "Administrator": admin, "Owner": admin, "Moderator": member}


async def test_a_limit_met_midway_goes_on_from_what_was_found(out: Out) -> None:
    out.double.faults.add(Fault(request=MEMBER, how=How.RATE_LIMITED, nth=2, retry_after=20))
    with pytest.raises(Later):
        await out.platform.people(WORKSPACE, [out.fay.id, out.cal.id])
    asked = len(out.double.calls_of(MEMBER))
    out.passes(seconds=21)
    cast = await out.with_new_calls().people(WORKSPACE, [out.fay.id, out.cal.id])
    assert len(cast.found) == 2
    assert len(out.double.calls_of(MEMBER)) == asked + 1


async def test_a_role_that_may_not_be_listed_is_named_as_missing(out: Out) -> None:
    role = out.double.world.add_role("Ward staff", [out.fay.id])
    out.double.world.has_members_intent = False
    cast = await out.platform.people(WORKSPACE, [role.id, out.cal.id])
    assert [one.name for one in cast.missing] == ["Ward staff"]
    assert list(cast.found) == [out.cal.id]


# channels ----------------------------------------------------------------------------------------------


async def test_the_readers_of_a_channel_are_counted_by_its_permissions(out: Out) -> None:
    reach = await out.platform.reach(out.channel)
    assert (reach.name, reach.readers, reach.is_public, reach.outsiders) == ("repairs", 2, False, 0)
    assert reach.members == {out.fay.id, out.cal.id}
    assert reach.may_post
    assert reach.may_thread
    assert reach.may_attach


async def test_a_role_that_reads_and_admins_are_readers_too(out: Out) -> None:
    people = [out.double.world.add_person(name).id for name in ("A", "B", "Admin")]
    role = out.double.world.add_role("Board", people[:2])
    out.double.world.add_role("Admins", people[2:], ADMINISTRATOR)
    out.place.overwrites.append({"id": role.id, "type": 0, "allow": str(VIEW_CHANNEL), "deny": "0"})
    out.double.world.deny(out.place, people[0], VIEW_CHANNEL)
    assert (await out.platform.reach(out.channel)).members == {out.fay.id, out.cal.id, people[1], people[2]}


async def test_a_channel_that_everybody_may_read_is_public_and_counts_whoever_comes_later(out: Out) -> None:
    before = await out.platform.reach(out.channel)
    out.place.overwrites = []
    out.passes(minutes=2)
    out.double.world.add_person("New Person")
    now = await out.platform.reach(out.channel)
    assert now.is_public
    assert now.readers == 3
    assert now.is_wider_than(before)


async def test_a_role_that_is_let_in_makes_a_private_channel_wider_and_one_more_person_does_not(out: Out) -> None:
    before = await out.platform.reach(out.channel)
    someone = out.double.world.add_person("Someone")
    out.place.overwrites.append({"id": someone.id, "type": 1, "allow": str(VIEW_CHANNEL), "deny": "0"})
    out.passes(minutes=2)
    assert not (await out.platform.reach(out.channel)).is_wider_than(before)
    role = out.double.world.add_role("Board", [out.double.world.add_person("Boss").id])
    out.place.overwrites.append({"id": role.id, "type": 0, "allow": str(VIEW_CHANNEL), "deny": "0"})
    out.passes(minutes=2)
    assert (await out.platform.reach(out.channel)).is_wider_than(before)


async def test_a_channel_that_was_public_is_no_wider_for_a_role_that_is_named_in_it(out: Out) -> None:
    private, out.place.overwrites = out.place.overwrites, []
    before = await out.platform.reach(out.channel)
    role = out.double.world.add_role("Board", [out.fay.id])
    out.place.overwrites = [*private, {"id": role.id, "type": 0, "allow": str(VIEW_CHANNEL), "deny": "0"}]
    out.passes(minutes=2)
    assert not (await out.platform.reach(out.channel)).is_wider_than(before)


async def test_where_readers_may_not_be_listed_the_whole_server_counts_and_never_fewer(out: Out) -> None:
    out.double.world.has_members_intent = False
    reach = await out.platform.reach(out.channel)
    assert reach.may_post
    assert reach.readers == len(list(out.double.world.members()))
    assert not reach.members


@pytest.mark.parametrize(
    ("right", "named"),
    [
        (SEND_MESSAGES, "may_post"),
        (READ_MESSAGE_HISTORY, "may_post"),
        (CREATE_PUBLIC_THREADS, "may_thread"),
        (ATTACH_FILES, "may_attach"),
    ],
)
async def test_a_right_that_the_bot_lacks_there_is_seen_before_anybody_is_asked(
    out: Out, right: int, named: str
) -> None:
    out.double.world.deny(out.place, BOT, right)
    assert not getattr(await out.platform.reach(out.channel), named)


async def test_kinds_of_channels_that_carry_a_round_and_those_that_do_not(out: Out) -> None:
    may: dict[str, bool] = {}
    for name, kind in (("news", ANNOUNCEMENT), ("forum", FORUM), ("thread", PUBLIC_THREAD), ("voice", 2)):
        channel = out.double.world.add_channel(name, type=kind, parent=out.place.id if kind == PUBLIC_THREAD else "")
        address = Address(platform="discord", workspace=GUILD, channel=channel.id)
        reach = await out.platform.reach(address)
        may[name] = reach.may_post and reach.may_thread and reach.may_attach
    assert may == {"news": True, "forum": False, "thread": False, "voice": False}


async def test_a_channel_that_is_gone_or_closed_or_of_another_server_is_unreachable(out: Out) -> None:
    elsewhere = Address(platform="discord", workspace=GUILD, channel="300000000000009999")
    with pytest.raises(Unreachable) as gone:
        await out.platform.reach(elsewhere)
    assert gone.value.reason == "gone"
    out.double.world.deny(out.place, BOT, VIEW_CHANNEL)
    with pytest.raises(Unreachable) as closed:
        await out.platform.reach(out.channel)
    assert closed.value.reason == "not_member"
    foreign = Address(platform="discord", workspace="900000000000000777", channel=out.place.id)
    out.double.world.allow_again(out.place, BOT, VIEW_CHANNEL)
    out.place.overwrites = []
    with pytest.raises(Unreachable):
        await out.platform.reach(foreign)


async def test_a_role_that_grew_is_counted_within_a_minute(out: Out) -> None:
    await out.platform.reach(out.channel)
    out.passes(minutes=1, seconds=5)
    late = out.double.world.add_person("Late")
    out.place.overwrites.append({"id": late.id, "type": 1, "allow": str(VIEW_CHANNEL), "deny": "0"})
    assert (await out.platform.reach(out.channel)).readers == 3
    assert timedelta(minutes=1) < out.clock.now() - START
