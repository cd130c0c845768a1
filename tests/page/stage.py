"""The page's server over loopback, with a real chat and a real bot behind it, and a browser that is only HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from adapters.playground.page.desk import ClockState, Due, Guide, Held, Move, Step, StepName
from adapters.playground.page.server import PageServer
from bot.messages import Line
from bot.settings import RoundSettings
from bot.text import Texts
from coproduce.web import Listening, listening
from tests.contract.playground_chat import PlaygroundChat

FORM = "application/x-www-form-urlencoded"
TOKEN = "t0ken-of-this-play"
PATIENCE = 10.0
SAVED = Line(key="said.saved")

Fields = Sequence[tuple[str, str]] | Mapping[str, str]


@dataclass
class NotedDesk:
    """Says what a test sets, and notes what it is asked to do."""

    chat: PlaygroundChat
    steps: dict[str, Sequence[Step]] = field(default_factory=dict)  # by person
    coming: dict[str, Sequence[Due]] = field(default_factory=dict)
    moved: list[Move] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    first: str = "samreed"
    place: str = "place"
    _changed: Callable[[], Awaitable[None]] | None = None

    def clock(self) -> ClockState:
        return ClockState(now=self.chat.now, rate=0)

    async def guide(self, person: str) -> Guide:
        return Guide(steps=tuple(self.steps.get(person, ())))

    async def due(self, person: str) -> Sequence[Due]:
        return self.coming.get(person, ())

    async def held(self, words: str = "") -> Held:
        self.searched.append(words)
        return Held(tables=(), files=(), note=SAVED)

    async def move(self, do: Move) -> None:
        self.moved.append(do)

    def group(self, person: str) -> Line | None:
        return None

    def was_here(self, person: str) -> None:
        self.visits.append(person)

    def watch(self, changed: Callable[[], Awaitable[None]]) -> None:
        self._changed = changed

    async def notice(self) -> None:
        assert self._changed is not None
        await self._changed()


def step(count: int) -> Step:
    """With a number that only one person may be told."""
    told = Line(key="said.added", facts={"count": count, "group": "frontline"})
    return Step(name=StepName.ORGANISER, title=SAVED, text=told)


@dataclass(frozen=True)
class Told:
    """A server-sent event."""

    what: str
    data: dict[str, Any]
    id: str


class Events:
    """An open stream, read event by event; `raw` is all that came."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._id = ""
        self.raw = ""

    async def next(self) -> Told:
        what, data = "", "{}"
        while True:
            line = await self._line()
            name, _, value = line.partition(": ")
            match name:
                case "id":
                    self._id = value
                case "event":
                    what = value
                case "data":
                    data = value
                case "" if what:
                    return Told(what, json.loads(data), self._id)

    async def until(self, what: str, is_it: Callable[[dict[str, Any]], bool] = lambda data: True) -> Told:
        async with asyncio.timeout(PATIENCE):
            while (told := await self.next()).what != what or not is_it(told.data):
                pass
        return told

    async def beat(self) -> None:
        """The next comment, with nothing before it."""
        async with asyncio.timeout(PATIENCE):
            assert (await self._line()).startswith(":")
            assert await self._line() == ""

    async def end(self) -> str:
        """Reads until the server ends it."""
        async with asyncio.timeout(PATIENCE):
            while await self._response.content.readline():
                pass
        return self.raw

    async def _line(self) -> str:
        line = (await self._response.content.readline()).decode()
        if not line:
            raise EOFError
        self.raw += line
        return line.rstrip("\n")


class Browser:
    """One person's browser: it knows the token, and says from where it asks."""

    def __init__(self, base: str, cookies: Mapping[str, str]) -> None:
        self.base = base
        self.http = aiohttp.ClientSession(
            base, cookie_jar=aiohttp.DummyCookieJar(), cookies=None, auto_decompress=False
        )
        self.cookies = dict(cookies)

    async def get(self, path: str, **headers: str) -> tuple[int, Mapping[str, str], str]:
        async with self.http.get(path, headers=self._with(headers), allow_redirects=False) as response:
            return response.status, response.headers, (await response.read()).decode()

    async def post(self, path: str, fields: Fields = (), **headers: str) -> tuple[int, dict[str, Any]]:
        own = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
        body = urlencode(list(fields.items()) if isinstance(fields, Mapping) else list(fields))
        async with self.http.post(path, data=body, headers=self._with({**own, **headers})) as response:
            return response.status, await response.json()

    @asynccontextmanager
    async def events(self, person: str, after: int | str | None = None, **headers: str) -> AsyncIterator[Events]:
        path = f"/as/{person}/events" + ("" if after is None else f"?after={after}")
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.http.get(path, headers=self._with(headers), timeout=timeout) as response:
            assert response.status == 200, await response.text()
            yield Events(response)

    async def standing(self, person: str) -> dict[str, Any]:
        _, _, text = await self.get(f"/as/{person}/standing")
        told: dict[str, Any] = json.loads(text)
        return told

    def _with(self, headers: Mapping[str, str]) -> dict[str, str]:
        sent = dict(headers)
        if self.cookies and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {name: value for name, value in sent.items() if value != "absent"}


class Stage:
    """`chat`: its people's hands and eyes, and the world."""

    def __init__(self, chat: PlaygroundChat) -> None:
        self.chat = chat
        self.desk = NotedDesk(chat)
        self.port = 0

    async def serve(self) -> None:
        self.page = PageServer(self.chat._process.socket, Texts.load(), self.desk, TOKEN)
        await self.page.start()
        self.listening: Listening = await listening(
            self.page.routes(), "127.0.0.1", self.port, middlewares=self.page.guards(), streams=PageServer.STREAMS
        )
        self.port = int(self.listening.addresses[0].rpartition(":")[2])
        self.browser = Browser(f"http://127.0.0.1:{self.port}", {f"coproduce-play-{self.port}": TOKEN})

    async def end(self) -> None:
        await self.page.stop()
        await self.browser.http.close()
        await self.listening.cleanup()


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    chat = PlaygroundChat(folder, RoundSettings(time_zone="UTC"))
    await chat.start()
    stage = Stage(chat)
    try:
        await stage.serve()
        try:
            yield stage
        finally:
            await stage.end()
    finally:
        await chat.stop()
