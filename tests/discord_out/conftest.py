from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discord_out.outbound import Out, outbound


@pytest.fixture
async def out() -> AsyncIterator[Out]:
    async with outbound() as made:
        yield made
