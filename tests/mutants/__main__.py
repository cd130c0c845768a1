"""`python -m tests.mutants [--seed N] [--sample N] [--within FOLDER]`: small faults made in the core; which are seen?

mutmut makes the faults and runs the quick tests (`[tool.mutmut]` in pyproject.toml). What is here chooses a sample,
shows each survivor to those that read the source (the type checker, the catalogue's tests), and prints the figure.
Everything happens in a copy of the project.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.faults import Fault, all_faults, make_all

ROOT = Path(__file__).parents[2]
TARGET = 0.95
SPINNER = frozenset("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Small faults: which are seen?")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--sample", type=int, default=60, help="how many faults")
    parser.add_argument("--within", default="", help="only faults in this folder or file: bot/rules")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="coproduce-mutants-") as folder:
        _copy_project(Path(folder))
        os.chdir(folder)
        make_all()
        names = all_faults(asked.within)
        sample = sorted(random.Random(asked.seed).sample(names, min(asked.sample, len(names))))
        print(f"{len(names)} faults can be made; trying {len(sample)} of them (seed {asked.seed})", flush=True)
        _mutmut("run", "--max-children", str(os.cpu_count() or 1), *sample)
        return _report([Fault.tried(name) for name in sample])


def _copy_project(folder: Path) -> None:
    """What would be committed."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _mutmut(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "mutmut", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stdout.replace("\r", "\n").splitlines()
        told = [line for line in said[:-1] if line and not SPINNER & set(line)]
        sys.exit("\n".join([*told[-100:], *said[-1:], done.stderr, f"mutmut ended with {done.returncode}"]))


def _report(faults: Sequence[Fault]) -> int:
    """Prints the figure and the survivors; 1 where fewer are seen than the target."""
    by_tests = [fault for fault in faults if fault.is_seen_by_tests]
    too_long = sum(fault.status == "timeout" for fault in by_tests)
    left = [fault for fault in faults if not fault.is_seen_by_tests]
    unseen = [fault for fault in left if not fault.is_seen_in_the_source(ROOT / ".mypy_cache")]
    for fault in unseen:
        print(f"\n{fault.place}  {fault.status}  ({fault.name})\n{fault.diff}")
    seen = len(faults) - len(unseen)
    print(
        f"\n{seen} of {len(faults)} are seen: {seen / len(faults):.0%} ({len(by_tests)} by tests, {too_long} of these "
        f"by taking too long; {len(left) - len(unseen)} by what reads the source)"
    )
    return 0 if seen >= TARGET * len(faults) else 1


if __name__ == "__main__":
    sys.exit(main())
