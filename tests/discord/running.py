"""`coproduce run` as a process of its own on the double, as an operator starts it; and killed, as machines do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.discord.markup import nonce
from bot.messages import post_key
from bot.settings import RoundSettings
from tests.discord.discord_chat import DiscordChat
from tests.discord.faults import Fault, How
from tests.discord.world import TOKEN, Json
from tests.slack.double import APP_TOKEN, BOT_TOKEN
from tests.slack.running import ALL, KindsInFile, RunningBot
from tests.slack.running import RunChat as RunOnSlack

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


SLACK = """
[slack]
bot_token = "{bot}"
app_token = "{app}"
api_url = "{api_url}"
"""


class KindsByNonce(KindsInFile):
    """Which post is of what kind, as the bot's own file knows."""

    def __getitem__(self, key: str) -> str:
        if key not in self._known:
            self._known = {nonce(post_key): kind for post_key, kind in self._posts()}
        return self._known[key]

    def _posts(self) -> list[tuple[str, str]]:
        return [(post_key(str(natural)), str(kind)) for natural, kind in self._read(ALL)]


class SlackBeside(RunOnSlack):
    """People on Slack, whom the same process serves."""

    def __init__(self, folder: Path, process: RunningBot, cast: Mapping[str, str]) -> None:
        super().__init__(folder, "socket", cast)
        self.bot = self.process = process

    async def _start_bot(self) -> None:
        """It runs already, or is started once the double has an address."""


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
        self.bot = self.process = RunningBot(config, self._in_file)
        await self.process.start()

    async def with_slack(self) -> SlackBeside:
        """The bot is started again, for both."""
        await self.process.stop()
        beside = SlackBeside(self._folder, self.process, self._cast)
        await beside.start()
        with (self._folder / "config.toml").open("a") as config:
            config.write(SLACK.format(bot=BOT_TOKEN, app=APP_TOKEN, api_url=beside.double.api_url))
        await self.process.start()
        return beside

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
