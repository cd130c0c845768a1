"""Looking people up within the tiers of Slack's Web API: in pages, in turn, and on from where a limit was met."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.groups import MISSED_AFTER
from adapters.slack.platform import LOOKED_UP
from adapters.slack.users import AT_ONCE, FEW, FOR_WAITING, PAGE, WORTH
from bot.errors import Later
from bot.people import Standing, Why
from tests.unit.slack_telling import Json, Telling
from tests.unit.test_slack_platform import CHANNEL, Slack, user


def person(n: int, **more: Any) -> Json:
    told: Json = user(id=f"U{n}", real_name=f"Person {n}", **more)["user"]
    return told


class Directory(Telling):
    """A workspace of `size` people who are known by number. `limited`: methods whose next call meets a 429."""

    def __init__(self, size: int, **more: Sequence[Json]) -> None:
        super().__init__({method.replace("_", ".", 1): told for method, told in more.items()})
        self.people = {f"U{n}": person(n) for n in range(size)}
        self.limited: dict[str, int] = {}  # method -> after how many calls
        self.retry_after = 30.0
        self.heard = asyncio.Event()
        self.gates: dict[str, asyncio.Event] = {}  # user -> until when Slack does not answer

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        args: Json = {}
        for how in ("params", "data", "json"):
            args |= arguments.get(how) or {}
        if api_method not in ("users.info", "users.list"):
            return await super().api_call(api_method, **arguments)
        self.asked.append((api_method, args))
        self.heard.set()
        if gate := self.gates.get(args.get("user", "")):
            await gate.wait()
        if self._is_limited(api_method):
            raise SlackApiError("limited", self._answer({"error": "ratelimited"}, 429))  # type: ignore[no-untyped-call]
        if api_method == "users.info":
            found = self.people.get(args["user"])
            if found is None:
                raise SlackApiError("refused", self._answer({"error": "user_not_found"}))  # type: ignore[no-untyped-call]
            return self._answer({"user": found})
        begin, size = int(args.get("cursor") or 0), int(args["limit"])
        rest = begin + size < len(self.people)
        page = list(self.people.values())[begin : begin + size]
        return self._answer({"members": page, "response_metadata": {"next_cursor": str(begin + size) if rest else ""}})

    def _is_limited(self, method: str) -> bool:
        if method not in self.limited:
            return False
        self.limited[method] -= 1
        if self.limited[method] >= 0:
            return False
        del self.limited[method]
        return True

    def _answer(self, data: Mapping[str, Any], status: int = 200) -> AsyncSlackResponse:
        headers = {"Retry-After": str(self.retry_after)} if status == 429 else {}
        told = {"ok": "error" not in data, **data}
        return AsyncSlackResponse(
            client=self, http_verb="GET", api_url="", req_args={}, data=told, headers=headers, status_code=status
        )

    async def hears(self, calls: int) -> None:
        """Returns when so many people were asked for."""
        while self.count("users.info") < calls:
            self.heard.clear()
            await self.heard.wait()

    def count(self, method: str) -> int:
        return len(self.asked_of(method))


def slack_of(size: int, **more: Sequence[Json]) -> tuple[Slack, Directory]:
    slack = Slack()
    directory = Directory(size, **more)
    slack.calls.client = directory
    return slack, directory


def ids(count: int, first: int = 0) -> list[str]:
    return [f"U{n}" for n in range(first, first + count)]


# in pages -------------------------------------------------------------------------------------------------------


async def test_a_few_people_are_asked_for_one_by_one() -> None:
    slack, directory = slack_of(5_000)
    assert len((await slack.people.cast(ids(FEW))).found) == FEW
    assert (directory.count("users.info"), directory.count("users.list")) == (FEW, 0)


async def test_many_people_are_found_on_pages_and_not_one_by_one() -> None:
    slack, directory = slack_of(900)
    found = (await slack.people.cast(ids(97))).found
    assert [members[0].name for members in found.values()] == [f"Person {n}" for n in range(97)]
    assert (directory.count("users.info"), directory.count("users.list")) == (0, 1)
    assert directory.asked_of("users.list")[0]["limit"] == PAGE


async def test_no_more_pages_are_read_than_asking_one_by_one_would_cost() -> None:
    slack, directory = slack_of(40_000)
    assert len((await slack.people.cast(ids(WORTH * 2, first=39_000))).found) == WORTH * 2
    assert (directory.count("users.list"), directory.count("users.info")) == (2, WORTH * 2)


async def test_a_channel_of_five_thousand_that_another_organisation_shares_is_looked_up_in_pages() -> None:
    shared = {"channel": {"id": "C1", "name": "repairs", "is_member": True, "is_ext_shared": True}}
    theirs = [f"UX{n}" for n in range(1_000)]
    members = [{"members": [*ids(4_000), *theirs]}]
    slack, directory = slack_of(4_000, conversations_info=[shared], conversations_members=members)
    reach = await slack.platform.reach(CHANNEL)
    assert (reach.readers, reach.outsiders) == (5_000, 1_000)
    assert directory.count("users.list") == 4
    assert directory.count("users.info") <= LOOKED_UP


async def test_closed_accounts_bots_and_guests_are_told_apart_on_pages_too() -> None:
    slack, directory = slack_of(20)
    directory.people |= {
        "U1": person(1, deleted=True),
        "U2": person(2, is_bot=True),
        "U3": person(3, team_id="T2"),
        "U4": person(4, is_admin=True),
    }
    cast = await slack.people.cast(ids(20))
    assert {one.ref: one.why for one in cast.missing} == {"U1": Why.DEACTIVATED, "U2": Why.BOT, "U3": Why.STRANGER}
    assert cast.found["U4"][0].standing is Standing.ADMIN
    assert [one.account and one.account.user for one in cast.missing] == ["U1", "U2", "U3"]


# a limit is met -------------------------------------------------------------------------------------------------


async def test_after_a_limit_on_users_info_only_the_rest_is_asked_for() -> None:
    slack, directory = slack_of(40_000)
    directory.limited["users.info"] = 4
    wanted = ids(12, first=39_000)
    with pytest.raises(Later) as later:
        await slack.people.cast(wanted)
    assert later.value.after == directory.retry_after
    slack.clock.move(directory.retry_after)
    before = directory.count("users.info")
    assert len((await slack.people.cast(wanted)).found) == 12
    assert directory.count("users.info") - before <= 12 - 4


async def test_after_a_limit_on_users_list_the_next_page_follows_the_last() -> None:
    slack, directory = slack_of(5_000)
    directory.limited["users.list"] = 3
    with pytest.raises(Later):
        await slack.people.cast(ids(5_000))
    slack.clock.move(directory.retry_after)
    assert len((await slack.people.cast(ids(5_000))).found) == 5_000
    assert [one.get("cursor") or "0" for one in directory.asked_of("users.list")] == [
        "0",
        "1000",
        "2000",
        "3000",
        "3000",
        "4000",
    ]


async def test_somebody_who_waits_waits_for_a_short_limit_too() -> None:
    slack, directory = slack_of(3)
    directory.limited["users.info"] = 0
    directory.retry_after = 0.5
    assert (await slack.people.actor("U1", "ann")).standing is Standing.MEMBER
    assert slack.pauses == [0.5]


async def test_somebody_known_before_keeps_their_standing_while_slack_does_not_tell() -> None:
    slack, directory = slack_of(3)
    directory.people["U1"]["is_admin"] = True
    await slack.people.actor("U1", "ann")
    slack.clock.move(100_000)
    directory.limited["users.info"] = 0
    assert (await slack.people.actor("U1", "ann")).standing is Standing.ADMIN


# in turn --------------------------------------------------------------------------------------------------------


async def test_whoever_waits_in_front_of_a_form_goes_before_a_preview() -> None:
    slack, directory = slack_of(40_000)
    crowd = ids(60, first=39_000)
    gate = asyncio.Event()
    directory.gates = dict.fromkeys(crowd, gate)
    preview = asyncio.create_task(slack.people.cast(crowd))
    await directory.hears(AT_ONCE - FOR_WAITING)
    on_no_page = "U38000"
    assert (await slack.people.actor(on_no_page, "ann")).standing is Standing.MEMBER  # while every other call hangs
    gate.set()
    assert len((await preview).found) == 60


async def test_two_who_wait_for_the_same_person_share_one_call() -> None:
    slack, directory = slack_of(3)
    found = await asyncio.gather(slack.people.actor("U1", "ann"), slack.people.actor("U1", "ann"))
    assert {one.name for one in found} == {"Person 1"}
    assert directory.count("users.info") == 1


async def test_a_look_up_that_was_not_waited_for_is_taken_up_by_the_next_who_asks() -> None:
    slack, directory = slack_of(3)
    gate = directory.gates["U1"] = asyncio.Event()
    assert (await slack.people.actor("U1", "ann", patience=0.01)).standing is Standing.UNKNOWN
    gate.set()
    assert (await slack.people.actor("U1", "ann")).standing is Standing.MEMBER
    assert directory.count("users.info") == 1


# as it is now ---------------------------------------------------------------------------------------------------


async def test_what_was_learned_before_does_not_count_where_it_is_asked_anew() -> None:
    slack, directory = slack_of(30)
    await slack.people.cast(ids(3))
    slack.clock.move(60)
    directory.people["U1"]["deleted"] = True
    assert not (await slack.people.cast(ids(3))).missing
    assert [one.ref for one in (await slack.people.cast(ids(3), since=slack.clock.now())).missing] == ["U1"]


async def test_pages_that_were_read_before_do_not_count_where_it_is_asked_anew() -> None:
    slack, directory = slack_of(30)
    await slack.people.cast(ids(20))
    slack.clock.move(60)
    directory.people["U1"]["deleted"] = True
    since = slack.clock.now()
    slack.clock.move(1)
    assert [one.ref for one in (await slack.people.cast(ids(20), since=since)).missing] == ["U1"]
    assert (directory.count("users.list"), directory.count("users.info")) == (2, 0)


# user groups ----------------------------------------------------------------------------------------------------


def listing(*names: str) -> Json:
    return {"usergroups": [{"id": f"S{name.upper()}", "name": name} for name in names]}


async def test_a_new_user_group_is_found_where_the_list_lacks_it() -> None:
    slack = Slack(usergroups_list=[listing("care"), listing("care", "night")])
    groups = slack.people.groups
    assert "SNIGHT" not in await groups.names()
    slack.clock.move(MISSED_AFTER)
    assert (await groups.names(lambda names: "SNIGHT" in names))["SNIGHT"] == "night"


async def test_a_name_that_no_group_has_is_not_looked_for_at_every_letter() -> None:
    slack = Slack(usergroups_list=[listing("care")])
    slack.clock.move(1)
    for _ in range(20):
        await slack.people.groups.names(lambda names: False)
    assert len(slack.client.asked_of("usergroups.list")) == 1


async def test_a_group_that_is_gone_is_named_as_no_person() -> None:
    slack = Slack(usergroups_users__list=[{"error": "no_such_subteam"}], usergroups_list=[listing("old")])
    (gone,) = (await slack.people.cast(["SOLD"])).missing
    assert (gone.name, gone.why, gone.account) == ("old", Why.UNKNOWN, None)
