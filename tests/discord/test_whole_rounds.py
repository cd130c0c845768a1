"""Whole rounds on Discord: the suite that runs on every platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.chat import Chat
from tests.contract.test_whole_rounds import *  # noqa: F403
from tests.contract.test_whole_rounds_live import *  # noqa: F403
from tests.contract.test_whole_rounds_removed import *  # noqa: F403
from tests.discord.discord_chat import discord


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with discord(tmp_path) as made:
        yield made
