"""One round in a real workspace: real messages to real people. Skipped unless all of `NEEDED` is in the environment.

The people hear of it beforehand: each gets the question, and their answers are written for them.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.slack.calls import NAME
from adapters.slack.markup import escape
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from coproduce.config import Settings
from tests.live.real import one_round, real_bot

NEEDED = (
    "LIVE_SLACK_BOT_TOKEN",
    "LIVE_SLACK_APP_TOKEN",
    "LIVE_SLACK_CHANNEL",  # its id; of a channel for trying things out
    "LIVE_SLACK_PEOPLE",  # three user ids with commas between: an organiser who leads, a frontline worker, a citizen
)

pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in NEEDED), reason=f"a real workspace needs {', '.join(NEEDED)}"
)


async def test_one_round_in_a_real_workspace(tmp_path: Path) -> None:
    channel = os.environ["LIVE_SLACK_CHANNEL"]
    leader, frontline, citizen = (user.strip() for user in os.environ["LIVE_SLACK_PEOPLE"].split(","))
    began = datetime.now(UTC)
    async with real_bot(tmp_path, NAME, _settings(), _workspace) as (real, platform):
        written = await one_round(real, channel, leader, frontline, citizen)
        said = await _said_in(platform, channel, began)
    for words in written:
        assert said.count(escape(words)) >= 1


def _settings() -> Settings:
    section = {
        "bot_token": os.environ["LIVE_SLACK_BOT_TOKEN"],
        "app_token": os.environ["LIVE_SLACK_APP_TOKEN"],
        "api_url": os.environ.get("LIVE_SLACK_API_URL", SlackSettings().api_url),
    }
    return Settings(slack=SlackSettings.model_validate(section))


async def _workspace(platform: SlackPlatform) -> str:
    return platform._calls.workspace.id


async def _said_in(platform: SlackPlatform, channel: str, since: datetime) -> str:
    """Everything that stands there, threads included, as Slack gives it back."""
    calls = platform._calls
    told = await calls.call("conversations_history", channel=channel, oldest=f"{since.timestamp():.6f}", limit=100)
    said: list[str] = []
    for message in told["messages"]:
        thread = await calls.call("conversations_replies", channel=channel, ts=message["ts"], limit=200)
        said += [str(reply.get("text")) for reply in thread["messages"]]
    return "\n".join(said)
