"""A test that starts the log puts back what it changed: loggers belong to the whole process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from coproduce import logs


@contextmanager
def logs_as_before(*more: str) -> Iterator[None]:
    """`more`: loggers whose level the test changes itself."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in ("", *logs.OURS, *more)}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        structlog.reset_defaults()
