"""A bot in a process of its own, forked from a warm parent, that dies at one moment; and the next, which lives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from adapters.playground.clock import MovableClock
from adapters.playground.listeners import Listeners
from adapters.playground.platform import NAME, PlaygroundPlatform
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, lock, open_storage
from coproduce.config import Settings
from tests.acceptance.killing_crossings import Crossings, Moment, WatchedLink, watch, watched

LOOK_AFTER = timedelta(seconds=1)
"""Of the moved clock: what was under way at a kill is looked for this much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a bot needs to run."""

    settings: Settings
    rounds: RoundSettings
    texts: Texts  # loaded once, by the parent
    folder: Path  # of this run
    live: Live

    @property
    def chat(self) -> Path:
        """The socket it listens on."""
        return self.folder / "s"


Live = Callable[[Order, socket.socket, Moment | None], Awaitable[None]]
"""A bot's life. A line on the socket lets it begin; each other asks when something will be due, and is answered once
nothing is left to do. A line: `{"now", "die_at"}`; a new moment to die at is counted from there. At their end it stops.
"""


class Died(Exception):
    """The bot's process has ended."""


async def run(order: Order, control: socket.socket, die_at: Moment | None) -> None:
    """The bot in the playground, which tells it the time."""
    crossings = Crossings(die_at)
    clock, texts = MovableClock(), order.texts
    link = WatchedLink(str(order.chat), clock)
    link.crossings = crossings
    platform = watch(PlaygroundPlatform(link, texts), "platform", crossings)
    delivery = DeliverySettings(look_after=LOOK_AFTER)
    asked, answers = await asyncio.open_connection(sock=control)
    await asked.readline()
    with lock(order.settings):
        await link.start()
        kept = watched(await open_storage(replace(order.settings, rounds=order.rounds), clock.now()), crossings)
        bot = Bot(kept, {NAME: platform}, clock, texts, rounds=order.rounds, delivery=delivery)
        await bot.start()
        listeners = Listeners(link, platform, bot.service, texts, clock)
        listeners.start()
        answers.write(b"{}\n")
        while await asked.readline():
            next_at = await bot.idle()
            told = {"next_at": next_at.isoformat() if next_at else None, "counts": crossings.counts}
            answers.write(json.dumps(told).encode() + b"\n")
        await listeners.stop()
        await bot.stop()
        await link.stop()
        await kept.close()
    answers.close()


@dataclass(slots=True)
class Standby:
    """A process that waits to be the bot. `pid` None: it will live in this process, and not die."""

    control: socket.socket
    die_at: Moment | None = None
    pid: int | None = None
    theirs: socket.socket | None = None
    code: int | None = None  # how it ended

    @classmethod
    def here(cls) -> Standby:
        ours, theirs = socket.socketpair()
        return cls(ours, theirs=theirs)

    def wait(self) -> int:
        """For its end."""
        if self.code is None and self.pid is not None:
            self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.code or 0

    def end(self) -> None:
        """Whatever it does."""
        if self.code is None and self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        self.control.close()


def stand_by(order: Order, die_at: Moment | None) -> Standby:
    """Forks. To be called while this process has no event loop and no thread."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Standby(ours, die_at, pid)
    ours.close()
    _be_the_bot(order, theirs, die_at)


def _be_the_bot(order: Order, control: socket.socket, die_at: Moment | None) -> NoReturn:
    code = 1
    try:
        if control.recv(3) == b"go\n":
            asyncio.run(_alive(order, control, die_at))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


async def _alive(order: Order, control: socket.socket, die_at: Moment | None) -> None:
    await order.live(order, control, die_at)


class Bots:
    """One after the other: each that dies is followed by the next."""

    def __init__(self, order: Order, waiting: Sequence[Standby], now: Callable[[], datetime]) -> None:
        self._order = order
        self._waiting = list(waiting)
        self._now = now
        self.deaths: list[str] = []  # the moment, and the time on the bot's clock
        self.counts: Mapping[str, int] = {}  # of the bot that is running, when it was last idle
        self._here: asyncio.Task[None] | None = None
        self._arms: Moment | None = None
        self._is_armed_anew = False

    def arm(self, moment: Moment | None) -> None:
        """The bot that is running dies at this moment, counted from the next time that it is idle."""
        self._arms = self._standby.die_at = moment
        self._is_armed_anew = True

    async def start(self) -> None:
        """Until one stands."""
        while True:
            self._standby = self._waiting.pop(0)
            if self._standby.theirs is not None:
                self._here = asyncio.create_task(_alive(self._order, self._standby.theirs, None))
            else:
                self._standby.control.send(b"go\n")
            self._answers, self._asks = await asyncio.open_connection(sock=self._standby.control)
            try:
                self._ask()
                await self._line()
                return
            except Died:
                self._bury()

    async def idle(self) -> datetime | None:
        """Until nothing is left to do at this moment of the clock: when there will be. A bot that dies is followed."""
        while True:
            try:
                self._ask()
                told = json.loads(await self._line())
            except Died:
                await self.follow()
                continue
            self.counts = told["counts"]
            return datetime.fromisoformat(told["next_at"]) if told["next_at"] else None

    async def follow(self) -> None:
        """The bot is dead, or about to be."""
        try:
            async with asyncio.timeout(10):
                while await self._answers.readline():
                    pass
        except ConnectionError:
            pass
        except TimeoutError:
            raise AssertionError("a press got no answer, and the bot lives") from None
        self._bury()
        await self.start()

    async def stop(self) -> None:
        self._asks.write_eof()  # others may hold this line open: they were forked later
        if self._here is not None:
            await self._here
        code = self._standby.wait()
        self._asks.close()
        assert code == 0, f"the bot ended with {code}"

    def _bury(self) -> None:
        code = self._standby.wait()
        self._asks.close()
        assert code == -signal.SIGKILL, f"the bot ended by itself, with {code}"
        self.deaths.append(f"{self._standby.die_at} at {self._now():%a %H:%M:%S}")

    def _ask(self) -> None:
        asked: dict[str, Any] = {"now": self._now().isoformat()}
        if self._is_armed_anew:
            asked["die_at"] = asdict(self._arms) if self._arms else None
            self._is_armed_anew = False
        self._asks.write(json.dumps(asked).encode() + b"\n")

    async def _line(self) -> bytes:
        try:
            line = await self._answers.readline()
        except ConnectionError:
            raise Died from None
        if not line.endswith(b"\n"):
            raise Died
        return line
