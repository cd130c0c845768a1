"""Every platform as a `Chat`, by the parameter of a test; and what of the suites cannot happen on one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.contract.chat import Chat
from tests.contract.playground_chat import playground
from tests.discord.discord_chat import discord
from tests.slack.slack_chat import slack

PLATFORMS: Sequence[str] = ("playground", "slack-socket", "slack-http", "discord")
"""Slack by each of its ways in."""

_CANNOT_HAPPEN: Mapping[str, Mapping[str, str]] = {
    "discord": {
        "test_words_begun_and_never_sealed_bring_one_private_nudge": "closing a form tells the bot nothing",
        "test_changes_begun_and_not_sealed_bring_one_private_word_before_the_close": (
            "closing a form tells the bot nothing"
        ),
        "test_what_was_begun_in_time_is_there_still_when_the_rest_comes_just_after_the_deadline": "a form has one page",
        "test_behind_an_archived_channel_nothing_opens_and_everybody_hears_why": "no channel of Discord is archived",
        "test_a_guest_cannot_start_a_round": "Discord has no guests",
    }
}


@asynccontextmanager
async def chat_of(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Chat]:
    """On the platform that is the fixture's parameter."""
    platform, _, way_in = request.param.partition("-")
    if reason := _CANNOT_HAPPEN.get(platform, {}).get(request.node.originalname):
        pytest.skip(reason)
    async with _made(platform, way_in, folder) as chat:
        yield chat


def _made(platform: str, way_in: str, folder: Path) -> AbstractAsyncContextManager[Chat]:
    match platform:
        case "playground":
            return playground(folder)
        case "slack":
            return slack(folder, way_in)
        case _:
            return discord(folder)
