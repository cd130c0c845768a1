"""The way in as people use it: a form's pages are sent, the last one is answered with the receipt.

Each is done when all that was written is on the disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.bench.platforms import Hands, Measured, round_on
from tests.bench.ratios import Finding, Pair, in_seconds, p99
from tests.bench.town import CODE, town

PEOPLE = 1_000
A_SECOND = 50
SIZE = 1_100
"""Bytes of one envelope."""

TARGET = 0.1
"""Seconds in which 99 of 100 pages must be answered."""


async def answering(platform: Measured, folder: Path) -> list[Finding]:
    ours = await _ours(platform, folder / "ours.db")
    bare = await _bare(platform, folder / "bare.db")
    of = "page of an answer" if platform.steps > 1 else "whole answer"
    what = f"{platform.title}: a {of}, {A_SECOND} people a second on one round of {PEOPLE:,} (99 of 100 within)"
    return [
        Finding(
            what=what,
            floor_is="what nobody may notice",
            pairs=[Pair(measured=p99(ours), floor=TARGET)],
            target=1,
            shown=in_seconds,
        ),
        Finding(
            what=what,
            floor_is=f"{platform.sdk} that writes as many bytes durably",
            pairs=[Pair(measured=p99(ours), floor=p99(bare))],
            target=20,
            shown=in_seconds,
        ),
    ]


async def _ours(platform: Measured, file: Path) -> list[float]:
    async with town(file) as here:
        await here.keep(round_on(platform, PEOPLE, CODE))
        await here.bot.idle()
        async with platform.ours(here, CODE) as hands:
            return await _evening(hands, platform.steps)


async def _bare(platform: Measured, file: Path) -> list[float]:
    """The same pages, each one row in a transaction of its own."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE page (words BLOB)"):
            db.execute(statement)
        async with platform.bare(lambda: db.execute("INSERT INTO page VALUES (?)", (bytes(SIZE),))) as hands:
            return await _evening(hands, platform.steps)


async def _evening(hands: Hands, steps: int) -> list[float]:
    """Somebody begins every fiftieth of a second, whether those before them are done or not."""
    seconds: list[float] = []
    begun = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for n in range(PEOPLE):
        await asyncio.sleep(max(begun + n / A_SECOND - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(_answers(hands, n, steps, seconds)))
    await asyncio.gather(*tasks)
    return seconds


async def _answers(hands: Hands, n: int, steps: int, seconds: list[float]) -> None:
    """One person, page after page."""
    for step in range(steps):
        begun = time.perf_counter()
        await hands.send(n, step)
        seconds.append(time.perf_counter() - begun)
