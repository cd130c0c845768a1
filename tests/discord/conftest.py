"""A server in which the bot runs, and those who take part in its rounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.team import Team
from tests.discord.discord_chat import DiscordChat, discord


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[DiscordChat]:
    async with discord(tmp_path) as made:
        yield made


@pytest.fixture
def team(chat: DiscordChat) -> Team:
    return Team(chat)
