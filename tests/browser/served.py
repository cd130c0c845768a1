"""The page's own server over a chat that a test runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.playground.page.desk import Desk
from adapters.playground.page.server import PageServer
from bot.text import Texts
from coproduce.web import Listening, listening

TOKEN = "a-token-of-this-test"


class Served:
    """`address`: without a slash at its end."""

    page: PageServer
    address: str
    port: int
    _server: Listening

    async def start(self, socket: str, desk: Desk, port: int = 0) -> None:
        self.page = PageServer(socket, Texts.load(), desk, TOKEN)
        await self.page.start()
        self._server = await listening(
            self.page.routes(), "127.0.0.1", port, middlewares=self.page.guards(), streams=PageServer.STREAMS
        )
        self.address = f"http://{self._server.addresses[0]}"
        self.port = int(self.address.rpartition(":")[2])

    async def stop(self) -> None:
        await self.page.stop()
        await self._server.cleanup()

    def of(self, person: str) -> str:
        """The address of somebody's page for a browser that comes for the first time. `person`: an id."""
        return f"{self.address}/as/{person}?token={TOKEN}"


@asynccontextmanager
async def serving_page(socket: str, desk: Desk) -> AsyncIterator[Served]:
    served = Served()
    await served.start(socket, desk)
    try:
        yield served
    finally:
        await served.stop()
