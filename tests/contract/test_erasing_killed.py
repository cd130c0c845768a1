"""Erasing somebody is all or nothing: wherever it is killed, started again it leaves no trace of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_an_erasure_killed_at_any_statement_and_started_again_leaves_no_trace(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "tests.contract.killing_erasures", str(tmp_path)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    statements, moments = map(int, done.stdout.split())
    assert statements > 15, "it was killed nowhere"
    assert moments > 5, "whenever it was killed it left the same"
