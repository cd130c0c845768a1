"""`coproduce run` as a process of its own on the double, as an operator starts it; and killed, as machines do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.discord.markup import nonce
from bot.settings import RoundSettings
from tests.discord.discord_chat import DiscordChat
from tests.discord.faults import Fault, How
from tests.discord.world import TOKEN, Json
from tests.slack.running import ALL, KindsInFile, RunningBot

CONFIG = """
[storage]
url = "sqlite:///{folder}/bot.db"
key_file = "{folder}/bot.key"

[discord]
token = "{token}"
api_url = "{api_url}"

[rounds]
time_zone = "UTC"
shortest = "1s"
remind = []
quiet_hours = []

[delivery]
look_after = "1s"
"""


class KindsByNonce(KindsInFile):
    """Which post is of what kind, as the bot's own file knows."""

    def __getitem__(self, key: str) -> str:
        if key not in self._known:
            self._known = {nonce(post_key): kind for post_key, kind in self._posts()}
        return self._known[key]

    def _posts(self) -> list[tuple[str, str]]:
        from bot.messages import post_key

        return [(post_key(str(natural)), str(kind)) for natural, kind in self._read(ALL)]


class RunChat(DiscordChat):
    """People on Discord, and a bot that runs by real time."""

    def __init__(self, folder: Path, cast: Mapping[str, str]) -> None:
        super().__init__(folder, RoundSettings(time_zone="UTC"), cast)
        self._folder = folder
        self.kinds = self._in_file = KindsByNonce(folder / "bot.db")
        self.world.now = lambda: datetime.now(UTC)

    async def _start_bot(self) -> None:
        config = self._folder / "config.toml"
        config.write_text(CONFIG.format(folder=self._folder, token=TOKEN, api_url=self.double.api_url))
        self.process = RunningBot(config, self._in_file)
        self.bot = self.process
        await self.process.start()

    async def _stop_bot(self) -> None:
        await self.process.stop()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def _show(self, at: datetime) -> None:
        """Its clock is the machine's."""

    async def pass_time(self, time: timedelta) -> None:
        """Real time passes by itself."""

    async def until(self, seen: Callable[[], bool], within: float = 40.0) -> None:
        assert await self.world.wait_until(seen, within), "it never came"

    def kills(self, request: str, how: How, kind: str | None = None, nth: int = 1) -> Fault:
        """The nth such request is the last that this process makes."""

        def concerns(args: Json) -> bool:
            return kind is None or self.kinds.get(args.get("nonce") or "") == kind

        fault = Fault(request=request, how=how, nth=nth, concerns=concerns, struck=self.process.kill)
        return self.double.faults.add(fault)

    async def after_the_kill(self) -> None:
        """A supervisor starts it again."""
        assert await self.process.ended() == -9
        await self.process.start()
