from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.page.stage import Stage, staged


@pytest_asyncio.fixture(loop_scope="module")
async def own_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """For a test that breaks something, or counts everything."""
    async with staged(tmp_path) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One for all tests of a file: it takes a second to make."""
    async with staged(tmp_path_factory.mktemp("page")) as stage:
        yield stage
