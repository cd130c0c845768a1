"""One browser for each worker of the tests, a context for each test, and what no page may do."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.chromium import chromium, pytest_runtest_makereport
from tests.browser.states import DESKTOP, State
from tests.browser.watching import Watch
from tests.browser.world import ARABIC, ENGLISH, World, world

__all__ = ["pytest_runtest_makereport"]

HERE = Path(__file__).parent

LONGEST_WAIT = 10_000  # ms, of a machine that has much else to do

NewContext = Callable[..., Awaitable[BrowserContext]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser lives in one event loop: all tests here share it."""
    for item in items:
        if HERE in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
def state() -> State:
    """How somebody looks at the page. Set by `@states`."""
    return DESKTOP


@pytest_asyncio.fixture(loop_scope="session")
async def watch() -> AsyncIterator[Watch]:
    """Fails the test for what no page may do."""
    watch = Watch()
    yield watch
    assert not watch.complaints, "\n".join(watch.complaints)


@pytest_asyncio.fixture(loop_scope="session")
async def new_context(browser: Browser, state: State, watch: Watch) -> AsyncIterator[NewContext]:
    """Browsers of several people, each with nothing of another's."""
    made: list[BrowserContext] = []

    async def new(**more: Any) -> BrowserContext:
        context = await browser.new_context(**{**state.browser, **more})
        made.append(context)
        context.set_default_timeout(LONGEST_WAIT)
        await watch.over(context)
        return context

    yield new
    for context in made:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(new_context: NewContext) -> BrowserContext:
    return await new_context()


@pytest_asyncio.fixture(loop_scope="session")
async def tab(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest_asyncio.fixture(loop_scope="session", name="world")
async def _world(tmp_path: Path, state: State) -> AsyncIterator[World]:
    """A round's people, the bot, and its page."""
    async with world(tmp_path, ARABIC if state.is_rtl else ENGLISH) as found:
        yield found


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., Awaitable[Path | None]]:
    """Takes a picture for somebody to look at, where `COPRODUCE_PICTURES` names a folder for them."""

    async def take(tab: Page, name: str = "") -> Path | None:
        if not (folder := os.environ.get("COPRODUCE_PICTURES")):
            return None
        words = re.sub(r"[^\w-]+", "-", f"{request.node.name} {name}").strip("-")
        path = Path(folder) / f"{words}.png"
        await tab.screenshot(path=path, animations="disabled")
        return path

    return take
