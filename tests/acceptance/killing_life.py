"""The life of a bot whose platform's double is in another process: reached over sockets, killed where it is told."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from adapters.playground.chat.hands import Hands
from adapters.playground.clock import MovableClock
from bot.settings import DeliverySettings
from coproduce.app import Storage, lock, open_storage
from tests.acceptance.killing_bot import LOOK_AFTER, Bots, Order
from tests.acceptance.killing_crossings import Crossings, Moment, moments
from tests.slack.running import KindsInFile


class LivingBot(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def finish(self) -> None: ...
    async def idle(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AfarOrder(Order):
    api_url: str
    make: Made
    count: Count
    parent: int  # the process in which no bot dies, and none is counted


Made = Callable[[AfarOrder, Storage, MovableClock, DeliverySettings], LivingBot]
"""Makes the bot in its own process."""

Count = Callable[[Crossings], None]
"""From now on every call that crosses the adapter is counted. For good: the process has no other bot."""


async def run(order: Order, control: socket.socket, die_at: Moment | None) -> None:
    assert isinstance(order, AfarOrder)
    crossings, clock = Crossings(die_at), MovableClock()
    asked, answers = await asyncio.open_connection(sock=control)
    _hear(await asked.readline(), clock, crossings)
    if os.getpid() != order.parent:
        order.count(crossings)
    with lock(order.settings):
        kept = await open_storage(replace(order.settings, rounds=order.rounds), clock.now())
        bot = order.make(order, kept, clock, DeliverySettings(look_after=LOOK_AFTER))
        await bot.start()
        answers.write(b"{}\n")
        while line := await asked.readline():
            _hear(line, clock, crossings)
            await bot.finish()
            next_at = await bot.idle()
            told = {"next_at": next_at.isoformat() if next_at else None, "counts": crossings.counts}
            answers.write(json.dumps(told).encode() + b"\n")
        await bot.stop()
        await kept.close()
    answers.close()


def _hear(line: bytes, clock: MovableClock, crossings: Crossings) -> None:
    told = json.loads(line)
    clock.show(Hands(stopped_at=datetime.fromisoformat(told["now"])))
    if "die_at" in told:
        crossings.counts.clear()
        crossings.die_at = Moment(**told["die_at"]) if told["die_at"] else None


class Followed:
    """One bot after the other: what the people's chat asks of a bot."""

    def __init__(self, bots: Bots, kinds: KindsInFile) -> None:
        self._bots = bots
        self._kinds = kinds

    async def start(self) -> None:
        await self._bots.start()

    async def stop(self) -> None:
        await self._bots.stop()

    async def finish(self) -> None:
        """Part of being idle."""

    async def idle(self) -> datetime | None:
        return await self._bots.idle()

    async def is_revealed(self, code: str) -> bool:
        return self._kinds.phase(code) in ("revealed", "ended")


def moments_of(
    chapters: Sequence[Mapping[str, int]], *, is_another: Callable[[Moment], bool], is_idle: Callable[[Moment], bool]
) -> list[list[Moment]]:
    """Of each chapter those that leave something that no other leaves; and before and after one of each of the rest.

    `is_another`: it leaves what another one leaves. `is_idle`: the call changes nothing.
    """
    seen: set[str] = set()
    found: list[list[Moment]] = []
    for counts in chapters:
        first = counts.keys() - seen
        found.append([one for one in moments(counts, leave_out=is_another) if one.call in first or not is_idle(one)])
        seen |= counts.keys()
    return found
