"""People on Discord, and the double, which outlive every bot. Who gets no answer to a press presses again."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.settings import RoundSettings
from tests.acceptance.killing_bot import LOOK_AFTER, Bots, Order, Standby
from tests.acceptance.killing_crossings import Moment
from tests.acceptance.killing_life import Followed
from tests.contract.chat import Answered
from tests.discord.discord_chat import DiscordChat
from tests.discord.running import KindsByNonce
from tests.discord.world import BOT

SOON = LOOK_AFTER + timedelta(seconds=5)
"""What falls due this soon is waited for before anybody does the next thing."""


class KilledDiscord(DiscordChat):
    def __init__(self, folder: Path, rounds: RoundSettings, cast: Mapping[str, str]) -> None:
        super().__init__(folder, rounds, cast)
        self.kinds = self._in_file = KindsByNonce(folder / "play.db")
        self.double.hands.may_be_late = True

    def violations(self) -> Sequence[str]:
        return self.double.violations

    def marks(self) -> Sequence[str]:
        return [one.nonce for one in self.world.messages if one.author == BOT and one.nonce]

    def reserve(self, order: Callable[[str], Order]) -> Order:
        """Before anything runs: the bots are told where the double will be."""
        with closing(socket.create_server(("127.0.0.1", 0))) as place:
            self.double.port = place.getsockname()[1]
        self._order = order(f"http://127.0.0.1:{self.double.port}/api/v10")
        return self._order

    async def begin_with(self, waiting: Sequence[Standby]) -> None:
        self.bots = Bots(self._order, waiting, lambda: self.now)
        self.double.hands.missed = self.bots.follow
        await self.start()

    async def _start_bot(self) -> None:
        self.bot = Followed(self.bots, self._in_file)
        await self.bot.start()

    async def _stop_bot(self) -> None:
        await self.bot.stop()

    async def arm(self, moment: Moment | None) -> None:
        self.bots.arm(moment)
        await self.bots.idle()

    async def settle(self) -> None:
        """Until nothing more happens at this moment, nor in the next seconds."""
        while (next_at := await self._idle()) is not None and next_at - self.now <= SOON:
            self._show(next_at)

    async def _hand(self, person: str, act: Callable[[], Awaitable[object]]) -> Answered:
        user = self.id(person)

        def is_over() -> bool:
            has_died = len(self.bots.deaths) > deaths or not self.double.gateway.live
            return has_died or bool(self._answers(user, mark))

        while True:
            mark, deaths = len(self.world.appeared), len(self.bots.deaths)
            await act()
            await self.world.wait_until(is_over, 20)  # what is typed asks for no acknowledgement
            await self.bots.idle()
            if answers := self._answers(user, mark):
                return self._of(answers)
            assert len(self.bots.deaths) > deaths, f"{person} was shown nothing, and the bot lives"
