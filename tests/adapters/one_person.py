"""The connection of one person's page to the chat, and all that ever crossed it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from adapters.playground.chat.wire import Json, Wire, connect


class OnePerson:
    def __init__(self, wire: Wire, told: list[Json]) -> None:
        self.wire = wire
        self.told = told
        self.hello: Json = {}
        self.answers: list[Json] = []

    async def ask(self, op: str, **what: Any) -> Json:
        answer = await self.wire.ask(op, **what)
        self.answers.append(answer)
        return answer

    async def heard(self) -> list[Json]:
        """What they were told until now: answers come after it, in order."""
        await self.wire.ask("form")
        return [one["event"] for one in self.told]

    async def everything(self) -> str:
        """Every byte that came over this connection."""
        await self.heard()
        return json.dumps([self.hello, self.told, self.answers], ensure_ascii=False)

    def numbers(self) -> list[int]:
        return [one["number"] for one in self.told]


@asynccontextmanager
async def page_of(socket: str, person: str) -> AsyncIterator[OnePerson]:
    told: list[Json] = []
    wire = await connect(socket, hear=told.append)
    reading = asyncio.create_task(wire.run())
    one = OnePerson(wire, told)
    try:
        one.hello = await wire.ask("hello", role="person", person=person)
        yield one
    finally:
        wire.close()
        await reading
