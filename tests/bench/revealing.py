"""From the deadline to the last message: a round of a thousand, everybody replied, one page each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.messages import MessageKind
from bot.rules.moves import GRACE
from tests.bench.floors import BareCommits, opening
from tests.bench.looking import REVEALED, UNDELIVERED, looking_into, number
from tests.bench.ratios import Finding, Pair, in_seconds
from tests.bench.replying import SEALED, replied
from tests.bench.town import CLOSE, CODE, copied, round_of, town, until, users_of
from tests.builders import HOUR, question, status_card

PEOPLE = 1_000
TIMES = 5
TARGET = 4
A_MESSAGE = 400
"""Bytes of one row of the outbox, about."""

AHEAD = timedelta(seconds=0.2)
"""The clock is set to so long before the close, so that everything is at rest when it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """How one reveal went."""

    seconds: float  # from the end of the grace to the last message that was finished
    messages: int  # SENT


async def revealing(folder: Path) -> list[Finding]:
    before = folder / "before.db"
    await everybody_replies(before)
    bare = BareCommits(folder, A_MESSAGE)
    pairs, messages = [], 2 * PEOPLE
    for n in range(TIMES):
        floor = bare.seconds(messages)
        evening = await _evening(copied(before, f"reveal-{n}.db"))
        messages = evening.messages
        # every word is opened twice at least: to be arranged, and to be shown
        floor += bare.seconds(messages) + opening(2 * PEOPLE, SEALED)
        pairs.append(Pair(measured=evening.seconds, floor=floor))
    bare.close()
    finding = Finding(
        what=f"From the close of a round of {PEOPLE:,} (everybody replied) to the last of {messages:,} messages",
        floor_is="2 bare commits a message, and the opens",
        pairs=pairs,
        target=TARGET,
        shown=in_seconds,
    )
    return [finding]


async def everybody_replies(file: Path) -> None:
    users = users_of(PEOPLE)
    async with town(file) as here:
        owed = (status_card(CODE), *(question(CODE, user) for user in users))
        await here.keep(round_of(users, CODE), *owed)
        await here.bot.idle()
        await replied(here, [(CODE, user) for user in users], 64)
        await here.bot.idle()
        assert here.chat.posted[MessageKind.QUESTION] == PEOPLE


async def _evening(file: Path) -> Evening:
    async with town(file, at=CLOSE - 10 * HOUR) as here:
        await here.bot.idle()
        with looking_into(file) as beside:
            here.set_clock(CLOSE + GRACE - AHEAD)
            begun = time.perf_counter() + AHEAD.total_seconds()
            await until(
                lambda: here.chat.posted[MessageKind.OPENED] == PEOPLE and here.chat.posted[MessageKind.REPORT] == 1
            )
            await until(lambda: not number(beside, UNDELIVERED))
            seconds = time.perf_counter() - begun
            assert here.chat.posted[MessageKind.PAGE] == PEOPLE, here.chat.posted
            return Evening(seconds=seconds, messages=number(beside, REVEALED))
