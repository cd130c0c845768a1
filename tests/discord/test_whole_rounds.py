"""Whole rounds on Discord: the suite that runs on every platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract import test_whole_rounds, test_whole_rounds_live, test_whole_rounds_removed
from tests.contract.chat import Chat
from tests.contract.team import Team
from tests.discord.discord_chat import discord
from tests.discord.suites import of_every_platform

globals().update(of_every_platform(test_whole_rounds, test_whole_rounds_live, test_whole_rounds_removed))


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with discord(tmp_path) as made:
        yield made


@pytest.fixture
def team(chat: Chat) -> Team:
    return Team(chat)
