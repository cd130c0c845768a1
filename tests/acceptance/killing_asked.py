"""Asks a warm parent, which runs as a program of its own, because a process that forks must have no threads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[2]


def say(told: Mapping[str, Any]) -> None:
    """In the parent."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def answer(answers: Callable[[dict[str, Any]], Iterable[Mapping[str, Any]]]) -> None:
    """In the parent: whatever is asked, until nobody asks any more."""
    for line in sys.stdin:
        for told in answers(json.loads(line)):
            say(told)
        say({})


class Asked:
    """A warm parent as a program, and what it answers: JSON lines; an empty object ends an answer."""

    def __init__(self, module: str) -> None:
        words = [sys.executable, "-m", module]
        self._process = subprocess.Popen(words, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.counted = self._line()

    def ask(self, **what: Any) -> list[dict[str, Any]]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return list(iter(self._line, {}))

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the parent ended with {self._process.wait()}"
        told: dict[str, Any] = json.loads(line)
        return told
