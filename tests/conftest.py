"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="all of what `make test` takes a sample of")


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: no collection needs to look through them again."""
    gc.collect()
    gc.freeze()
