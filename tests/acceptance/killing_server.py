"""The warm parent as a program: `python -m tests.acceptance.killing_server`. One JSON line asks, JSON lines answer.

First it says what it counted in a round in which nobody died; then, for each share it is asked for, how each run ended.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.acceptance.killing import CHAPTERS, Lost, Parent
from tests.acceptance.killing_crossings import Moment, moments
from tests.acceptance.killing_story import THREE

Case = tuple[int, Moment | Lost]
"""A chapter, and what goes wrong in it."""


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

    def losses(self, share: int, of: int) -> Iterator[dict[str, Any]]:
        yield from (self._ended(case) for case in self._losses() if _share(case, of) == share)

    def close(self) -> None:
        self._parent.close()

    def _kills(self) -> Iterator[Case]:
        for chapter in CHAPTERS:
            yield from ((chapter, moment) for moment in moments(self._counts[chapter]))

    def _losses(self) -> Iterator[Case]:
        for chapter in CHAPTERS:
            for op, kind, count in _calls_of_the_chat(self._counts[chapter]):
                for nth in range(1, count + 1):
                    yield from ((chapter, Lost(op=op, nth=nth, is_done=done, kind=kind)) for done in (True, False))

    def _ended(self, case: Case) -> dict[str, Any]:
        chapter, wrong = case
        if isinstance(wrong, Moment):
            run = self._parent.run(chapter, wrong)
            was_reached = bool(run.deaths)
        else:
            run = self._parent.run(chapter, lost=wrong)
            was_reached = run.was_lost
        return {"case": f"chapter {chapter}, {wrong}", "was_reached": was_reached, "problems": run.problems}


def _calls_of_the_chat(counts: Mapping[str, int]) -> Iterator[tuple[str, str | None, int]]:
    """Those that make something stand there: each with the kind of message where it matters, and how many there are."""
    steps = counts.get("platform.attach", 0)  # each file is uploaded, and all are shared in the last step
    yield "post", None, counts.get("platform.post", 0)
    yield "upload", None, max(steps - 1, 0)
    yield "share", None, min(steps, 1)
    yield "edit", "headline_done", counts.get("platform.amend", 0)


def _share(case: Case, of: int) -> int:
    """Worked out from the moment itself: parents that counted a little differently share out alike."""
    return zlib.crc32(f"{case[0]} {case[1]}".encode()) % of


def main() -> None:
    server = Server()
    _say(server.counted())
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            for ended in server.kills(**asked["kills"]) if "kills" in asked else server.losses(**asked["losses"]):
                _say(ended)
            _say({})
    finally:
        server.close()


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
