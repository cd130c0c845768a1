"""Slack: interactions go through bolt as Slack's sockets deliver them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.calls import NAME, Calls
from adapters.slack.listeners import Listeners
from adapters.slack.modals import CALLBACK, Place
from adapters.slack.platform import SlackPlatform
from adapters.slack.responder import Responder
from adapters.slack.users import SlackUsers
from adapters.slack.workspace import BOLT_LOG, authorized
from bot.acts import FormKind
from bot.answers import Level
from bot.people import Account, Workspace
from bot.rounds import RoundCode
from bot.service.in_flight import InFlight
from bot.text import Texts
from tests.bench.platforms import Hands
from tests.bench.town import WORDS, Town

LEVELS = tuple(Level)


class Answering(AsyncWebClient):
    """The Web API, which takes no time and says yes."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        asked = arguments.get("params") or {}
        user = {"id": asked.get("user", "U1"), "name": "sam", "real_name": "Sam", "team_id": "T1", "tz": "UTC"}
        data = {"ok": True, "user": user, "view": {"id": "V1"}, "ts": "1.0", "channel": "C1"}
        return AsyncSlackResponse(
            client=self, http_verb="POST", api_url=api_method, req_args={}, data=data, headers={}, status_code=200
        )


class OnSlack:
    """`Measured`."""

    title, sdk = "Slack", "bolt"
    pace = SlackPlatform.pace
    steps = len(LEVELS)

    def accounts(self, count: int) -> Sequence[Account]:
        return [Account(platform=NAME, workspace="T1", user=f"A{n}") for n in range(count)]

    @asynccontextmanager
    async def ours(self, here: Town, code: RoundCode) -> AsyncIterator[Hands]:
        calls, work = Calls(Answering("xoxb-1"), here.clock), InFlight()
        calls.workspace = Workspace(platform=NAME, id="T1")
        people, texts = SlackUsers(calls, here.clock), Texts.load()
        platform = SlackPlatform(calls, people, texts, "U0BOT")
        app = _app()
        showing = Responder(calls, platform, people, texts, here.clock)
        Listeners(here.bot.service, platform, people, showing, here.clock, work).join(app)
        yield Through(app, code)
        await work.finish(10)

    @asynccontextmanager
    async def bare(self, keep: Callable[[], object]) -> AsyncIterator[Hands]:
        app = _app()

        async def acknowledge(ack: AsyncAck) -> None:
            await ack()

        async def update(ack: AsyncAck) -> None:
            keep()
            await ack(response_action="update", view={"type": "modal"})

        app.action("coproduce:home:")(acknowledge)
        app.view(CALLBACK)(update)
        yield Through(app, RoundCode("R-1111"))


class Through:
    """People whose interactions reach this app."""

    def __init__(self, app: AsyncApp, code: RoundCode) -> None:
        self._app = app
        self._code = code

    async def press(self, n: int) -> None:
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=_press(n)))
        assert answer.status == 200

    async def send(self, n: int, step: int) -> None:
        body = _page(n, step, self._code)
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        assert answer.status == 200
        assert json.loads(answer.body)["response_action"] == "update", answer.body


def _app() -> AsyncApp:
    """bolt with nothing behind it."""
    BOLT_LOG.setLevel(logging.WARNING)
    return AsyncApp(
        name="bench",
        logger=BOLT_LOG,
        client=Answering(),
        authorize=authorized("T1", "U0BOT", "B1", "xoxb-1"),
        signing_secret="s",
        process_before_response=True,
    )


def _press(n: int) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "username": "sam", "team_id": "T1"},
        "api_app_id": "A1",
        "container": {"type": "view"},
        "view": {"id": "V1", "type": "home"},
        "trigger_id": f"{n}.{time.perf_counter()}",
        "actions": [{"type": "button", "action_id": "coproduce:home:", "block_id": "b", "action_ts": f"{n}"}],
    }


def _page(n: int, step: int, code: RoundCode) -> dict[str, Any]:
    box = LEVELS[step].value
    place = Place(kind=FormKind.ANSWER, code=code, step=step, steps=len(LEVELS))
    view = {
        "id": f"V{n}",
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": place.stored(),
        "blocks": [{"type": "input", "block_id": box}],
        "state": {"values": {box: {box: {"type": "plain_text_input", "value": getattr(WORDS, box)}}}},
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": f"A{n}", "username": "sam", "team_id": "T1"},
        "api_app_id": "A1",
        "trigger_id": f"{n}.{step}.{time.perf_counter()}",
        "view": view,
    }
