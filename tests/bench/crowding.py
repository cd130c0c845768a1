"""One reply where a hundred thousand rounds are stored, against one where ten are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

from bot.rounds import RoundCode
from tests.bench.looking import looking_into
from tests.bench.multiplying import multiplied
from tests.bench.ratios import Finding, Pair, each_of
from tests.bench.replying import replied
from tests.bench.town import CODE, code_of, round_of, town, users_of
from tests.builders import question, status_card

MANY = 100_000
FEW = 10
PEOPLE = 50
"""In each of the few rounds: nobody replies twice, in few rounds or in many."""

TARGET = 1.5

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
                here = [(code_of(n), user) for user in users_of(PEOPLE)]
                there = [next(strangers) for _ in here]
                floor = await replied(small, here[: PEOPLE // 2], 1)
                measured = await replied(large, there, 1)
                pairs.append(Pair(measured=measured, floor=floor + await replied(small, here[PEOPLE // 2 :], 1)))
    finding = Finding(
        what=f"One reply where {MANY:,} rounds of 5 are stored",
        floor_is=f"where {FEW} are",
        pairs=pairs,
        target=TARGET,
        shown=each_of(PEOPLE),
    )
    return [finding]


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


def _strangers(connection: sqlite3.Connection) -> Iterator[tuple[RoundCode, str]]:
    """Somebody of a round here, of another there: no page of the file is warm by luck."""
    for n in Random(8).sample(range(1, MANY + 1), FEW * PEOPLE):
        code, user = connection.execute(SOMEBODY, (f"R-{n:06}",)).fetchone()
        yield RoundCode(code), user
