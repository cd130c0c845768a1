"""The playground with its bot in a process of its own that can be killed at any call; forked from a warm parent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from adapters.playground.clock import MovableClock
from adapters.playground.link import Link
from adapters.playground.listeners import Listeners
from adapters.playground.people import Answered as Shown
from adapters.playground.platform import NAME, PlaygroundPlatform
from adapters.playground.state import Entry, Kind
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, open_storage
from coproduce.config import Settings
from tests.contract.crossings import Crossings, watch, watched
from tests.contract.forked_chat import FORKS, ForkedChat
from tests.contract.playground_chat import PlaygroundChat

AT_ONCE = DeliverySettings(look_after=timedelta(seconds=30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How the bot's process is to run."""

    settings: Settings
    rounds: RoundSettings
    socket: str
    die_at: int | None
    with_reads: bool


def run_bot(order: Order, control: Connection) -> None:
    """The process: `idle` and `stop` come in; `ready`, idle's moment, and the count of crossings go out."""
    asyncio.run(_run(order, control))


async def _run(order: Order, control: Connection) -> None:
    crossings = Crossings(die_at=order.die_at, with_reads=order.with_reads)
    clock, texts = MovableClock(), Texts.load()
    link = Link(order.socket, clock)
    platform = PlaygroundPlatform(link, texts)
    kept = watched(await open_storage(order.settings), crossings)
    await link.start()
    platforms = {NAME: watch(platform, "platform", crossings)}
    bot = Bot(kept, platforms, clock, texts, rounds=order.rounds, delivery=AT_ONCE)
    await bot.start()
    listeners = Listeners(link, platform, bot.service, texts, clock)
    listeners.start()
    control.send("ready")
    asked: asyncio.Queue[str] = asyncio.Queue()
    asyncio.get_running_loop().add_reader(control.fileno(), lambda: asked.put_nowait(_received(control)))
    while await asked.get() == "idle":
        control.send((await bot.idle(), crossings.count, crossings.last))
    await listeners.stop()
    await bot.stop()
    await link.stop()
    await kept.close()


def _received(control: Connection) -> str:
    try:
        return str(control.recv())
    except EOFError:  # whoever started this is gone
        asyncio.get_running_loop().remove_reader(control.fileno())
        return "stop"


class Died(Exception):
    """The bot's process has ended."""


class KillableChat(PlaygroundChat):
    """People whose press got no answer wait until the bot is back, and press again."""

    def __init__(self, folder: Path, rounds: RoundSettings, die_at: int | None, *, with_reads: bool) -> None:
        super().__init__(folder, rounds)
        self._process = ForkedChat(folder / "chat.jsonl")
        self._die_at = die_at
        self._with_reads = with_reads
        self.crossings = 0
        self.deaths = 0
        self.last = ""

    async def _start_bot(self) -> None:
        """A bot that dies while it starts is started again."""
        ours, theirs = FORKS.Pipe()
        socket, die_at = self._process.socket, self._die_at
        self._die_at = None
        order = Order(
            settings=self._settings,
            rounds=self._rounds,
            socket=socket,
            die_at=die_at,
            with_reads=self._with_reads,
        )
        self._control = ours
        self._bot_process = FORKS.Process(target=run_bot, args=(order, theirs), daemon=True)
        self._bot_process.start()
        theirs.close()
        try:
            await self._receive()
        except Died:
            await self._revive()

    async def _stop_bot(self) -> None:
        with contextlib.suppress(OSError):
            self._control.send("stop")
        await asyncio.to_thread(self._bot_process.join)
        self._control.close()

    async def _revive(self) -> None:
        await asyncio.to_thread(self._bot_process.join)
        ended = self._bot_process.exitcode
        assert ended in (-9, 255), f"the bot ended by itself: {ended}"  # 255: the parent forks did not catch how
        self._control.close()
        self.deaths += 1
        await self._start_bot()

    async def _receive(self) -> Any:
        try:
            return await asyncio.to_thread(self._control.recv)
        except (EOFError, ConnectionError):
            raise Died from None

    async def _idle(self) -> datetime | None:
        while True:
            try:
                self._control.send("idle")
                idle: tuple[datetime | None, int, str] = await self._receive()
                next_at, self.crossings, self.last = idle
                return next_at
            except (Died, OSError):
                await self._revive()

    async def _hand(self, press: Callable[[], Awaitable[Shown]]) -> Shown:
        while isinstance(shown := await press(), Entry) and shown.kind == Kind.FAILED:
            await self._revive()
        return shown


@asynccontextmanager
async def killable(folder: Path, die_at: int | None = None, *, with_reads: bool = False) -> AsyncIterator[KillableChat]:
    """`die_at`: the moment, from 1, at which the bot is killed; `with_reads`: calls that only look count, too."""
    chat = KillableChat(folder, RoundSettings(time_zone="UTC"), die_at, with_reads=with_reads)
    await chat.start()
    try:
        yield chat
    finally:
        await chat.stop()
