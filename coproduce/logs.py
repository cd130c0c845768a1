"""Logs: one line an event on standard error, with ids and never content."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict
from structlog.typing import Processor

# At DEBUG, and some at INFO, these print whole payloads, requests or bound values: people's words.
HELD_AT_WARNING = (
    "aiohttp",
    "alembic",
    "apscheduler",
    "asyncio",
    "discord",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy",
)


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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in HELD_AT_WARNING:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def quieter(settings: LogSettings) -> LogSettings:
    """For somebody who watches a terminal: only what they must know, unless they set it otherwise."""
    return LogSettings.model_validate(
        {"level": "warning", "format": "console", **settings.model_dump(exclude_unset=True)}
    )


def _rendering(settings: LogSettings) -> list[Processor]:
    """Never a renderer that shows local variables: in a frame of ours they may hold words."""
    if settings.format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    colours = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
