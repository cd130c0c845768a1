"""The outbound side of the adapter against the double: what the tests of this folder share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import discord
from discord.http import Route

from adapters.discord.calls import Calls
from adapters.discord.people import DiscordPeople
from adapters.discord.platform import DiscordPlatform
from adapters.discord.traffic import Traffic
from bot.messages import Control, Line, MessageKind, Passage, Post, PostKey, line, post_key
from bot.people import Address, Workspace
from bot.text import Texts
from tests.discord.double import DiscordDouble
from tests.discord.world import DM, GUILD, TOKEN, Channel, Message, Person
from tests.world import VirtualClock

TEXTS = Texts.load()
WORKSPACE = Workspace(platform="discord", id=GUILD)
START = datetime(2026, 12, 1, 9, tzinfo=UTC)
PAGE = "POST /channels/{}/messages"
EDIT = "PATCH /channels/{}/messages/{}"
OPEN = "POST /users/@me/channels"


@dataclass(kw_only=True)
class Out:
    double: DiscordDouble
    clock: VirtualClock
    client: discord.Client
    traffic: Traffic
    calls: Calls
    people: DiscordPeople
    platform: DiscordPlatform
    place: Channel
    fay: Person
    cal: Person

    @property
    def channel(self) -> Address:
        return Address(platform="discord", workspace=GUILD, channel=self.place.id)

    def standing(self, channel: str) -> list[Message]:
        return [one for one in self.double.world.messages if one.channel == channel]

    def told(self, person: Person) -> list[Message]:
        """In their conversation with the bot."""
        channels = self.double.world.channels.values()
        return [m for c in channels if c.type == DM and c.recipient == person.id for m in self.standing(c.id)]

    def restarted(self) -> DiscordPlatform:
        """A process that remembers nothing."""
        self.people = DiscordPeople(self.calls, self.clock)
        self.platform = DiscordPlatform(self.calls, self.people, TEXTS, self.clock)
        return self.platform

    def with_new_calls(self) -> DiscordPlatform:
        """discord.py remembers a limit by a clock of its own."""
        self.client.http._buckets.clear()
        return self.platform

    def passes(self, **how: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**how))


def private(person: Person) -> Address:
    return Address(platform="discord", workspace=GUILD, user=person.id)


def key(name: str = "R-7F3K:question:1:0") -> PostKey:
    return post_key(name)


def post(text: str = "Hello", *controls: Control, kind: MessageKind = MessageKind.QUESTION, **line_: str) -> Post:
    content: tuple[Line | Passage, ...] = (line("message.reminder.missing", service="Repairs"), Passage(text=text))
    return Post(kind=kind, content=content, controls=controls)


@asynccontextmanager
async def outbound() -> AsyncIterator[Out]:
    clock = VirtualClock(START)
    double = DiscordDouble(clock.now)
    await double.start()
    base, Route.BASE = Route.BASE, double.api_url
    traffic = Traffic(clock)
    client = discord.Client(intents=discord.Intents.none(), http_trace=traffic.trace, max_messages=None)
    calls = Calls(client, traffic, clock)
    try:
        await client.login(TOKEN)
        fay, cal = double.world.add_person("Fay Hall"), double.world.add_person("Cal Dunn")
        people = DiscordPeople(calls, clock)
        yield Out(
            double=double,
            clock=clock,
            client=client,
            traffic=traffic,
            calls=calls,
            people=people,
            platform=DiscordPlatform(calls, people, TEXTS, clock),
            place=double.world.add_channel("repairs", [fay.id, cal.id]),
            fay=fay,
            cal=cal,
        )
    finally:
        await client.close()
        await double.stop()
        Route.BASE = base
    assert not double.violations, "\n".join(double.violations)
