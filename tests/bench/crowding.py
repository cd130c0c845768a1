"""One reply where a hundred thousand rounds are stored, against one where ten are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bot.rounds import RoundCode
from tests.bench.looking import looking_into
from tests.bench.multiplying import multiplied
from tests.bench.ratios import Finding, Pair, each_of
from tests.bench.replying import replied
from tests.bench.town import CODE, Town, code_of, round_of, town, users_of
from tests.builders import question, status_card

MANY = 100_000
FEW = 10
PEOPLE = 100
"""In each of the few rounds: nobody replies twice, in few rounds or in many."""

A_BLOCK = 25
TARGET = 1.5

Somebody = tuple[RoundCode, str]

SOMEBODY = """
    SELECT round.code, account.user FROM round
    JOIN seat ON seat.round_id = round.id JOIN account ON account.id = seat.account_id
    WHERE round.code = ? LIMIT 1
"""


async def crowding(folder: Path) -> list[Finding]:
    few, many = folder / "few.db", folder / "many.db"
    await _few(few)
    await _many(many)
    pairs = []
    async with town(few) as small, town(many) as large:
        with looking_into(many) as beside:
            strangers = _strangers(beside)
            for n in range(FEW):
                for start in range(0, PEOPLE, A_BLOCK):
                    here = [(code_of(n), user) for user in users_of(PEOPLE)[start : start + A_BLOCK]]
                    pairs.append(await _in_turn(small, here, large, [next(strangers) for _ in here]))
    finding = Finding(
        what=f"One reply where {MANY:,} rounds of 5 are stored",
        floor_is=f"where {FEW} are",
        pairs=pairs,
        target=TARGET,
        shown=each_of(A_BLOCK),
    )
    return [finding]


async def _in_turn(small: Town, here: Sequence[Somebody], large: Town, there: Sequence[Somebody]) -> Pair:
    """One here, one there: whatever else the machine does, it does to both."""
    floor = measured = 0.0
    for one, other in zip(here, there, strict=True):
        floor += await replied(small, [one], 1)
        measured += await replied(large, [other], 1)
    return Pair(measured=measured, floor=floor)


async def _few(file: Path) -> None:
    async with town(file) as here:
        for n in range(FEW):
            await here.keep(round_of(users_of(PEOPLE), code_of(n)), status_card(code_of(n)))
        await here.bot.idle()


async def _many(file: Path) -> None:
    users = users_of(5)
    async with town(file) as here:
        await here.keep(round_of(users, CODE), status_card(CODE), *(question(CODE, user) for user in users))
        await here.bot.idle()
    multiplied(file, CODE, MANY)


def _strangers(connection: sqlite3.Connection) -> Iterator[Somebody]:
    """Somebody of a round here, of another there: no page of the file is warm by luck."""
    for n in Random(8).sample(range(1, MANY + 1), FEW * PEOPLE):
        code, user = connection.execute(SOMEBODY, (f"R-{n:06}",)).fetchone()
        yield RoundCode(code), user
