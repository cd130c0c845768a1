"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-way", action="store_true", help="all the main rounds on Slack's second way in, too")


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: no collection needs to look through them again."""
    gc.collect()
    gc.freeze()
