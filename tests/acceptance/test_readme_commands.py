"""What the README tells a newcomer to type does what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ".venv/bin/coproduce"

NOT_HERE = {
    "make play": "make play",  # it would install once more; what it runs is tested below
    f"{PROGRAM} run": "run needs a workspace",
}
"""Commands of the README that no test can run as they stand."""

EXITS = {f"{PROGRAM} check": 1}
"""A newcomer has no token yet: that is said. All others exit 0."""


def _commands(page: str) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in lines]


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "coproduce"] if command.startswith(PROGRAM) else []
    words += shlex.split(command)[1 if words else 0 :]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPRODUCE_")}
    return subprocess.run(
        words, cwd=folder, env={**clean, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=150
    )


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    """A folder with what a clone has and the README speaks of."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "config.example.toml", tmp_path)
    return tmp_path


def test_the_readme_names_commands() -> None:
    assert {"make play", "cp config.example.toml config.toml", f"{PROGRAM} check"} <= set(_commands("README.md"))


def test_every_command_of_the_readme_works(newcomer: Path) -> None:
    for command in _commands("README.md"):
        if command not in NOT_HERE:
            done = _run(command, newcomer)
            assert done.returncode == EXITS.get(command, 0), f"{command}: {done.stdout}{done.stderr}"


def test_make_play_opens_the_playground() -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # `make test` runs this
    words = ["make", "--no-print-directory", "--dry-run", "play"]
    recipe = subprocess.run(words, cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    assert recipe.splitlines()[-1].strip() == f"{PROGRAM} play"


@pytest.mark.parametrize(
    "command", ["play", "run", "check", "migrate", "export", "erase", "key", "key new", "key rotate"]
)
def test_each_command_teaches_its_use(command: str, newcomer: Path) -> None:
    done = _run(f"{PROGRAM} {command} --help", newcomer)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_every_page_that_the_readme_leads_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
