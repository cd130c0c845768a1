"""Replies a second: sealed, durable, all on one round of a thousand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.acts import Said, Write
from bot.rounds import RoundCode
from storage.words.seal import NONCE, SIZE, TAG
from tests.bench.floors import BareCommits
from tests.bench.ratios import Finding, Pair, a_second
from tests.bench.town import OPENED_AT, WORDS, Town, code_of, round_of, town, users_of
from tests.builders import HOUR, status_card, write

PEOPLE = 1_000
A_BLOCK = 100
TARGET = 0.20
SEALED = NONCE + SIZE + TAG
"""Bytes of one envelope."""


async def replying(folder: Path) -> list[Finding]:
    return [await _replying(folder, at_once) for at_once in (1, 64)]


async def _replying(folder: Path, at_once: int) -> Finding:
    bare = BareCommits(folder, SEALED)
    async with town(folder / f"replies-{at_once}.db") as here:
        users = users_of(PEOPLE)
        round_ = await here.keep(round_of(users, code_of(at_once)), status_card(code_of(at_once)))
        await here.bot.idle()
        pairs = []
        for start in range(0, PEOPLE, A_BLOCK):
            before = bare.seconds(A_BLOCK // 2)
            measured = await replied(here, [(round_.code, user) for user in users[start : start + A_BLOCK]], at_once)
            pairs.append(Pair(measured=measured, floor=before + bare.seconds(A_BLOCK - A_BLOCK // 2)))
    bare.close()
    return Finding(
        what=f"Replies, sealed and durable, on one round of {PEOPLE:,}, {at_once} at once",
        floor_is="bare commits of the same bytes",
        pairs=pairs,
        target=TARGET,
        as_speed=True,
        shown=a_second(A_BLOCK),
    )


async def replied(here: Town, who: Sequence[tuple[RoundCode, str]], at_once: int) -> float:
    """Seconds in which these people reply, so many of them at a time."""
    acts = [replace(write(user, WORDS, at=OPENED_AT + HOUR), code=code) for code, user in who]
    begun = time.perf_counter()
    await asyncio.gather(*(_one_after_the_other(here, acts[lane::at_once]) for lane in range(at_once)))
    return time.perf_counter() - begun


async def _one_after_the_other(here: Town, acts: Sequence[Write]) -> None:
    for act in acts:
        outcome = await here.bot.service.do(act)
        if not isinstance(outcome, Said) or outcome.receipt is None:
            raise AssertionError(outcome)
