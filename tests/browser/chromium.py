"""The browser of these tests: Debian's Chromium, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # which is small where a test runs in a container
    # what is not this machine has no address: nothing leaves it, whatever a page asks for
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

MISSING = (
    "No browser for these tests: install Debian's chromium, fonts-liberation and fonts-dejavu-core "
    "(`make test` does so as root), or name a browser in COPRODUCE_TEST_CHROMIUM."
)


@cache
def found() -> str | None:
    """Where it stands. `COPRODUCE_TEST_CHROMIUM` comes first."""
    named = os.environ.get("COPRODUCE_TEST_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def needed() -> str:
    """Where it stands. Without one the test is skipped; in CI, which installs it, it fails."""
    path = found()
    if path is None and os.environ.get("COPRODUCE_TEST_BROWSER") == "required":
        pytest.fail(MISSING, pytrace=False)
    if path is None:
        pytest.skip(MISSING)
    return path


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running one, with an empty profile, in this event loop."""
    path = needed()
    as_root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*QUIET, *as_root])
        try:
            yield browser
        finally:
            await browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """One place for all tests that are skipped for want of a browser: so it is told in one line. For a conftest."""
    report = yield
    if call.excinfo is not None and call.excinfo.errisinstance(pytest.skip.Exception) and MISSING in str(call.excinfo):
        report.longrepr = (str(Path(__file__)), 0, f"Skipped: {MISSING}")
    return report
