"""`coproduce play` as a process of its own, and somebody who looks at its page over HTTP."""

from __future__ import annotations

import asyncio
import html
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, CookieJar

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=\S+")
OPENS_WITHIN = 60.0

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("COPRODUCE_", "BROWSER"))}
for _name in ("DISPLAY", "WAYLAND_DISPLAY"):
    CLEAN.pop(_name, None)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass(slots=True)
class Playing:
    """`said`: what it wrote on its standard output until the page stood."""

    process: asyncio.subprocess.Process
    said: str
    address: str

    @property
    def base(self) -> str:
        return self.address.split("/?")[0]

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """By itself, well before the time that a server gives its requests to end."""
        self.process.send_signal(number)
        async with asyncio.timeout(8):
            return await self.process.wait()


async def start(folder: Path, *words: str, env: Mapping[str, str] = CLEAN) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "coproduce", "play", *words),
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def served(folder: Path, *words: str) -> AsyncIterator[Playing]:
    """`--no-open`, on a port that is free unless one is named."""
    port = () if "--port" in words else ("--port", "0")
    process = await start(folder, "--no-open", *port, *words)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = ""
        async with asyncio.timeout(OPENS_WITHIN):
            while not (found := ADDRESS.search(said)):
                line = await process.stdout.readline()
                assert line, (await process.stderr.read()).decode()
                said += line.decode()
        yield Playing(process=process, said=said, address=found[0])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class Visitor:
    """Somebody's browser."""

    playing: Playing
    session: ClientSession
    first: str = ""  # whom the page opened as
    people: dict[str, str] = field(default_factory=dict)  # name -> id

    async def get(self, path: str, **query: str) -> str:
        async with self.session.get(self.playing.base + path, params=query) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.text()

    async def post(self, path: str, **fields: str) -> dict[str, str]:
        headers = {"Origin": self.playing.base}
        async with self.session.post(self.playing.base + path, data=fields, headers=headers) as answer:
            assert answer.status == 200, (path, answer.status, await answer.text())
            told: dict[str, str] = await answer.json() if answer.content_type == "application/json" else {}
            return told

    async def steps(self, name: str) -> str:
        return words_of(await self.get("/steps", person=self.people[name]))

    async def due(self, name: str) -> str:
        return words_of(await self.get("/due", person=self.people[name]))

    async def held(self, words: str = "") -> str:
        return words_of(await self.get("/held", words=words))

    async def clock(self, do: str) -> None:
        await self.post("/clock", do=do)

    async def sees(self, name: str) -> str:
        return words_of(await self.get(f"/as/{self.people[name]}"))

    async def until(self, look: Callable[[], Awaitable[bool]]) -> None:
        """Asked again whenever the page is told of something."""
        stream = await self.session.get(f"{self.playing.base}/as/{self.first}/events")
        try:
            async with asyncio.timeout(90):
                while not await look():
                    await stream.content.readuntil(b"\n\n")
        finally:
            stream.close()

    async def answer(self, name: str, **boxes: str) -> None:
        """Presses [Answer], and sends the form."""
        me = f"/as/{self.people[name]}"
        control = re.search(r"coproduce:answer:R-\w+", await self.get(me))
        assert control
        opened = await self.post(f"{me}/press", control=control[0])
        form = re.search(r'<dialog[^>]* data-form="([^"]+)"', opened["form"])
        assert form
        sent = await self.post(f"{me}/fill", form=form[1], **boxes)
        assert not sent["error"], sent


@asynccontextmanager
async def visiting(playing: Playing) -> AsyncIterator[Visitor]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.get(playing.address) as answer:
            page, first = await answer.text(), answer.url.path.rsplit("/", 1)[-1]
        found = re.findall(r'<a[^>]*data-face="(U\w+)".*?<bdi>([^<]+)</bdi>', page, re.S)
        assert found, page
        yield Visitor(playing, session, first, {html.unescape(name): id for id, name in found})


def words_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
