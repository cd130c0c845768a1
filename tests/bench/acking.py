"""People press while a thousand voices open: how long until Slack hears that it arrived."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.calls import Calls
from adapters.slack.listeners import Listeners
from adapters.slack.people import People
from adapters.slack.platform import SlackPlatform
from adapters.slack.showing import Showing
from adapters.slack.work import Work
from adapters.slack.workspace import BOLT_LOG, authorized
from bot.messages import MessageKind
from bot.people import Workspace
from bot.rules.moves import GRACE
from bot.text import Texts
from tests.bench.ratios import Finding, Pair, in_seconds
from tests.bench.revealing import AHEAD, PEOPLE, everybody_replies
from tests.bench.town import CLOSE, Town, copied, town, until
from tests.builders import HOUR

A_SECOND = 50
TIMES = 3
TARGET = 20
LONGEST = 1.0
"""Seconds that nobody may wait."""


class Answering(AsyncWebClient):
    """The Web API, which takes no time and says yes."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        user = {"id": "U1", "name": "sam", "real_name": "Sam", "team_id": "T1", "tz": "UTC", "locale": "en-GB"}
        data = {"ok": True, "user": user, "view": {"id": "V1"}, "ts": "1.0", "channel": "C1"}
        return AsyncSlackResponse(
            client=self, http_verb="POST", api_url=api_method, req_args={}, data=data, headers={}, status_code=200
        )


async def acking(folder: Path) -> list[Finding]:
    before = folder / "before.db"
    await everybody_replies(before)
    pairs, longest = [], []
    for n in range(TIMES):
        ours, bare = await _evening(copied(before, f"acks-{n}.db"))
        pairs.append(Pair(measured=_p99(ours), floor=_p99(bare)))
        longest.append(Pair(measured=max(ours), floor=LONGEST))
    return [
        Finding(
            what=f"{A_SECOND} presses a second acknowledged during a reveal of {PEOPLE:,} (99 of 100 within)",
            floor_is="bolt that only acknowledges",
            pairs=pairs,
            target=TARGET,
            shown=in_seconds,
        ),
        Finding(
            what="The longest of these",
            floor_is="what nobody may wait",
            pairs=longest,
            target=1,
            shown=in_seconds,
        ),
    ]


async def _evening(file: Path) -> tuple[list[float], list[float]]:
    """Seconds until each press was acknowledged: with the bot behind it, and with nothing."""
    async with town(file, at=CLOSE - 10 * HOUR) as here:
        await here.bot.idle()
        work = Work()
        ours, bare = _ours(here, work), _bare()
        here.set_clock(CLOSE + GRACE - AHEAD)
        pressing = asyncio.create_task(_pressing(ours, bare))
        await until(
            lambda: here.chat.posted[MessageKind.OPENED] == PEOPLE and here.chat.posted[MessageKind.REPORT] == 1
        )
        pressing.cancel()
        await asyncio.gather(pressing, return_exceptions=True)
        await work.finish(10)
        return ours.seconds, bare.seconds


class Timed:
    def __init__(self, app: AsyncApp) -> None:
        self._app = app
        self.seconds: list[float] = []

    async def press(self, n: int) -> None:
        begun = time.perf_counter()
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=_payload(n)))
        self.seconds.append(time.perf_counter() - begun)
        assert answer.status == 200


async def _pressing(ours: Timed, bare: Timed) -> None:
    """At their times, whether the one before has been answered or not."""
    begun = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    n = 0
    try:
        while True:
            tasks += [asyncio.create_task(bare.press(n)), asyncio.create_task(ours.press(n))]
            n += 1
            await asyncio.sleep(max(begun + n / A_SECOND - time.perf_counter(), 0))
    finally:
        await asyncio.gather(*tasks)


def _ours(here: Town, work: Work) -> Timed:
    calls = Calls(Answering("xoxb-1"), here.clock)
    calls.workspace = Workspace(platform="slack", id="T1")
    people, texts = People(calls, here.clock), Texts.load()
    platform = SlackPlatform(calls, people, texts, "U0BOT")
    app = _app()
    showing = Showing(calls, platform, people, texts, here.clock)
    Listeners(here.bot.service, platform, people, showing, here.clock, work).join(app)
    return Timed(app)


def _bare() -> Timed:
    app = _app()

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    app.action("coproduce:home:")(acknowledge)
    return Timed(app)


def _app() -> AsyncApp:
    BOLT_LOG.setLevel(logging.WARNING)
    return AsyncApp(
        name="bench",
        logger=BOLT_LOG,
        client=Answering(),
        authorize=authorized("T1", "U0BOT", "B1", "xoxb-1"),
        signing_secret="s",
        process_before_response=True,
    )


def _payload(n: int) -> dict[str, Any]:
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


def _p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
