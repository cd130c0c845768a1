"""The results as a page of the documentation, with the machine that they were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.ratios import Finding, table

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

What `make bench` printed last. Each figure is a ratio against a floor that was measured in the same run, one right
after the other, because machines differ and are shared: the median of the pairs (of what must never be, the worst), and
the lowest and highest of them.
`--only` selects, `--write` makes this page anew.
"""


def write_down(findings: Sequence[Finding]) -> None:
    """Replaces the page."""
    PAGE.write_text(f"{HEAD}\n{_machine()}\n\n{table(findings)}\n", encoding="utf-8")


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {platform.machine()}, {os.cpu_count()} cores, "
        f"load {load:.0f} at the end of the run; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    )
