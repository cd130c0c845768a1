"""One round in a real server: real messages to real people. Skipped unless all of `NEEDED` is in the environment.

It needs a server for trying things out, with the bot in it (`docs/discord.md`, up to `coproduce check`), a text channel
that the bot and the three people see, and people who hear of it beforehand: each gets the question as a private
message, and their answers are written for them. Ids: in Discord's settings, Advanced, switch on Developer Mode; then
right-click a channel or a person, and Copy ID. It takes two minutes, and leaves the answers in the channel.

A bot with the same token must not run meanwhile: both would get every press.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import discord
import pytest

from adapters.discord.calls import NAME
from adapters.discord.markup import escape
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from coproduce.config import Settings
from tests.live.real import one_round, real_bot

NEEDED = (
    "LIVE_DISCORD_TOKEN",
    "LIVE_DISCORD_CHANNEL",  # its id
    "LIVE_DISCORD_PEOPLE",  # three user ids with commas between: an organiser who leads, a frontline worker, a citizen
)

pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in NEEDED), reason=f"a real server needs {', '.join(NEEDED)}"
)


async def test_one_round_in_a_real_server(tmp_path: Path) -> None:
    channel = os.environ["LIVE_DISCORD_CHANNEL"]
    leader, frontline, citizen = (user.strip() for user in os.environ["LIVE_DISCORD_PEOPLE"].split(","))
    began = datetime.now(UTC)
    async with real_bot(tmp_path, NAME, _settings(), _server) as (real, platform):
        written = await one_round(real, channel, leader, frontline, citizen)
        said = await _said_in(platform, channel, began)
    for words in written:
        assert said.count(escape(words)) >= 1


def _settings() -> Settings:
    section = {
        "token": os.environ["LIVE_DISCORD_TOKEN"],
        "api_url": os.environ.get("LIVE_DISCORD_API_URL", DiscordSettings().api_url),
    }
    return Settings(discord=DiscordSettings.model_validate(section))


async def _server(platform: DiscordPlatform) -> str:
    """Of the channel."""
    told = await platform._calls.mapping("GET", "/channels/{channel_id}", channel_id=os.environ["LIVE_DISCORD_CHANNEL"])
    return str(told["guild_id"])


async def _said_in(platform: DiscordPlatform, channel: str, since: datetime) -> str:
    """Everything that stands there, threads included, as Discord gives it back."""
    calls, after = platform._calls, str(discord.utils.time_snowflake(since))
    said: list[str] = []
    async for message in calls.history(channel, after):
        said.append(str(message["content"]))
        if message.get("thread"):
            said += [str(reply["content"]) async for reply in calls.history(str(message["thread"]["id"]), after)]
    return "\n".join(said)
