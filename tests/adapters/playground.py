"""A chat in a process of its own, people in it, and a bot that answers as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.playground.chat.process import ChatProcess
from adapters.playground.clock import MovableClock
from adapters.playground.link import Link
from adapters.playground.listeners import Listeners
from adapters.playground.platform import PlaygroundPlatform
from adapters.playground.playing.players import Players
from bot.acts import Act, Outcome, Said
from bot.messages import Line, MessageKind, Passage, Post
from bot.people import Account, Address
from bot.rounds import RoundCode
from bot.text import Texts

HEARD = Said(content=(Passage(text="Heard."),))


@dataclass
class EchoService:
    """Answers every act with what `answers` makes of it, and remembers it."""

    answers: Callable[[Act], Outcome] = lambda act: HEARD
    acts: list[Act] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None  # answers nothing before it is set

    async def do(self, act: Act) -> Outcome:
        self.acts.append(act)
        self.called.set()
        if self.hold is not None:
            await self.hold.wait()
        return self.answers(act)

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return False

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return ()


@dataclass
class Scene:
    chat: ChatProcess
    people: Players
    link: Link
    clock: MovableClock
    platform: PlaygroundPlatform
    service: EchoService
    listeners: Listeners

    def inbox(self, person: str) -> Address:
        return Address(platform="playground", workspace="play", user=self.people.id(person))

    def channel(self, name: str) -> Address:
        found = self.people.state.channel(name)
        assert found is not None
        return Address(platform="playground", workspace="play", channel=found.id)


@asynccontextmanager
async def playing(folder: Path, *, patience: float = 10.0) -> AsyncIterator[Scene]:
    """Ann, Bob and Cy in #repairs, with the bot connected."""
    chat = ChatProcess(folder / "chat.jsonl", patience=patience)
    await chat.start()
    people = await Players.connect(chat.socket)
    for name in ("Ann", "Bob", "Cy"):
        await people.add_person(name, id=name.lower())
    await people.add_channel("repairs", ["Ann", "Bob", "Cy"], id="C1")
    clock, texts, service = MovableClock(), Texts.load(), EchoService()
    link = Link(chat.socket, clock)
    platform = PlaygroundPlatform(link, texts)
    listeners = Listeners(link, platform, service, texts, clock)
    listeners.start()
    await link.start()
    try:
        yield Scene(chat, people, link, clock, platform, service, listeners)
    finally:
        await listeners.stop()
        await link.stop()
        await people.close()
        await chat.stop()


def post(text: str, kind: MessageKind = MessageKind.PAGE) -> Post:
    return Post(kind=kind, content=(Passage(text=text),))


def said(key: str) -> Said:
    return Said(content=(Line(key=key),))
