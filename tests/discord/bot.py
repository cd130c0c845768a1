"""The bot on the double, in this process: the real adapter, engine and storage."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from adapters.discord.calls import NAME
from adapters.discord.markup import nonce
from adapters.discord.server import DiscordServer
from adapters.discord.settings import DiscordSettings
from bot.messages import File, Post, Posted, PostKey, Step
from bot.people import Address
from bot.ports import Clock
from bot.rounds import Phase, RoundCode
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage
from tests.discord.world import TOKEN

REVEALED = frozenset({Phase.REVEALED, Phase.ENDED})


class DiscordBot:
    """`kinds` learns which nonce or message is of what kind, before it goes out."""

    def __init__(
        self,
        kept: Storage,
        clock: Clock,
        texts: Texts,
        api_url: str,
        *,
        rounds: RoundSettings,
        delivery: DeliverySettings,
        kinds: dict[str, str],
        **settings: object,
    ) -> None:
        self._kept = kept
        self._clock = clock
        self._texts = texts
        self._rounds = rounds
        self._delivery = delivery
        self._kinds = kinds
        made = DiscordSettings.model_validate({"token": TOKEN, "api_url": api_url, **settings})
        self.server = DiscordServer(made, texts.on(NAME), clock)  # as `coproduce.platforms` does

    async def start(self) -> None:
        platform = await self.server.enter()
        self._listen_in(platform)
        self.engine = Bot(
            self._kept,
            {NAME: platform},
            self._clock,
            self._texts,
            rounds=self._rounds,
            delivery=self._delivery,
            listens=lambda name: self.server.is_listening,
        )
        self.server.when_let_in_again(self.engine.welcome)
        await self.engine.start()
        await self.server.listen(self.engine.service, self.engine.vault)
        await self.engine.heed()

    def _listen_in(self, platform: object) -> None:
        post, attach = platform.post, platform.attach  # type: ignore[attr-defined]

        async def posting(message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
            self._kinds[nonce(key)] = message.kind.value
            posted: Posted = await post(message, to, key, thread)
            self._kinds[posted.id] = message.kind.value
            return posted

        async def attaching(
            files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
        ) -> Step | Posted:
            self._kinds[nonce(key)] = "report"
            step: Step | Posted = await attach(files, to, key, thread, done)
            return step

        platform.post, platform.attach = posting, attaching  # type: ignore[attr-defined]
        platform.show = self._showing(platform.show)  # type: ignore[attr-defined]

    def _showing(self, show: Callable[[Post, Posted, Address], Awaitable[Posted]]) -> Callable[..., Awaitable[Posted]]:
        """A card that is too old to be edited is another message from then on."""

        async def showing(card: Post, at: Posted, to: Address) -> Posted:
            posted = await show(card, at, to)
            self._kinds[posted.id] = card.kind.value
            return posted

        return showing

    async def stop(self) -> None:
        await self.server.stop()
        await self.engine.stop()
        await self.server.leave()

    async def finish(self) -> None:
        """Until what people did has been answered."""
        await self.server._in_flight.finish(10.0)

    async def until_listening(self, listens: bool) -> None:
        """Until events arrive, or arrive no more."""
        async with asyncio.timeout(10):
            while self.server.is_listening is not listens:  # noqa: ASYNC110 (nobody tells; it is looked at)
                await asyncio.sleep(0.02)

    async def idle(self) -> datetime | None:
        return await self.engine.idle()

    async def is_revealed(self, code: str) -> bool:
        round_ = await self._kept.rounds.get(RoundCode(code))
        return round_.phase in REVEALED
