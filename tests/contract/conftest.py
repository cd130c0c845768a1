"""Which suites run on which platform."""

from __future__ import annotations

import pytest

MAIN = "tests/contract/test_whole_rounds.py"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slack's two ways in differ in how events arrive, not in what is done with them: the main rounds run on both."""
    left_out = {item for item in items if "slack-http" in item.name and not item.nodeid.startswith(MAIN)}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]
