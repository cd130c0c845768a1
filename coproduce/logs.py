"""Logs: one line an event on standard error, with ids and never content."""

from __future__ import annotations

import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict
from structlog.typing import EventDict, Processor

from coproduce.terminal import inert, one_line

MINUTE = 60.0
BURST = 20
"""Lines of one event in a minute, before the rest is only counted."""

REMEMBERED = 1_000
"""Different events whose repetitions are counted."""

TRACES = ("exception", "stack")
"""Fields that are more than one line."""

OURS = ("adapters", "bot", "coproduce", "storage")
"""The loggers that follow the configured level. Those of libraries stay at WARNING or above: at DEBUG, some at INFO,
they print whole payloads, requests or bound values, which are people's words."""


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class LogSettings(BaseModel):
    """The section `[log]` of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Literal["json", "console"] = "json"


def start(settings: LogSettings) -> None:
    """Send structlog and the standard library's loggers through one renderer. May be called again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    handler.addFilter(Repeats())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(max(logging.WARNING, level))
    for name in OURS:
        logging.getLogger(name).setLevel(level)


def quieter(settings: LogSettings) -> LogSettings:
    """Console format at WARNING, unless the configuration says otherwise: for somebody who watches a terminal."""
    return LogSettings.model_validate(
        {"level": "warning", "format": "console", **settings.model_dump(exclude_unset=True)}
    )


def _rendering(settings: LogSettings) -> list[Processor]:
    """Never renders local variables of a traceback: they may hold people's words."""
    if settings.format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    colours = sys.stderr.isatty()
    console = structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
    # a traceback becomes text first: its last line is an exception's message, which acts like any other text
    return [structlog.processors.format_exc_info, _made_inert, console]


def _made_inert(logger: object, method: str, event: EventDict) -> EventDict:
    """A name in a log line must not act on the terminal that shows it, nor end the line. JSON escapes by itself."""
    return {one_line(name): _inert_value(name, value) for name, value in event.items()}


def _inert_value(name: str, value: object) -> object:
    if isinstance(value, str):
        return inert(value) if name in TRACES else one_line(value)
    # what a library's `repr` does with the text inside is its own affair
    return value if value is None or isinstance(value, bool | int | float) else one_line(repr(value))


class Repeats(logging.Filter):
    """Lets through what repeats at WARNING or above `BURST` times a minute; then one line a minute that says how often.

    A full disk or a flood of connections would else fill the disk with the log.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], _Run] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        now, key = self._clock(), (record.name, _event_of(record))
        run = self._seen.get(key)
        if run is None or now - run.since >= MINUTE:
            self._seen[key] = _Run(since=now)
            self._seen.move_to_end(key)
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            if run is not None and run.held:
                _add(record, repeated=run.held)
            return True
        run.passed += 1
        if run.passed <= BURST:
            return True
        run.held += 1
        return False


@dataclass(slots=True, kw_only=True)
class _Run:
    since: float
    passed: int = 1
    held: int = 0


def _event_of(record: logging.LogRecord) -> str:
    return str(record.msg.get("event")) if isinstance(record.msg, dict) else str(record.msg)


def _add(record: logging.LogRecord, **facts: int) -> None:
    if isinstance(record.msg, dict):
        record.msg.update(facts)
    else:
        record.__dict__.update(facts)
