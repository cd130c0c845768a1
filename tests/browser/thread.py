"""A browser beside a test: in a thread and an event loop of its own.

So what people see can be asked while the test itself waits for nothing, and one browser serves all tests of a worker,
each of which has an event loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from playwright.async_api import Browser

from tests.browser.chromium import chromium, needed

T = TypeVar("T")

PATIENCE = 60.0  # seconds


class BrowserThread:
    browser: Browser

    def start(self) -> None:
        """Skips the test where there is no browser."""
        needed()
        self._started: threading.Event = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True, name="browser")
        self._thread.start()
        assert self._started.wait(PATIENCE), "the browser did not start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE)

    def now(self, doing: Coroutine[Any, Any, T]) -> T:
        """Does it there, and waits for it: the test's own loop stands still."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(PATIENCE)

    async def do(self, doing: Coroutine[Any, Any, T]) -> T:
        """Does it there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(doing, self._loop))

    async def _live(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        async with chromium() as self.browser:
            self._started.set()
            await self._end.wait()
