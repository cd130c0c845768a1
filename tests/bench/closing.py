"""Many rounds whose deadline is the same second: how long until every one of them is closed."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from bot.rules.moves import GRACE
from tests.bench.floors import BareCommits
from tests.bench.looking import COLLECTING, looking_into, number
from tests.bench.multiplying import multiplied
from tests.bench.ratios import Finding, Pair, in_seconds
from tests.bench.replying import replied
from tests.bench.town import CLOSE, CODE, copied, round_of, town, until, users_of
from tests.builders import HOUR, question, status_card

ROUNDS = 1_000
PEOPLE = 5
TIMES = 7
TARGET = 3
A_ROUND = 600
"""Bytes of the row of one round, about."""

AHEAD = timedelta(seconds=0.2)


async def closing(folder: Path) -> list[Finding]:
    before = folder / "before.db"
    await _all_collect(before)
    bare = BareCommits(folder, A_ROUND)
    pairs = []
    for n in range(TIMES):
        floor = bare.seconds(ROUNDS // 2)
        measured = await _closed(copied(before, f"closing-{n}.db"))
        pairs.append(Pair(measured=measured, floor=floor + bare.seconds(ROUNDS - ROUNDS // 2)))
    bare.close()
    finding = Finding(
        what=f"{ROUNDS:,} rounds of {PEOPLE} people due in the same second, until all are closed",
        floor_is=f"{ROUNDS:,} bare commits",
        pairs=pairs,
        target=TARGET,
        shown=in_seconds,
    )
    return [finding]


async def _all_collect(file: Path) -> None:
    users = users_of(PEOPLE)
    async with town(file) as here:
        await here.keep(round_of(users, CODE), status_card(CODE), *(question(CODE, user) for user in users))
        await here.bot.idle()
        await replied(here, [(CODE, users[0])], 1)
        await here.bot.idle()
    multiplied(file, CODE, ROUNDS - 1)


async def _closed(file: Path) -> float:
    async with town(file, at=CLOSE - 10 * HOUR) as here:
        await here.bot.idle()
        here.chat.is_away = True  # what comes after the close is another matter
        with looking_into(file) as beside:
            assert number(beside, COLLECTING) == ROUNDS
            here.set_clock(CLOSE + GRACE - AHEAD)
            begun = time.perf_counter() + AHEAD.total_seconds()
            await until(lambda: not number(beside, COLLECTING))
            return time.perf_counter() - begun
