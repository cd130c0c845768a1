"""One round in a real workspace: real messages to real people. Skipped unless all of `NEEDED` is in the environment.

The people hear of it beforehand: each gets the question, and their answers are written for them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.slack.calls import NAME
from adapters.slack.markup import escape
from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import SlackWorkspace
from bot import acts
from bot.acts import Actor, Outcome, Said, ShowForm
from bot.people import Account, Standing
from bot.rounds import ActId, Answers, RoundCode
from bot.settings import DeliverySettings, RoundSettings
from bot.setups import Fields
from bot.text import Texts
from coproduce.app import Bot, open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from storage.settings import StorageSettings

NEEDED = (
    "LIVE_SLACK_BOT_TOKEN",
    "LIVE_SLACK_APP_TOKEN",
    "LIVE_SLACK_CHANNEL",  # its id; of a channel for trying things out
    "LIVE_SLACK_PEOPLE",  # three user ids with commas between: an organiser who leads, a frontline worker, a citizen
)

pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in NEEDED), reason=f"a real workspace needs {', '.join(NEEDED)}"
)

OPEN_FOR = timedelta(seconds=90)
NASTY = "<!here> & <https://example.org|a link> *not bold* :tada: @channel"


class Workspace:
    """Acts as Slack would bring them, and the bot that takes them."""

    def __init__(self, slack: SlackWorkspace, bot: Bot) -> None:
        self.slack = slack
        self._bot = bot
        self._presses = 0

    async def do(self, kind: type[acts.Act], user: str, **what: Any) -> Outcome:
        self._presses += 1
        now = datetime.now(UTC)
        account = Account(platform=NAME, workspace=self.slack.platform._calls.workspace.id, user=user)
        actor = Actor(account=account, name=user, standing=Standing.ADMIN)
        id = ActId(f"live:{now.timestamp()}:{self._presses}")
        return await self._bot.service.do(kind(id=id, actor=actor, at=now, **what))

    async def until_idle(self) -> None:
        await self._bot.idle()

    async def until(self, at: datetime) -> None:
        await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), 0))
        await self._bot.idle()


@asynccontextmanager
async def workspace(folder: Path) -> AsyncIterator[Workspace]:
    texts, clock = Texts.load(), SystemClock()
    bot_token, app_token = (SecretStr(os.environ[name]) for name in NEEDED[:2])
    api_url = os.environ.get("LIVE_SLACK_API_URL", SlackSettings().api_url)
    slack = SlackWorkspace(SlackSettings(bot_token=bot_token, app_token=app_token, api_url=api_url), texts, clock)
    storage = StorageSettings(url=f"sqlite:///{folder / 'live.db'}", key_file=folder / "live.key")
    rounds = RoundSettings(shortest=timedelta(seconds=1), quiet_hours=None, remind=(), late_for=timedelta(seconds=1))
    kept = await open_storage(Settings(storage=storage, rounds=rounds))
    platform = await slack.enter()
    bot = Bot(kept, {NAME: platform}, clock, texts, rounds=rounds, delivery=DeliverySettings())
    await bot.start()
    await slack.listen(bot.service)
    try:
        yield Workspace(slack, bot)
    finally:
        await slack.stop()
        await bot.stop()
        await slack.leave()
        await kept.close()


async def test_one_round_in_a_real_workspace(tmp_path: Path) -> None:
    channel = os.environ["LIVE_SLACK_CHANNEL"]
    leader, frontline, citizen = (user.strip() for user in os.environ["LIVE_SLACK_PEOPLE"].split(","))
    began = datetime.now(UTC)
    async with workspace(tmp_path) as real:
        shown = await real.do(acts.New, leader, service="coproduce: a live trial", channel=channel)
        assert isinstance(shown, ShowForm)
        code, closes_at = shown.form.code, began + OPEN_FOR
        await _set_up(real, leader, code, {"leaders": leader, "frontline": frontline, "citizens": citizen}, closes_at)
        await real.do(acts.OpenRound, leader, code=code)
        await real.until_idle()
        for user in (leader, frontline, citizen):
            held = await real.do(acts.Write, user, code=code, answers=Answers(personal=f"{user}: {NASTY}"))
            assert isinstance(held, Said)
            assert held.receipt
        await real.until(closes_at + timedelta(seconds=10))
        said = await _said_in(real, channel, began)
        for user in (leader, frontline, citizen):
            assert said.count(escape(f"{user}: {NASTY}")) >= 1


async def _set_up(real: Workspace, user: str, code: RoundCode, people: dict[str, str], closes_at: datetime) -> None:
    pages: dict[str, Fields] = {
        "what": {
            "service": ("coproduce: a live trial",),
            "proposal": (f"To see whether it works. {NASTY}",),
            "stage": ("design",),
        },
        "who": {group: (person,) for group, person in people.items()},
        "when": {
            "channel": (os.environ["LIVE_SLACK_CHANNEL"],),
            "closes_at": (closes_at.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "attribution": ("group",),
        },
    }
    for page, fields in pages.items():
        await real.do(acts.SaveSetup, user, code=code, page=page, fields=fields)
    await real.do(acts.Preview, user, code=code)
    await real.until_idle()


async def _said_in(real: Workspace, channel: str, since: datetime) -> str:
    """Everything that stands there, threads included, as Slack gives it back."""
    calls = real.slack.platform._calls
    told = await calls.call("conversations_history", channel=channel, oldest=f"{since.timestamp():.6f}", limit=100)
    said: list[str] = []
    for message in told["messages"]:
        thread = await calls.call("conversations_replies", channel=channel, ts=message["ts"], limit=200)
        said += [str(reply.get("text")) for reply in thread["messages"]]
    return "\n".join(said)
