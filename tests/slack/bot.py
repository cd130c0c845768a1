"""The bot on the double, in this process: the real adapter, engine and storage."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web
from pydantic import SecretStr

from adapters.slack.calls import NAME
from adapters.slack.settings import EVENTS, SlackSettings
from adapters.slack.workspace import SlackWorkspace
from bot.messages import File, Post, Posted, PostKey, Step
from bot.people import Address
from bot.ports import Clock
from bot.rounds import Phase, RoundCode
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage
from tests.slack.double import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

REVEALED = frozenset({Phase.REVEALED, Phase.ENDED})


class Double(Protocol):
    """As much of it as a bot needs: it may be in another process."""

    @property
    def api_url(self) -> str: ...

    async def call_at(self, url: str) -> None: ...

    async def hang_up(self) -> None: ...


class SlackBot:
    """`kinds` learns which post is of what kind, before it goes out."""

    def __init__(
        self,
        kept: Storage,
        clock: Clock,
        texts: Texts,
        double: Double,
        *,
        mode: str,
        rounds: RoundSettings,
        delivery: DeliverySettings,
        kinds: dict[str, str],
    ) -> None:
        self._kept = kept
        self._clock = clock
        self._texts = texts
        self._double = double
        self._rounds = rounds
        self._delivery = delivery
        self._kinds = kinds
        self._mode = mode
        self._server: web.AppRunner | None = None
        settings = SlackSettings.model_validate(
            {
                "mode": mode,
                "bot_token": BOT_TOKEN,
                "app_token": APP_TOKEN if mode == "socket" else "",
                "signing_secret": SecretStr(SIGNING_SECRET if mode == "http" else ""),
                "api_url": double.api_url,
            }
        )
        self.workspace = SlackWorkspace(settings, texts, clock)

    async def start(self) -> None:
        platform = await self.workspace.enter()
        self._listen_in(platform)
        self.engine = Bot(
            self._kept,
            {NAME: platform},
            self._clock,
            self._texts,
            rounds=self._rounds,
            delivery=self._delivery,
            listens=lambda name: self.workspace.is_listening,
        )
        self.workspace.when_let_in_again(self.engine.welcome)
        await self.engine.start()
        await self.workspace.listen(self.engine.service)
        await self.engine.heed()
        if self._mode == "http":
            await self._serve()

    def _listen_in(self, platform: object) -> None:
        post, attach = platform.post, platform.attach  # type: ignore[attr-defined]

        async def posting(message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
            self._kinds[key] = message.kind.value
            posted: Posted = await post(message, to, key, thread)
            return posted

        async def attaching(
            files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
        ) -> Step | Posted:
            self._kinds[key] = "report"
            step: Step | Posted = await attach(files, to, key, thread, done)
            return step

        platform.post, platform.attach = posting, attaching  # type: ignore[attr-defined]

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_routes(self.workspace.routes())
        self._server = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._server.setup()
        await web.TCPSite(self._server, "127.0.0.1", 0).start()
        await self._double.call_at(f"http://127.0.0.1:{self._server.addresses[0][1]}{EVENTS}")

    async def stop(self) -> None:
        await self.workspace.stop()
        if self._server:
            await self._double.hang_up()
            await self._server.cleanup()
        await self.engine.stop()
        await self.workspace.leave()

    async def finish(self) -> None:
        """Until what people did has been answered."""
        await self.workspace._in_flight.finish(10.0)

    async def until_listening(self, listens: bool) -> None:
        """Until events arrive, or arrive no more."""
        async with asyncio.timeout(10):
            while self.workspace.is_listening is not listens:  # noqa: ASYNC110 (nobody tells; it is looked at)
                await asyncio.sleep(0.02)

    async def idle(self) -> datetime | None:
        return await self.engine.idle()

    async def is_revealed(self, code: str) -> bool:
        round_ = await self._kept.rounds.get(RoundCode(code))
        return round_.phase in REVEALED
