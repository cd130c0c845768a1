"""Nothing that a platform says of people and places is believed unchecked: a round can be made of whatever it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.acts import New, OpenRound, Said, Snooze
from bot.people import Member, Missing, Reach, Why
from tests.builders import account, actor
from tests.fakes import MemoryReplies
from tests.unit.test_slack_platform import CHANNEL, Slack, user
from tests.world import World, key_of, memory_stores

ODD: Any = {"odd": 1}

ZONES = [
    (None, None),
    ("Europe/London", "Europe/London"),
    ("Mars/Olympus", None),
    ("", None),
    ("../../etc/passwd", None),
    (3, None),
    (ODD, None),
]
LOCALES = [
    (None, None),
    ("en-GB", "en-GB"),
    ("en_US", "en_US"),
    ("tlh-QO", None),
    ("", None),
    ("-", None),
    (["en"], None),
    ("en/../..", None),
]
NAMES = [
    ("Ann", "Ann"),
    ("", "u1"),
    ("   ", "u1"),
    ("\u200b\u200d", "u1"),
    ("\x00\x07", "u1"),
    (None, "u1"),
    (7, "u1"),
    ("Ann\nBob", "Ann Bob"),
    ("Ann\u2028Bob", "Ann Bob"),
    ("\u202eAnn", "Ann"),
    ("A\ud800nn", "A nn"),
    ("n" * 500, "n" * 79 + "…"),
    ("می\u200cخواهم", "می\u200cخواهم"),
]


@pytest.mark.parametrize(("said", "kept"), ZONES)
def test_a_time_zone_that_our_tables_do_not_know_is_none(said: Any, kept: str | None) -> None:
    assert Member(account=account("u1"), name="Ann", tz=said).tz == kept
    assert actor("u1", tz=said).tz == kept


@pytest.mark.parametrize(("said", "kept"), LOCALES)
def test_a_locale_that_has_no_catalogue_is_none(said: Any, kept: str | None) -> None:
    assert Member(account=account("u1"), name="Ann", locale=said).locale == kept
    assert actor("u1", locale=said).locale == kept


@pytest.mark.parametrize(("said", "kept"), NAMES)
def test_a_name_is_one_line_that_can_be_seen(said: Any, kept: str) -> None:
    assert Member(account=account("u1"), name=said).name == kept
    assert actor("u1", name=said).name == kept
    assert Missing(ref="u1", name=said, why=Why.UNKNOWN).name == kept


@pytest.mark.parametrize(("said", "kept"), [(12, 12), (-3, 0), (None, 0), ("12", 0), (True, 0)])
def test_a_count_is_never_less_than_nothing(said: Any, kept: int) -> None:
    reach = Reach(name="repairs\n", readers=said, outsiders=said)
    assert (reach.name, reach.readers, reach.outsiders) == ("repairs", kept, kept)


@pytest.mark.parametrize(
    "more",
    [
        {"tz": "Mars/Olympus", "locale": "xx-XX"},
        {"tz": 3, "locale": 4, "real_name": 5, "name": None},
        {"profile": "none", "real_name": ""},
        {"profile": None, "team_id": None, "enterprise_user": "none"},
        {"id": None},
    ],
)
async def test_somebody_of_whom_slack_says_odd_things_can_be_asked_all_the_same(more: dict[str, Any]) -> None:
    slack = Slack(users_info=[user(**more)])
    known = await slack.people.one("U1")
    assert known.member.account.user == "U1"
    assert known.member.name
    assert (known.member.tz, known.member.locale, known.why) == (None, None, None)


@pytest.mark.parametrize("answer", [{}, {"user": None}, {"user": "U1"}])
async def test_somebody_of_whom_slack_says_nothing_is_not_known(answer: dict[str, Any]) -> None:
    slack = Slack(users_info=[answer])
    assert (await slack.people.one("U1")).why is Why.UNKNOWN


async def test_a_channel_of_which_slack_says_odd_things_is_looked_up_all_the_same() -> None:
    odd = {"channel": {"id": "C1", "name": None, "is_member": True}}
    slack = Slack(conversations_info=[odd], conversations_members=[{"members": None}])
    assert (await slack.platform.reach(CHANNEL)).name == "C1"


async def test_a_round_can_be_set_up_opened_and_put_off_by_somebody_in_an_unheard_of_zone() -> None:
    stores, store = memory_stores()
    world = World(stores)
    world.replies = MemoryReplies(store)  # type: ignore[attr-defined]
    nowhere: dict[str, Any] = {"tz": "Mars/Olympus", "locale": "xx"}
    world.platform.members["cal"] = Member(account=account("cal"), name="Cal", **nowhere)
    await world.start()
    assert key_of(await world.press(New, "olga", service="Repairs", actor=nowhere)) == "form"
    code = await world.draft(time_zone=world.settings.time_zone)
    assert isinstance(await world.press(OpenRound, "olga", code=code, actor=nowhere), Said)
    seat = (await world.round_(code)).seat_of(account("cal"))
    assert seat is not None
    assert (seat.tz, seat.locale) == (None, None)
    world.clock.set(world.clock.now() + timedelta(minutes=5))
    assert isinstance(await world.press(Snooze, "cal", code=code, choice="tomorrow", actor=nowhere), Said)
    await world.crash()
