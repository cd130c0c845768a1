"""Which suites run on which platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import pytest_runtest_makereport
from tests.browser.thread import BrowserThread
from tests.contract.platforms import ON_THE_PAGE

__all__ = ["pytest_runtest_makereport"]

MAIN = "tests/contract/test_whole_rounds.py"


@pytest.fixture(scope="session")
def browser_thread() -> Iterator[BrowserThread]:
    """One for each worker of the tests."""
    browser = BrowserThread()
    browser.start()
    yield browser
    browser.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slack's two ways in differ in how events arrive, not in what is done with them: the main rounds run on both.

    In a browser those run that are listed.
    """
    left_out = {item for item in items if _is_left_out(item)}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


def _is_left_out(item: pytest.Item) -> bool:
    if "slack-http" in item.name:
        return not item.nodeid.startswith(MAIN)
    if isinstance(item, pytest.Function) and "[page" in item.name:
        return item.originalname not in ON_THE_PAGE
    return False
