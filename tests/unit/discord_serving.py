"""The adapter on the double, with a service that says what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.discord.calls import NAME
from adapters.discord.server import DiscordServer
from adapters.discord.settings import DiscordSettings
from bot.acts import Act, Field, FieldKind, Form, FormKind, Outcome, Said, ShowForm
from bot.messages import Line, Passage, line
from bot.people import Account
from bot.ports import Vault
from bot.rounds import RoundCode
from bot.text import Texts
from tests.builders import NOON
from tests.discord.double import DiscordDouble
from tests.discord.world import GUILD, TOKEN, Channel, Json, Message, Person
from tests.fakes import MemoryVault
from tests.unit.couriers import StoppedClock
from tests.world import memory_stores

CODE = RoundCode("R-7F3K")
SAID = Said(content=(line("said.saved"),))


class Serving:
    """`bot.ports.Service`: keeps the acts, and gives what it was told to give."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.gives: Callable[[Act], Outcome] = lambda act: SAID
        self.holds: asyncio.Event | None = None  # nothing is given before it is set
        self.known: Sequence[Account] = ()

    async def do(self, act: Act) -> Outcome:
        self.acts.append(act)
        if self.holds is not None:
            await self.holds.wait()
        return self.gives(act)

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return True

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return self.known


@dataclass
class OnDiscord:
    double: DiscordDouble
    server: DiscordServer
    serving: Serving
    vault: Vault = field(default_factory=lambda: MemoryVault(memory_stores()[1]))
    fay: Person = field(init=False)
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.fay = self.double.world.add_person("Fay Hall")
        self.channel = self.double.world.add_channel("repairs")
        self.double.world.current = self.channel.id

    async def finish(self) -> None:
        await self.server._in_flight.finish(5.0)

    def another_server(self) -> DiscordServer:
        """The next process of the same bot."""
        self.server = DiscordServer(self.server._settings, Texts.load().on("discord"), StoppedClock())
        return self.server

    def private(self, person: Person | None = None) -> list[Message]:
        """What stands privately before somebody, in the order in which it came."""
        user = (person or self.fay).id
        return [one for one in self.double.world.messages if one.only_for == user]

    def last(self) -> str:
        return self.private()[-1].content

    def form(self, person: Person | None = None) -> Json:
        return self.double.world.forms[(person or self.fay).id].body

    def account(self, person: Person | None = None) -> Account:
        return Account(platform=NAME, workspace=GUILD, user=(person or self.fay).id)


@asynccontextmanager
async def on_discord(**settings: Any) -> AsyncIterator[OnDiscord]:
    """Fails the test if Discord would have refused anything."""
    double = DiscordDouble(lambda: NOON)
    await double.start()
    made = DiscordSettings.model_validate({"token": TOKEN, "api_url": double.api_url, **settings})
    server, serving = DiscordServer(made, Texts.load().on("discord"), StoppedClock()), Serving()
    told = OnDiscord(double, server, serving)
    try:
        await server.enter()
        await server.listen(serving, told.vault)
        yield told
    finally:
        await told.server.stop()
        await told.server.leave()
        await double.stop()
    assert not double.violations, "\n".join(double.violations)


def answer_form(**written: str) -> ShowForm:
    """An answer's form with its notices."""
    boxes = tuple(
        Field(
            name=name,
            kind=FieldKind.TEXT,
            label=Passage(text=f"About {name}?"),
            values=(written[name],) if name in written else (),
            optional=True,
        )
        for name in ("personal", "others", "intentions", "barriers")
    )
    return ShowForm(
        form=Form(
            kind=FormKind.ANSWER,
            code=CODE,
            page="as:frontline",
            fields=boxes,
            title=Line(key="form.answer.title", facts={"service": "Repairs online"}),
            notes=(line("form.answer.note_no_names"),),
            submit=line("form.answer.submit"),
        )
    )
