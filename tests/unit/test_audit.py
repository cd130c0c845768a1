"""What `make check` says of faults that are known in libraries, and what it says where nobody can tell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULT = {"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
FAULTY = {"name": "faulty", "version": "1.0", "vulns": [FAULT]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found"}


def audited(folder: Path, says: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    stand_in = folder / "pip-audit"
    stand_in.write_text(f"#!{sys.executable}\nimport sys\nprint({says!r})\nsys.exit({code})\n")
    stand_in.chmod(0o755)
    call = [sys.executable, str(ROOT / ".ci/audit.py"), str(stand_in), "requirements.lock"]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)


def found(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_fault_fails_the_check_and_names_the_release_that_mends_it(tmp_path: Path) -> None:
    done = audited(tmp_path, found(SOUND, FAULTY), code=1)
    assert done.returncode == 1
    assert "faulty 1.0: PYSEC-1 (mended in: 1.1)" in done.stderr


def test_libraries_without_a_known_fault_pass_and_those_nobody_knows_are_counted(tmp_path: Path) -> None:
    done = audited(tmp_path, found(SOUND, SOUND, UNKNOWN))
    assert done.returncode == 0
    assert "0 known faults in 2 of 3 packages" in done.stdout


@pytest.mark.parametrize("says", ["", "requests.exceptions.ConnectionError: …", "[]", found(UNKNOWN, UNKNOWN)])
def test_where_the_database_cannot_be_reached_it_is_skipped_and_said_so(says: str, tmp_path: Path) -> None:
    done = audited(tmp_path, says, code=1)
    assert done.returncode == 0
    assert "skipped" in done.stdout


def test_where_pip_audit_is_missing_it_is_skipped_and_said_so(tmp_path: Path) -> None:
    call = [sys.executable, str(ROOT / ".ci/audit.py"), str(tmp_path / "none"), "requirements.lock"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "skipped" in done.stdout
