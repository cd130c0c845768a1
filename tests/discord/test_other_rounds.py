"""What happens in rounds beside the plain way, on Discord: the suites of every platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract import (
    test_asking_first,
    test_asking_to_hide,
    test_moving,
    test_pages_in_time,
    test_places_renamed,
    test_reading,
    test_receipts,
    test_waiting_reveals,
)
from tests.contract.chat import Chat
from tests.contract.team import Team
from tests.discord.discord_chat import discord
from tests.discord.suites import of_every_platform

SUITES = (
    test_asking_first,
    test_asking_to_hide,
    test_moving,
    test_pages_in_time,
    test_places_renamed,
    test_reading,
    test_receipts,
    test_waiting_reveals,
)
globals().update(of_every_platform(*SUITES))


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with discord(tmp_path) as made:
        yield made


@pytest.fixture
def team(chat: Chat) -> Team:
    return Team(chat)
