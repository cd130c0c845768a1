"""Somebody whom the platform did not tell of in time is unknown, and no guest: they are asked to press again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import New, OpenRound, Outcome, Refused, Said, Share, ShowForm, Status
from bot.commands import pressed
from bot.people import Cast, Member, Standing
from bot.rounds import ActId
from bot.service import doing
from bot.settings import RoundSettings
from tests.builders import account, actor
from tests.unit.slack_telling import Json
from tests.unit.test_slack_responder import Slack
from tests.world import World, key_of, memory_stores

UNKNOWN: dict[str, Any] = {"actor": {"standing": Standing.UNKNOWN}}
ADMIN: dict[str, Any] = {"actor": {"standing": Standing.ADMIN}}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    stores, _ = memory_stores()
    made = World(stores, RoundSettings(largest=3))
    await made.start()
    yield made
    await made.crash()


def again(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    (button,) = outcome.controls
    return button.id


async def test_who_is_unknown_presses_again_and_what_was_typed_is_still_there(world: World) -> None:
    outcome = await world.do(New, "olga", service="Repairs: online.", **UNKNOWN)
    assert key_of(outcome) == "refused.unknown_actor"
    act = pressed(again(outcome), id=ActId("again"), actor=actor("olga"), at=world.clock.now())
    assert isinstance(act, New)
    assert act.service == "Repairs: online."
    assert isinstance(await world.service.do(act), ShowForm)


async def test_a_name_too_long_for_a_button_is_not_squeezed_into_one(world: World) -> None:
    outcome = await world.do(New, "olga", service="n" * 2_000, **UNKNOWN)
    assert again(outcome) == "coproduce:new:"


async def test_a_guest_cannot_start_a_round_and_presses_nothing_again(world: World) -> None:
    outcome = await world.do(New, "olga", actor={"standing": Standing.GUEST})
    assert (key_of(outcome), isinstance(outcome, Refused) and outcome.controls) == ("refused.guest", ())


async def test_who_is_unknown_may_do_all_that_needs_no_standing(world: World) -> None:
    code = await world.draft()
    assert isinstance(await world.do(Status, "olga", code=code, **UNKNOWN), Said)


async def test_a_large_round_is_opened_by_an_admin_and_by_nobody_unknown(world: World) -> None:
    code = await world.draft()
    assert key_of(await world.press(OpenRound, "olga", code=code)) == "refused.too_many"
    outcome = await world.press(OpenRound, "olga", code=code, **UNKNOWN)
    assert (key_of(outcome), again(outcome)) == ("refused.unknown_actor", f"coproduce:open:{code}")
    assert key_of(await world.press(OpenRound, "olga", code=code, **ADMIN)) == "said.opening"


async def test_a_round_is_shared_with_nobody_of_whom_nothing_is_known(world: World) -> None:
    code = await world.draft()
    zoe = Member(account=account("zoe"), name="Zoe", standing=Standing.UNKNOWN)
    outcome = await world.do(Share, "olga", code=code, person="zoe", cast=Cast(found={"zoe": (zoe,)}))
    assert key_of(outcome) == "refused.unknown_person"
    assert key_of(await world.do(Share, "olga", code=code, person="zoe")) == "refused.unknown_person"


# in Slack -------------------------------------------------------------------------------------------------------


def told(**more: Any) -> Json:
    return {"user": {"id": "U1", "real_name": "Ann", "team_id": "T1", **more}}


ERROR: Json = {"error": "fatal_error"}


@pytest.mark.parametrize(
    ("text", "standing", "calls"), [("new Repairs", Standing.MEMBER, 2), ("status R-7F3K", Standing.UNKNOWN, 1)]
)
async def test_who_could_not_be_looked_up_is_looked_up_again_where_it_matters(
    text: str, standing: Standing, calls: int
) -> None:
    slack = Slack(users_info=[ERROR, told()], views_open=[{"view": {"id": "V1"}}], views_update=[{}])
    body = {"trigger_id": "t", "user_id": "U1", "user_name": "ann", "text": text, "channel_id": "C1"}

    async def ack() -> None: ...

    await slack.listeners.command(ack, body)  # type: ignore[arg-type]
    await slack.work.finish(timedelta(seconds=5).total_seconds())
    (act,) = slack.acts
    assert act.actor.standing is standing
    assert len(slack.client.asked_of("users.info")) == calls


async def test_people_named_in_a_command_of_whom_slack_does_not_tell_are_no_strangers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doing, "CAST_WITHIN", 0.2)
    slack = Slack(users_info=[told(), ERROR], chat_postMessage=[{"channel": "D1", "ts": "1"}])
    body = {"trigger_id": "t", "user_id": "U1", "text": "add R-7F3K citizens <@U2>"}

    async def ack() -> None: ...

    await slack.listeners.command(ack, body)  # type: ignore[arg-type]
    await slack.work.finish(5)
    (act,) = slack.acts
    assert act.cast is None  # type: ignore[attr-defined]
