"""People press and send forms while a thousand voices open: how long until the platform hears that it arrived.

On Slack a press is acknowledged before anything is done, on Discord with what it brings; a form with words when they
are stored.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from bot.messages import MessageKind
from bot.rounds import RoundCode
from bot.rules.moves import GRACE
from tests.bench.platforms import Hands, Measured, nothing, round_on
from tests.bench.ratios import Finding, Pair, in_seconds, p99
from tests.bench.revealing import AHEAD, PEOPLE, everybody_replies
from tests.bench.town import CLOSE, copied, town, until
from tests.builders import DAY, HOUR

A_SECOND = 50
FORMS = 5
"""Of so many interactions one is a form with words, of another round that collects still."""

WRITERS = 500
OTHER = RoundCode("R-3333")
TIMES = 3
TARGET = 20
LONGEST = 1.0
"""Seconds that nobody may wait."""


async def acking(platform: Measured, folder: Path) -> list[Finding]:
    before = folder / "before.db"
    await everybody_replies(before)
    pairs, longest = [], []
    for n in range(TIMES):
        ours, bare = await _evening(platform, copied(before, f"acks-{n}.db"))
        pairs.append(Pair(measured=p99(ours.presses), floor=p99(bare.presses)))
        longest.append(Pair(measured=max(*ours.presses, *ours.forms), floor=LONGEST))
    return [
        Finding(
            what=f"{platform.title}: presses among {A_SECOND} interactions a second, acknowledged during a reveal of "
            f"{PEOPLE:,} (99 of 100 within)",
            floor_is=f"{platform.sdk} that only acknowledges",
            pairs=pairs,
            target=TARGET,
            shown=in_seconds,
        ),
        Finding(
            what=f"{platform.title}: the longest of all (every {FORMS}th is a form whose words are stored first), "
            f"worst of {TIMES} runs",
            floor_is="what nobody may wait",
            pairs=longest,
            target=1,
            by_worst=True,
            shown=in_seconds,
        ),
    ]


async def _evening(platform: Measured, file: Path) -> tuple[Timed, Timed]:
    """With the bot behind it, and with nothing."""
    async with town(file, at=CLOSE - 10 * HOUR) as here:
        await here.keep(replace(round_on(platform, WRITERS, OTHER), closes_at=CLOSE + 2 * DAY))
        await here.bot.idle()
        async with platform.ours(here, OTHER) as with_us, platform.bare(nothing) as with_nothing:
            ours, bare = Timed(with_us, platform.steps), Timed(with_nothing, platform.steps)
            here.set_clock(CLOSE + GRACE - AHEAD)
            pressing = asyncio.create_task(_pressing(ours, bare))
            await until(
                lambda: here.chat.posted[MessageKind.OPENED] == PEOPLE and here.chat.posted[MessageKind.REPORT] == 1
            )
            pressing.cancel()
            await asyncio.gather(pressing, return_exceptions=True)
        return ours, bare


class Timed:
    """Seconds until each was acknowledged."""

    def __init__(self, hands: Hands, steps: int) -> None:
        self._hands = hands
        self._last = steps - 1
        self.presses: list[float] = []
        self.forms: list[float] = []

    async def do(self, n: int) -> None:
        begun = time.perf_counter()
        if n % FORMS == 0:
            await self._hands.send(n // FORMS % WRITERS, self._last)
            self.forms.append(time.perf_counter() - begun)
        else:
            await self._hands.press(n)
            self.presses.append(time.perf_counter() - begun)


async def _pressing(ours: Timed, bare: Timed) -> None:
    """At their times, whether the one before has been answered or not."""
    begun = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    n = 0
    try:
        while True:
            tasks += [asyncio.create_task(bare.do(n)), asyncio.create_task(ours.do(n))]
            n += 1
            await asyncio.sleep(max(begun + n / A_SECOND - time.perf_counter(), 0))
    finally:
        await asyncio.gather(*tasks)
