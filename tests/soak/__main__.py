"""Rounds of nine people whose bot is killed at random moments, up to three times a round: `python -m tests.soak`.

As in the suite's kill at every step, but every round is lived from its beginning, with deeds drawn by lot; and any call
that crosses a port may be the last, those that only read too. No time is waited for. The seed is printed: the same seed
draws the same deeds and the same moments.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from tests.acceptance.killing import Parent, Run
from tests.acceptance.killing_crossings import Moment, moments
from tests.acceptance.killing_story import LENGTH, MINUTE, NUDGED, REMINDED, Deed, Story, What

GROUPS = {
    "citizens": ("Cal Dunn", "Cara Vane", "Cleo Ash"),
    "frontline": ("Fay Hall", "Finn Ode", "Flo Webb", "Fred Low"),
    "leaders": ("Lea Ross", "Leo Kent"),
}

RUNS_OF_A_STORY = 20
DEATHS = (1, 1, 1, 2, 3)
"""Of the bot, in one round; one of them is drawn."""

COURSES: tuple[tuple[What, ...], ...] = (
    (What.SEAL,),
    (What.SEAL, What.SEAL),
    (What.DRAFT, What.SEAL),
    (What.DRAFT,),
    (What.SEAL, What.WITHDRAW),
    (What.SEAL, What.WITHDRAW, What.SEAL),
    (What.DECLINE,),
    (What.SEAL, What.DECLINE),
    (What.DECLINE, What.SEAL),
    (),
)
"""What one person may do before the deadline."""

MOMENTS = (
    MINUTE,
    timedelta(hours=5),
    LENGTH - REMINDED - MINUTE,
    LENGTH - REMINDED + MINUTE,
    LENGTH - NUDGED - MINUTE,
    LENGTH - NUDGED + MINUTE,
    LENGTH - 20 * MINUTE,
    LENGTH - timedelta(seconds=20),
)
"""When: around everything that the clock does."""


@dataclass(slots=True)
class Tally:
    runs: int = 0
    deaths: int = 0
    wrong: list[str] = field(default_factory=list)
    killed_at: Counter[str] = field(default_factory=Counter)

    def add(self, number: int, run: Run) -> None:
        self.runs += 1
        self.deaths += len(run.deaths)
        self.killed_at.update(death.split(" of ")[1].split()[0] for death in run.deaths)
        self.wrong += [f"run {number} ({'; '.join(run.deaths)}): {problem}" for problem in run.problems]


def story(random: Random) -> Story:
    """Somebody always has a voice; nobody's marks are part of another's."""
    numbers = iter(range(100, 1000))
    deeds: list[Deed] = []
    for name in (name for names in GROUPS.values() for name in names):
        course = (What.SEAL,) if name == "Cal Dunn" else random.choice(COURSES)
        for what, at in zip(course, sorted(random.choices(MOMENTS, k=len(course))), strict=True):
            mark = f"q{next(numbers)}" if what in (What.SEAL, What.DRAFT) else ""
            deeds.append(Deed(at=at, who=name, what=what, mark=mark))
        if random.random() < 0.3:
            at = random.choice((MINUTE, timedelta(hours=30)))
            sign = random.random() < 0.5
            deeds.append(Deed(at=at, who=name, what=What.LATE, mark=f"q{next(numbers)}", sign=sign))
    return Story(groups=GROUPS, deeds=sorted(deeds, key=lambda deed: deed.at))


def runs(seed: str, count: int) -> Iterator[Run]:
    for first in range(0, count, RUNS_OF_A_STORY):
        random = Random(f"{seed}:{first}")
        parent = Parent(story(random))
        try:
            whole = parent.whole()
            yield from [] if not whole.problems else [whole]
            possible = list(moments(whole.counts))
            for _ in range(first, min(first + RUNS_OF_A_STORY, count)):
                drawn: list[Moment] = random.sample(possible, random.choice(DEATHS))
                yield parent.run(0, *drawn)
        finally:
            parent.close()


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    words.add_argument("--runs", type=int, default=200, help="rounds to live through (200)")
    words.add_argument("--seed", default=secrets.token_hex(4), help="of an earlier run, to live through the same again")
    given = words.parse_args()
    print(f"seed {given.seed}", flush=True)
    tally, began = Tally(), time.monotonic()
    for number, run in enumerate(runs(given.seed, given.runs), 1):
        tally.add(number, run)
        passed = time.monotonic() - began
        said = f"{number} of {given.runs} rounds, {tally.deaths} deaths, {len(tally.wrong)} broken, {passed:.0f} s"
        print(f"\r{said}", end="", flush=True) if sys.stdout.isatty() else print(said, flush=True)
        for problem in run.problems:
            print(f"\n  {'; '.join(run.deaths)}: {problem}", flush=True)
    print(f"\nkilled at: {', '.join(f'{call} {times}' for call, times in tally.killed_at.most_common())}")
    print(
        "every promise was kept" if not tally.wrong else f"{len(tally.wrong)} promises were broken; seed {given.seed}"
    )
    return 1 if tally.wrong or not tally.deaths else 0


if __name__ == "__main__":
    sys.exit(main())
