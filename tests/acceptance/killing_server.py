"""The warm parent as a program: `python -m tests.acceptance.killing_server`. One JSON line asks, JSON lines answer.

First it says what it counted in a round in which nobody died; then it says how each run ended that it is asked for.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.acceptance.killing import CHAPTERS, Lost, Parent
from tests.acceptance.killing_asked import answer, say
from tests.acceptance.killing_crossings import READS, Moment, is_another, moments
from tests.acceptance.killing_story import THREE

Case = tuple[int, Moment]
"""A chapter, and the moment of it at which the bot dies."""


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

    def kill(self, share: int, of: int) -> Iterator[dict[str, Any]]:
        for chapter, moment in self._kills():
            if _share((chapter, moment), of) == share:
                run = self._parent.run(chapter, moment)
                yield {
                    "case": f"chapter {chapter}, {moment}",
                    "call": moment.call,
                    "was_reached": bool(run.deaths),
                    "problems": run.problems,
                }

    def lose(self, first: int, *, is_done: bool) -> Iterator[dict[str, Any]]:
        """In a whole round, the answer to every other call of the chat that posts."""
        run = self._parent.run(0, lost=Lost(first=first, is_done=is_done))
        yield {"lost": run.lost, "problems": run.problems}

    def close(self) -> None:
        self._parent.close()

    def _kills(self) -> Iterator[Case]:
        """Each moment, once; and one before each method that only reads, lest we be wrong about what it does."""
        seen: set[str] = set()
        for chapter in CHAPTERS:
            counts = self._counts[chapter]
            yield from ((chapter, moment) for moment in moments(counts, leave_out=is_another))
            new = (READS & counts.keys()) - seen
            yield from ((chapter, Moment(call=call, nth=1, is_after=False)) for call in sorted(new))
            seen |= new


def _share(case: Case, of: int) -> int:
    """Worked out from the moment itself: parents that counted a little differently share out alike."""
    return zlib.crc32(f"{case[0]} {case[1]}".encode()) % of


def main() -> None:
    server = Server()
    say(server.counted())
    try:
        answer(lambda asked: server.kill(**asked["kill"]) if "kill" in asked else server.lose(**asked["lose"]))
    finally:
        server.close()


if __name__ == "__main__":
    main()
