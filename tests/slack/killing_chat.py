"""People on Slack, and the double, which outlive every bot. Who gets no answer to a press presses again."""

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
from tests.contract.chat import Answered, Seen
from tests.slack import reading
from tests.slack.delivery import Ack
from tests.slack.running import KindsInFile
from tests.slack.slack_chat import SlackChat, _key_in

SOON = LOOK_AFTER + timedelta(seconds=5)
"""What falls due this soon is waited for before anybody does the next thing."""

CLOSED = Seen(place="inbox", text="")
"""The form is gone, without an error and without a word: what was written is held."""


class KilledSlack(SlackChat):
    def __init__(self, folder: Path, rounds: RoundSettings, cast: Mapping[str, str]) -> None:
        super().__init__(folder, rounds, "socket", cast)
        self.kinds = self._in_file = KindsInFile(folder / "play.db")
        self.double.hands.may_be_late = True

    def violations(self) -> Sequence[str]:
        return self.double.violations

    def marks(self) -> Sequence[str]:
        return [_key_in(message.metadata) for message in self.double.workspace.messages if message.metadata]

    def reserve(self, order: Callable[[str], Order]) -> Order:
        """Before anything runs: the bots are told where the double will be."""
        with closing(socket.create_server(("127.0.0.1", 0))) as place:
            self.double.port = place.getsockname()[1]
        self._order = order(f"http://127.0.0.1:{self.double.port}/api/")
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

    async def _hand(
        self, person: str, act: Callable[[], Awaitable[object]], *, answers_by_turning: bool = False
    ) -> Answered:
        user, place = self.id(person), self.double.workspace
        while True:
            mark, deaths = len(place.appeared), len(self.bots.deaths)
            ack = await act()
            await self.bots.idle()
            top = place.top(user)
            if answers := self._answers(user, mark):
                return self._of(answers)
            if answers_by_turning and isinstance(ack, Ack) and not ack.is_missing:
                return reading.sheet_of(top) if top else CLOSED
            assert len(self.bots.deaths) > deaths, f"{person} was shown nothing, and the bot lives"
            if top and not reading.inputs_of(top):  # "one moment": for ever
                self._leave(user)
