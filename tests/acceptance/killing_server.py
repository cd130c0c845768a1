"""The warm parent as a program: `python -m tests.acceptance.killing_server`. One JSON line asks, JSON lines answer.

First it says what it counted in a round in which nobody died; then, for each share it is asked for, how each run ended.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.acceptance.killing import CHAPTERS, Lost, Parent
from tests.acceptance.killing_crossings import Moment, moments
from tests.acceptance.killing_story import THREE

Case = tuple[int, Moment | Lost]
"""A chapter, and what goes wrong in it."""

CALLS_THAT_POST = ("platform.post", "platform.attach")


class Server:
    def __init__(self) -> None:
        self._parent = Parent(THREE)
        dry = list(self._parent.dry())
        self._counts = [run.counts for run in dry]
        self._problems = [problem for run in dry for problem in run.problems]

    def counted(self) -> dict[str, Any]:
        total: Counter[str] = Counter()
        for counts in self._counts:
            total.update(counts)
        return {"calls": total, "kills": len(list(self._kills())), "problems": self._problems}

    def kills(self, share: int, of: int) -> Iterator[dict[str, Any]]:
        yield from (self._ended(case) for case in self._kills() if _share(case, of) == share)

    def losses(self) -> Iterator[dict[str, Any]]:
        yield from (self._ended(case) for case in self._losses())

    def close(self) -> None:
        self._parent.close()

    def _kills(self) -> Iterator[Case]:
        for chapter in CHAPTERS:
            yield from ((chapter, moment) for moment in moments(self._counts[chapter]))

    def _losses(self) -> Iterator[Case]:
        for chapter in CHAPTERS:
            for op, count in _posts(self._counts[chapter]).items():
                for nth in range(1, count + 1):
                    yield from ((chapter, Lost(op=op, nth=nth, is_done=is_done)) for is_done in (True, False))

    def _ended(self, case: Case) -> dict[str, Any]:
        chapter, wrong = case
        match wrong:
            case Moment():
                run = self._parent.run(chapter, wrong)
                was_reached = bool(run.deaths)
            case Lost():
                run = self._parent.run(chapter, lost=wrong)
                was_reached = run.was_lost
        return {"case": f"chapter {chapter}, {wrong}", "was_reached": was_reached, "problems": run.problems}


def _posts(counts: Any) -> dict[str, int]:
    """Calls of the chat that make something stand there, and the edit that completes the headline."""
    return {"post": counts.get("platform.post", 0), "share": counts.get("platform.attach", 0) // 3}


def _share(case: Case, of: int) -> int:
    """Worked out from the moment itself: parents that counted a little differently share out alike."""
    return zlib.crc32(f"{case[0]} {case[1]}".encode()) % of


def main() -> None:
    server = Server()
    _say(server.counted())
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            for ended in server.kills(**asked["kills"]) if "kills" in asked else server.losses():
                _say(ended)
            _say({})
    finally:
        server.close()


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
