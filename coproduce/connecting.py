"""The connections to all platforms of a running bot. One that fails leaves the others served."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any, cast

import structlog

from bot.errors import CoproduceError, Later, Unknown, where
from bot.ports import Platform
from coproduce.app import Bot
from coproduce.platforms import Adapter

log = structlog.get_logger(__name__)

RETRY_AFTER = 5.0
"""Seconds, where a platform does not answer at the start."""

RETRY_REFUSED_AFTER = 60.0
"""Seconds, where a platform refuses us at the start: a token may be made good without a restart."""

OTHERS_WITHIN = 3.0
"""Seconds that the other platforms get to answer, once the first has, before the bot starts without them."""


class State(StrEnum):
    TRYING = "trying"  # the first attempt to log in is under way
    AWAY = "away"  # the platform does not answer
    REFUSED = "refused"  # it will have none of us
    ENTERED = "entered"
    LISTENING = "listening"  # events arrive; from here on it reconnects by itself


class PlatformProxy:
    """A platform that may not have been entered yet: until then every use but of `name` and `pace` raises Later."""

    def __init__(self, adapter: Adapter) -> None:
        self.name = adapter.name
        self.pace = adapter.pace
        self.entered: Platform | None = None

    def __getattr__(self, name: str) -> Any:
        if self.entered is None:
            raise Later(RETRY_AFTER)
        return getattr(self.entered, name)


class PlatformConnection:
    """One platform, from the first attempt to log in until the bot stops."""

    def __init__(self, adapter: Adapter, changed: asyncio.Event) -> None:
        self.adapter = adapter
        self.platform = PlatformProxy(adapter)
        self.state = State.TRYING
        self.refusal: Exception | None = None
        self._changed = changed

    @property
    def is_entered(self) -> bool:
        return self.platform.entered is not None

    async def run(self, started: asyncio.Future[Bot]) -> None:
        """Logs in, and listens once the bot has started. Returns when events arrive or never will; never raises."""
        await self._enter()
        bot = await asyncio.shield(started)
        self.adapter.when_let_in_again(bot.welcome)
        try:
            await self.adapter.listen(bot.service, bot.vault)
        except Exception as error:
            self._refused(error)
        else:
            self._is(State.LISTENING)

    async def _enter(self) -> None:
        """Tries until it is done."""
        while True:
            try:
                self.platform.entered = await self.adapter.enter()
            except (Later, Unknown) as error:
                log.warning("platform_does_not_answer", platform=self.adapter.name, error=error.code)
                self._is(State.AWAY)
                pause = RETRY_AFTER
            except Exception as error:
                self._refused(error)
                pause = RETRY_REFUSED_AFTER
            else:
                self._is(State.ENTERED)
                return
            await asyncio.sleep(pause)

    def _refused(self, error: Exception) -> None:
        code = error.code if isinstance(error, CoproduceError) else where(error)
        log.error("platform_refused", platform=self.adapter.name, error=code)
        self.refusal = error
        self._is(State.REFUSED)

    def _is(self, state: State) -> None:
        self.state = state
        self._changed.set()


class PlatformConnections:
    """Use: `enter`, start the bot, `listen`; `stop` ends intake, `leave` comes last."""

    def __init__(self, adapters: Sequence[Adapter]) -> None:
        self._changed = asyncio.Event()
        self._all = [PlatformConnection(adapter, self._changed) for adapter in adapters]
        self._started: asyncio.Future[Bot] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def platforms(self) -> dict[str, Platform]:
        return {each.adapter.name: cast("Platform", each.platform) for each in self._all}

    @property
    def listens(self) -> dict[str, Callable[[], bool]]:
        """Of each platform: do its events arrive now?"""
        return {each.adapter.name: lambda adapter=each.adapter: adapter.is_listening for each in self._all}  # type: ignore[misc]

    async def enter(self, told: asyncio.Event) -> bool:
        """Logs in everywhere at once, until one platform is entered; the others go on trying.

        False: we were told to stop before. Raises what the first platform refused us for, where all do.
        """
        self._tasks = [asyncio.create_task(each.run(self._started)) for each in self._all]
        await self._until(lambda: any(each.is_entered for each in self._all) or self._all_refuse, told)
        self._raise_if_all_refuse()
        try:
            async with asyncio.timeout(OTHERS_WITHIN):
                await self._until(lambda: all(each.state is not State.TRYING for each in self._all), told)
        except TimeoutError:
            log.info("platforms_slow", platforms=[each.adapter.name for each in self._all if not each.is_entered])
        return not told.is_set()

    async def listen(self, bot: Bot, told: asyncio.Event) -> None:
        """Until each platform passes events on or refuses us, or we are told to stop. Raises as `enter`."""
        self._started.set_result(bot)
        ends = (State.LISTENING, State.REFUSED)
        await self._until(lambda: all(each.state in ends for each in self._all), told)
        self._raise_if_all_refuse()

    async def stop(self) -> None:
        """Takes no more acts from anywhere, and finishes those in flight."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._everywhere("platform_not_stopped", lambda adapter: adapter.stop())

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._everywhere("platform_not_left", lambda adapter: adapter.leave())

    async def _everywhere(self, event: str, what: Callable[[Adapter], Awaitable[None]]) -> None:
        """At once, so that one that is slow to end does not use up the time of another."""
        entered = [each.adapter for each in self._all if each.is_entered]
        ended = await asyncio.gather(*(what(adapter) for adapter in entered), return_exceptions=True)
        for adapter, error in zip(entered, ended, strict=True):
            if isinstance(error, Exception):
                log.error(event, platform=adapter.name, error=where(error))

    @property
    def _all_refuse(self) -> bool:
        return all(each.state is State.REFUSED for each in self._all)

    def _raise_if_all_refuse(self) -> None:
        refusals = [each.refusal for each in self._all if each.refusal is not None]
        if self._all_refuse and refusals:
            raise refusals[0]

    async def _until(self, is_so: Callable[[], bool], told: asyncio.Event) -> None:
        """Or until we are told to stop."""
        stopping = asyncio.create_task(told.wait())
        try:
            while not is_so() and not told.is_set():
                self._changed.clear()
                changing = asyncio.create_task(self._changed.wait())
                await asyncio.wait({changing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                changing.cancel()
        finally:
            stopping.cancel()
