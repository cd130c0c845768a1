"""The bot's connection to the chat; it reconnects after either side has died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from adapters.playground.chat.hands import Hands
from adapters.playground.chat.wire import AGAIN, Cut, Json, TurnedDown, Wire, connect
from adapters.playground.clock import MovableClock

log = logging.getLogger(__name__)

OnAct = Callable[[Json], Awaitable[Json]]


async def _no_act(act: Json) -> Json:
    raise TurnedDown("nobody_listens", act=act["id"])


class Link:
    """Requests go out by `ask`; acts come in to the handler given to `listens`."""

    def __init__(self, socket: str, clock: MovableClock) -> None:
        self._socket = socket
        self._clock = clock
        self._wire: Wire | None = None
        self._on_act: OnAct = _no_act
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._keeping: asyncio.Task[None] | None = None

    async def until_up(self) -> None:
        await self._up.wait()

    async def until_down(self) -> None:
        await self._down.wait()

    def now(self) -> datetime:
        """The chat's time: it sets our clock with each change of its own."""
        return self._clock.now()

    def listen(self, on_act: OnAct) -> None:
        self._on_act = on_act

    def deafen(self) -> None:
        """Accepts no more acts; people see that the bot did not answer."""
        self._on_act = _no_act

    async def start(self) -> None:
        """Returns once connected for the first time, with the clock set by the chat."""
        self._keeping = asyncio.create_task(self._keep())
        await self._up.wait()

    async def finish(self) -> None:
        """Waits for the acts in flight."""
        if self._wire is not None:
            await self._wire.finish()

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        if self._wire is not None:
            self._wire.close()

    async def ask(self, op: str, **what: Any) -> Json:
        """Raises TurnedDown (`down`: certainly not done) and Cut (done, or not)."""
        if self._wire is None or not self._up.is_set():
            raise TurnedDown("down")
        return await self._wire.ask(op, **what)

    async def _keep(self) -> None:
        while True:
            try:
                await self._hold(await connect(self._socket, serve=self._serve))
            except OSError:
                log.debug("chat_away")
            await asyncio.sleep(AGAIN)

    async def _hold(self, wire: Wire) -> None:
        """Sends the greeting, then reads until the connection ends."""
        self._wire = wire
        reading = asyncio.create_task(wire.run())
        try:
            hello = await wire.ask("hello", role="bot")
            self._clock.show(Hands.of_json(hello["hands"]))
            self._down.clear()
            self._up.set()
            log.info("chat_connected", extra={"workspace": hello["workspace"]})
            await reading
        except (Cut, TurnedDown):
            wire.close()
        finally:
            self._up.clear()
            self._down.set()
            reading.cancel()

    async def _serve(self, op: str, what: Json) -> Json:
        match op:
            case "act":
                return await self._on_act(what["act"])
            case "clock":
                self._clock.show(Hands.of_json(what["hands"]))
                return {}
            case _:
                raise TurnedDown("no_such_op", op=op)
