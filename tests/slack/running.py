"""`coproduce run` as a process of its own on the double, as an operator starts it; and killed, as machines do."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.messages import post_key
from bot.settings import RoundSettings
from tests.slack.double import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.slack.faults import Fault, How
from tests.slack.slack_chat import SlackChat
from tests.slack.workspace import Json

CONFIG = """
[storage]
url = "sqlite:///{folder}/bot.db"
key_file = "{folder}/bot.key"

[slack]
mode = "{mode}"
bot_token = "{bot_token}"
app_token = "{app_token}"
signing_secret = "{signing_secret}"
api_url = "{api_url}"

[web]
port = 0

[rounds]
time_zone = "UTC"
shortest = "1s"
remind = []
quiet_hours = []

[delivery]
look_after = "1s"
"""


ALL = "SELECT key, kind FROM message"


class KindsInFile(Mapping[str, str]):
    """Which post is of what kind, as the bot's own file knows."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        if key not in self._known:
            self._known = {post_key(str(natural)): str(kind) for natural, kind in self._read(ALL)}
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def phase(self, code: str) -> str:
        return next((str(phase) for (phase,) in self._read("SELECT phase FROM round WHERE code = ?", code)), "")

    def _read(self, query: str, *values: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as db:
            return db.execute(query, values).fetchall()


class RunningBot:
    """The process: what `SlackChat` asks of a bot."""

    def __init__(self, config: Path, kinds: KindsInFile) -> None:
        self._config = config
        self._kinds = kinds
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.log: list[Json] = []
        self._heard = asyncio.Event()

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        begun = len(self.log)
        words = [sys.executable, "-m", "coproduce", "run", "--config", str(self._config)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COPRODUCE_")}
        self._process = await asyncio.create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE, env=environment)
        self._reading = asyncio.create_task(self._read())
        await self.says("ready", begun)

    async def says(self, event: str, since: int = 0) -> None:
        """Returns when its log has this event, after so many others."""
        async with asyncio.timeout(90):
            while all(told["event"] != event for told in self.log[since:]):
                self._heard.clear()
                await self._heard.wait()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            told = json.loads(line) if line.startswith(b"{") else {"event": line.decode()}
            self.log.append(told)
            self._heard.set()

    @property
    def port(self) -> int:
        """Of its HTTP server, as it told."""
        listening = next(told for told in reversed(self.log) if told["event"] == "listening")
        return int(str(listening["addresses"][0]).rpartition(":")[2])

    async def stop(self) -> None:
        """SIGTERM, as an operator ends it."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        await self.ended()

    def kill(self) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> int:
        assert self._process is not None
        assert self._reading is not None
        async with asyncio.timeout(90):
            code = await self._process.wait()
            await self._reading
        return code

    async def finish(self) -> None:
        """Nobody sees into the process: whoever waits looks at the screen."""

    async def idle(self) -> datetime | None:
        return None

    async def is_revealed(self, code: str) -> bool:
        return self._kinds.phase(code) in ("revealed", "ended")


class RunChat(SlackChat):
    """People on Slack, and a bot that runs by real time."""

    def __init__(self, folder: Path, mode: str, cast: Mapping[str, str]) -> None:
        super().__init__(folder, RoundSettings(time_zone="UTC"), mode, cast)
        self._folder = folder
        self.kinds = self._in_file = KindsInFile(folder / "bot.db")
        self.double.workspace.now = lambda: datetime.now(UTC)

    async def _start_bot(self) -> None:
        config = self._folder / "config.toml"
        config.write_text(
            CONFIG.format(
                folder=self._folder,
                mode=self._mode,
                bot_token=BOT_TOKEN,
                app_token=APP_TOKEN if self._mode == "socket" else "",
                signing_secret=SIGNING_SECRET if self._mode == "http" else "",
                api_url=self.double.api_url,
            )
        )
        self.process = RunningBot(config, self._in_file)
        self.bot = self.process
        await self._start_process()

    async def _start_process(self) -> None:
        await self.process.start()
        if self._mode == "http":
            await self.double.call_at(f"http://127.0.0.1:{self.process.port}/slack/events")

    async def _stop_bot(self) -> None:
        await self.process.stop()
        await self.double.hang_up()

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def _show(self, at: datetime) -> None:
        """Its clock is the machine's."""

    async def pass_time(self, time: timedelta) -> None:
        """Real time passes by itself."""

    async def until(self, seen: Callable[[], bool], within: float = 40.0) -> None:
        assert await self.double.workspace.wait_until(seen, within), "it never came"

    def kills(self, method: str, how: How, kind: str | None = None, nth: int = 1) -> Fault:
        """The nth such call is the last that this process makes."""

        def concerns(args: Json) -> bool:
            key = ((args.get("metadata") or {}).get("event_payload") or {}).get("key")
            return kind is None or self.kinds.get(key or "") == kind

        fault = Fault(method=method, how=how, nth=nth, concerns=concerns, struck=self.process.kill)
        return self.double.faults.add(fault)

    async def after_the_kill(self) -> None:
        """A supervisor starts it again."""
        assert await self.process.ended() == -9
        await self._start_process()


def words_in(text: str) -> set[str]:
    return set(re.findall(r"\w+ says: for me", text))
