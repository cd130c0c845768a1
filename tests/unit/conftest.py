"""What many tests of the engine begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.world import World, memory_stores


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """The engine over stores in memory, started."""
    made = World(memory_stores()[0])
    await made.start()
    yield made
    await made.crash()
