"""What the platform makes of Slack's answers: who people are, who reads a channel, where a post landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from adapters.slack.calls import Calls
from adapters.slack.files import Uploads
from adapters.slack.platform import LOOKED_UP, SlackPlatform
from adapters.slack.users import FRESH, SlackUsers
from bot.errors import Rejected
from bot.messages import MessageKind, Passage, Post, Posted, PostKey
from bot.people import Address, Standing, Why, Workspace
from bot.text import Texts
from tests.unit.couriers import StoppedClock
from tests.unit.slack_telling import Json, Telling

CHANNEL = Address(platform="slack", workspace="T1", channel="C1")
KEY = PostKey("k" * 22)
POST = Post(kind=MessageKind.PAGE, content=(Passage(text="Less walking"),))


class Slack:
    def __init__(self, enterprise: str = "", **answers: Sequence[Json]) -> None:
        self.pauses: list[float] = []
        self.clock = StoppedClock()
        self.client = Telling({_method(method): told for method, told in answers.items()})
        self.calls = Calls(self.client, self.clock)
        self.calls.workspace = Workspace(platform="slack", id="T1")
        self.people = SlackUsers(self.calls, self.clock, enterprise, pause=self.pause)
        self.platform = SlackPlatform(self.calls, self.people, Texts.load(), "U0BOT")

    async def pause(self, seconds: float) -> None:
        """Time passes."""
        self.pauses.append(seconds)
        self.clock.move(seconds)


def _method(name: str) -> str:
    """`users_info`; `usergroups_users__list`, where the second stop is the later one."""
    return name.replace("__", ".").replace("_", ".", 1)


def user(**more: Any) -> Json:
    return {"user": {"id": "U1", "name": "ann", "real_name": "Ann", "team_id": "T1", **more}}


# who people are -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_admin": True}, Standing.ADMIN),
        ({"is_owner": True}, Standing.ADMIN),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True, "is_admin": True}, Standing.GUEST),
        ({"team_id": "T2"}, Standing.GUEST),
        ({"is_stranger": True}, Standing.GUEST),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}}, Standing.MEMBER),  # of another of our teams
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2"}}, Standing.GUEST),  # their company has a Grid too
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E2", "teams": ["T2", "T1"]}}, Standing.MEMBER),
        ({"team_id": "T2", "enterprise_user": {}}, Standing.GUEST),
    ],
)
async def test_the_standing_of_whoever_pressed_is_as_slack_tells_it(
    told: Mapping[str, Any], standing: Standing
) -> None:
    slack = Slack(enterprise="E1", users_info=[user(**told)])
    assert (await slack.people.actor("U1", "ann")).standing is standing


async def test_where_we_are_on_no_grid_whoever_is_on_one_is_a_stranger() -> None:
    slack = Slack(users_info=[user(team_id="T2", enterprise_user={"enterprise_id": "E2"})])
    assert (await slack.people.one("U1")).why is Why.STRANGER


@pytest.mark.parametrize("error", ["ratelimited", "fatal_error"])
async def test_whoever_slack_cannot_tell_of_is_unknown_and_no_guest(error: str) -> None:
    slack = Slack(users_info=[{"error": error}])
    actor = await slack.people.actor("U1", "ann")
    assert (actor.standing, actor.name) == (Standing.UNKNOWN, "ann")


async def test_somebody_is_asked_for_again_when_it_is_a_while_ago() -> None:
    slack = Slack(users_info=[user(), user(deleted=True)])
    assert (await slack.people.one("U1")).why is None
    slack.clock.move(FRESH - 1)
    assert (await slack.people.one("U1")).why is None
    slack.clock.move(FRESH + 1)
    assert (await slack.people.one("U1")).why is Why.DEACTIVATED


# who reads a channel --------------------------------------------------------------------------------------------


def place(**more: Any) -> Sequence[Json]:
    return [{"channel": {"id": "C1", "name": "repairs", "is_member": True, **more}}]


def members(count: int) -> Sequence[Json]:
    return [{"members": ["U0BOT", *(f"U{n}" for n in range(1, count + 1))]}]


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ({}, (True, True, True)),
        ({"is_read_only": True}, (False, True, True)),
        ({"is_thread_only": True}, (True, False, True)),
        ({"is_archived": True}, (False, False, False)),
        ({"is_private": True, "is_member": False}, (False, False, False)),
        ({"is_member": False}, (True, True, True)),
    ],
)
async def test_what_the_bot_may_do_in_a_channel(told: Mapping[str, Any], may: tuple[bool, bool, bool]) -> None:
    slack = Slack(conversations_info=place(**told), conversations_members=members(1), users_info=[user()])
    found = await slack.platform.reach(CHANNEL)
    assert (found.may_post, found.may_thread, found.may_attach) == may


async def test_of_a_large_channel_people_are_counted_and_not_looked_up_unless_others_share_it() -> None:
    many = LOOKED_UP + 1
    of_all = user(team_id="T2")
    pages: Sequence[Json] = [{"members": []}]
    own = Slack(conversations_info=place(), conversations_members=members(many), users_info=[of_all])
    found = await own.platform.reach(CHANNEL)
    assert (found.readers, found.outsiders, own.client.asked_of("users.info")) == (many, 0, [])
    told = place(is_ext_shared=True)
    shared = Slack(conversations_info=told, conversations_members=members(many), users_list=pages, users_info=[of_all])
    found = await shared.platform.reach(CHANNEL)
    assert (found.readers, found.outsiders) == (many, many)


# where a post landed --------------------------------------------------------------------------------------------


async def test_a_post_whose_thread_is_gone_is_taken_out_of_the_channel_again() -> None:
    slack = Slack(
        conversations_join=[{}],
        chat_postMessage=[{"channel": "C1", "ts": "2.0", "message": {}}],
        chat_delete=[{}],
    )
    with pytest.raises(Rejected):
        await slack.platform.post(POST, CHANNEL, KEY, Posted(place="C1", id="1.0"))
    (deleted,) = slack.client.asked_of("chat.delete")
    assert (deleted["channel"], deleted["ts"]) == ("C1", "2.0")


async def test_all_files_of_a_report_are_removed_also_where_one_is_gone() -> None:
    shared = {"file": {"shares": {"public": {"C1": [{"ts": "2.0"}], "C2": [{"ts": "3.0"}]}}}}
    slack = Slack(files_info=[{"error": "file_deleted"}, shared], files_delete=[{"error": "file_not_found"}, {}],
                  chat_delete=[{}])  # fmt: skip
    await Uploads(calls=slack.calls, texts=Texts.load()).remove(Posted(place="C1", id="F1,F2"))
    assert [one["file"] for one in slack.client.asked_of("files.delete")] == ["F1", "F2"]
    # with the message that shared them: else "This file was deleted" would stand there
    [deleted] = slack.client.asked_of("chat.delete")
    assert (deleted["channel"], deleted["ts"]) == ("C1", "2.0")
