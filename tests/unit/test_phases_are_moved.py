"""No phase is written but by the table of moves: what a program can see of that in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOORS = ("bot/rules/moves.py", "storage/rounds/moving.py")
"""Where a phase is written, after the table was asked."""

WRITERS = ("replace", "values")
"""`replace(round_, phase=…)`, `update(…).values(phase=…)`."""

IN_SQL = re.compile(r"\bSET\b[^;]*\bphase\s*=", re.IGNORECASE)


def writes(source: str) -> list[int]:
    """Lines that write a phase by themselves."""
    return sorted(set(_writes(ast.parse(source))))


def _writes(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in WRITERS and any(word.arg == "phase" for word in node.keywords):
                yield node.lineno
            if name in WRITERS and any(_has_phase(word.value) for word in node.keywords if word.arg is None):
                yield node.lineno
            if name in WRITERS and any(_has_phase(given) for given in node.args):
                yield node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_SQL.search(node.value):
            yield node.lineno


def _has_phase(value: ast.expr) -> bool:
    keys = value.keys if isinstance(value, ast.Dict) else []
    return any(isinstance(key, ast.Constant) and key.value == "phase" for key in keys)


def test_no_phase_is_written_without_the_table_of_moves() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("bot", "storage", "adapters", "coproduce")
        for path in (ROOT / room).rglob("*.py")
        if str(path.relative_to(ROOT)) not in DOORS and "migrations" not in path.parts
        for line in writes(path.read_text(encoding="utf-8"))
    }
    assert not found, "these write a phase: let `moves.move` or `moving` do it"


@pytest.mark.parametrize(
    "line",
    [
        "replace(round_, phase=Phase.CLOSED, closed_at=now)",
        "update(t.round_).where(x).values(phase=Phase.CANCELLED, due_at=None)",
        "update(t.round_).values({'phase': 'closed'})",
        "update(t.round_).values(**{'phase': 'closed'})",
        "text('UPDATE round SET due_at = NULL, phase = 1')",
    ],
)
def test_each_way_to_write_one_by_hand_is_seen(line: str) -> None:
    assert writes(line) == [1]


def test_what_reads_a_phase_is_let_be() -> None:
    assert writes("Closed(phase=header.phase.value); line('x', phase=1); Header(phase=row.phase)") == []
