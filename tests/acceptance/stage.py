"""The real stack with a tap on its line: a chat, the bot beside it, and every byte that goes between them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.playground.chat.state import Entry
from adapters.playground.chat.wire import LONGEST_LINE, as_line
from adapters.playground.playing.players import Players
from bot.ports import Clock
from bot.settings import RoundSettings
from coproduce.app import Bot, Storage
from tests.contract.chat import CAST, NOT_THERE, PLACE, START
from tests.contract.playground_chat import PlaygroundChat

Told = dict[str, Any]


def settings(**changes: Any) -> RoundSettings:
    values: dict[str, Any] = {"time_zone": "UTC", "late_for": timedelta(days=7), **changes}
    return RoundSettings(**values)


@dataclass
class Tap:
    """Stands between bot and chat, hands everything on, and remembers it. Can speak to the bot as the chat does."""

    chat: str
    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="tap-"))
    to_chat: list[bytes] = field(default_factory=list)
    to_bot: list[bytes] = field(default_factory=list)
    _forged: dict[int, asyncio.Future[Told]] = field(default_factory=dict)
    _bot: asyncio.StreamWriter | None = None
    _server: asyncio.Server | None = None
    _lines: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def socket(self) -> str:
        return os.path.join(self.folder, "s")

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._join, self.socket, limit=LONGEST_LINE)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    async def ask_bot(self, act: object) -> Told:
        """An act that no chat of ours would send. `{"yes": …}` or `{"no": …}`. Raises TimeoutError."""
        assert self._bot is not None
        number = -1 - len(self._forged)
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._forged[number] = answer
        self._bot.write(as_line({"ask": "act", "n": number, "what": {"act": act}}))
        async with asyncio.timeout(5):
            return await answer

    async def _join(self, from_bot: asyncio.StreamReader, to_bot: asyncio.StreamWriter) -> None:
        from_chat, to_chat = await asyncio.open_unix_connection(self.chat, limit=LONGEST_LINE)
        self._bot = to_bot
        lines = (
            asyncio.create_task(self._hand_on(from_bot, to_chat, self.to_chat)),
            asyncio.create_task(self._hand_on(from_chat, to_bot, self.to_bot)),
        )
        self._lines.update(lines)

    async def _hand_on(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, heard: list[bytes]) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await source.readline():
                heard.append(line)
                if heard is not self.to_chat or not self._take(line):
                    to.write(line)
        with contextlib.suppress(RuntimeError):
            to.close()

    def _take(self, line: bytes) -> bool:
        """True for an answer to what we asked ourselves."""
        if not self._forged:
            return False
        told = json.loads(line)
        answer = self._forged.get(told.get("n", 0)) if "ask" not in told else None
        if answer is not None and not answer.done():
            answer.set_result(told)
        return answer is not None


@dataclass
class Behind:
    """A chat process whose door is the tap's."""

    process: Any
    tap: Tap

    @property
    def socket(self) -> str:
        return self.tap.socket

    async def stop(self) -> None:
        await self.process.stop()
        await self.tap.stop()


class Stage(PlaygroundChat):
    """A chat of people by name, as `PlaygroundChat`; `tap` holds what went over the line."""

    tap: Tap

    def __init__(self, folder: Path, rounds: RoundSettings, cast: Mapping[str, str] = CAST) -> None:
        super().__init__(folder, rounds)
        self.folder = folder
        self._cast = cast

    async def start(self) -> None:
        await self._process.start()
        self._people = await Players.connect(self._process.socket)
        for name, standing in self._cast.items():
            await self._people.add_person(name, id="".join(name.lower().split()), standing=standing)
        await self._people.add_channel(PLACE, [name for name in self._cast if name not in NOT_THERE], id="place")
        await self._people.stop_clock(START)
        self.tap = Tap(self._process.socket)
        await self.tap.start()
        self._process = Behind(self._process, self.tap)  # type: ignore[assignment]
        await self._start_bot()

    @property
    def people(self) -> Players:
        return self._people

    @property
    def bot(self) -> Bot:
        return self._bot

    @property
    def kept(self) -> Storage:
        return self._kept

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def key_file(self) -> Path:
        return self._settings.storage.key_file

    @property
    def database(self) -> Path:
        return self._settings.storage.file

    def entries(self) -> Sequence[Entry]:
        """All that stands anywhere in the chat, in order."""
        return list(self._people.state.entries.values())


@asynccontextmanager
async def staged(
    folder: Path, rounds: RoundSettings | None = None, cast: Mapping[str, str] = CAST
) -> AsyncIterator[Stage]:
    stage = Stage(folder, rounds or settings(), cast)
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop()


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """Read beside the bot, as a thief who holds the file would."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()
