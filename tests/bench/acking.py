"""People press and send forms while a thousand voices open: how long until Slack hears that it arrived.

A press is acknowledged before anything is done; a form with words when they are stored.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
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
from bot.messages import MessageKind
from bot.people import Account, Workspace
from bot.rounds import Level, Round, RoundCode
from bot.rules.moves import GRACE
from bot.service.in_flight import InFlight
from bot.text import Texts
from tests.bench.ratios import Finding, Pair, in_seconds
from tests.bench.revealing import AHEAD, PEOPLE, everybody_replies
from tests.bench.town import CLOSE, WORDS, Town, copied, round_of, town, until, users_of
from tests.builders import DAY, HOUR

A_SECOND = 50
FORMS = 5
"""Of so many interactions one is a form with words, of another round that collects still."""

WRITERS = 500
OTHER = RoundCode("R-3333")
TIMES = 3
TARGET = 20
LONGEST = 1.0
"""Seconds that nobody may wait."""


class Answering(AsyncWebClient):
    """The Web API, which takes no time and says yes."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        asked = arguments.get("params") or {}
        user = {"id": asked.get("user", "U1"), "name": "sam", "real_name": "Sam", "team_id": "T1", "tz": "UTC"}
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
        pairs.append(Pair(measured=p99(ours.presses), floor=p99(bare.presses)))
        longest.append(Pair(measured=max(*ours.presses, *ours.forms), floor=LONGEST))
    return [
        Finding(
            what=f"Presses among {A_SECOND} interactions a second, acknowledged during a reveal of {PEOPLE:,} "
            "(99 of 100 within)",
            floor_is="bolt that only acknowledges",
            pairs=pairs,
            target=TARGET,
            shown=in_seconds,
        ),
        Finding(
            what=f"The longest of all (every {FORMS}th is a form whose words are stored first), worst of {TIMES} runs",
            floor_is="what nobody may wait",
            pairs=longest,
            target=1,
            by_worst=True,
            shown=in_seconds,
        ),
    ]


async def _evening(file: Path) -> tuple[Timed, Timed]:
    """With the bot behind it, and with nothing."""
    async with town(file, at=CLOSE - 10 * HOUR) as here:
        await here.keep(_other_round())
        await here.bot.idle()
        work = InFlight()
        ours, bare = _ours(here, work), _bare()
        here.set_clock(CLOSE + GRACE - AHEAD)
        pressing = asyncio.create_task(_pressing(ours, bare))
        await until(
            lambda: here.chat.posted[MessageKind.OPENED] == PEOPLE and here.chat.posted[MessageKind.REPORT] == 1
        )
        pressing.cancel()
        await asyncio.gather(pressing, return_exceptions=True)
        await work.finish(10)
        return ours, bare


def _other_round() -> Round:
    """Its people are on Slack."""
    accounts = [Account(platform=NAME, workspace="T1", user=user) for user in users_of(WRITERS, "W")]
    here = round_of(users_of(WRITERS, "W"), OTHER)
    seats = [replace(seat, account=account) for seat, account in zip(here.seats, accounts, strict=True)]
    return replace(here, seats=tuple(seats), closes_at=CLOSE + 2 * DAY)


class Timed:
    """Seconds until each was acknowledged."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app
        self.presses: list[float] = []
        self.forms: list[float] = []

    async def press(self, n: int) -> None:
        begun = time.perf_counter()
        is_form = n % FORMS == 0
        payload = _form(n) if is_form else _payload(n)
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        (self.forms if is_form else self.presses).append(time.perf_counter() - begun)
        assert answer.status == 200
        if is_form:
            assert json.loads(answer.body)["response_action"] == "update", answer.body


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


def _ours(here: Town, work: InFlight) -> Timed:
    return Timed(bot_app(here, work))


def bot_app(here: Town, work: InFlight) -> AsyncApp:
    """bolt with the bot behind it."""
    calls = Calls(Answering("xoxb-1"), here.clock)
    calls.workspace = Workspace(platform="slack", id="T1")
    people, texts = SlackUsers(calls, here.clock), Texts.load()
    platform = SlackPlatform(calls, people, texts, "U0BOT")
    app = bare_app()
    showing = Responder(calls, platform, people, texts, here.clock)
    Listeners(here.bot.service, platform, people, showing, here.clock, work).join(app)
    return app


def _bare() -> Timed:
    app = bare_app()

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async def update(ack: AsyncAck) -> None:
        await ack(response_action="update", view={"type": "modal"})

    app.action("coproduce:home:")(acknowledge)
    app.view(CALLBACK)(update)
    return Timed(app)


def bare_app() -> AsyncApp:
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


def _form(n: int) -> dict[str, Any]:
    """The last page of an answer."""
    written = {level.value: getattr(WORDS, level.value) for level in Level}
    view = {
        "id": f"V{n}",
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": Place(kind=FormKind.ANSWER, code=OTHER).stored(),
        "state": {"values": {box: {box: {"type": "plain_text_input", "value": text}} for box, text in written.items()}},
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": f"W{n // FORMS % WRITERS}", "username": "sam", "team_id": "T1"},
        "api_app_id": "A1",
        "trigger_id": f"{n}.{time.perf_counter()}",
        "view": view,
    }


def p99(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
