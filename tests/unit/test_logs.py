"""What logs do with what repeats, and with signs that act on a terminal."""

from __future__ import annotations

import io
import logging

import pytest
import structlog

from coproduce import logs
from coproduce.logs import BURST, MINUTE, LogSettings, Repeats
from coproduce.terminal import inert
from tests.logs_as_before import logs_as_before

ESCAPES = "Ann\x1b[31m red \u202e txet"


def record(event: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("coproduce.web", level, "", 0, event, None, None)


class Now:
    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_what_repeats_is_counted_and_told_once_a_minute() -> None:
    now = Now()
    repeats = Repeats(now)
    passed = [repeats.filter(record({"event": "too_many_connections"})) for _ in range(1_000)]
    assert sum(passed) == BURST
    now.at = MINUTE
    told = record({"event": "too_many_connections"})
    assert repeats.filter(told)
    assert told.msg == {"event": "too_many_connections", "repeated": 1_000 - BURST}


def test_another_event_is_not_held_back_and_nor_is_what_is_ordinary() -> None:
    repeats = Repeats(Now())
    assert not all(repeats.filter(record("one")) for _ in range(BURST + 1))
    assert repeats.filter(record("two"))
    assert all(repeats.filter(record("ready", logging.INFO)) for _ in range(BURST * 2))


@pytest.mark.parametrize("format_", ["json", "console"])
def test_no_line_of_the_log_acts_on_a_terminal(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    with logs_as_before():
        logs.start(LogSettings.model_validate({"format": format_}))
        structlog.get_logger("coproduce").warning("stuck", reason=ESCAPES)
        logging.getLogger("slack").warning("stuck", extra={"reason": ESCAPES})
    written = out.getvalue()
    assert written.count("stuck") == 2
    assert "\x1b" not in written
    assert "\u202e" not in written


def test_text_for_a_terminal_keeps_its_lines_and_shows_what_would_act() -> None:
    assert inert("a\tb\nc") == "a\tb\nc"
    assert inert(ESCAPES) == "Ann\u241b[31m red \\u202e txet"
    assert inert("\x9b1m\x7f") == "\ufffd1m\u2421"
