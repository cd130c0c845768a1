"""Discord: the double's gateway brings interactions to discord.py, and their answers come back over REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.calls import NAME
from adapters.discord.connection import SDK_LOG, intents
from adapters.discord.forms import Place
from adapters.discord.platform import DiscordPlatform
from adapters.discord.server import DiscordServer
from adapters.discord.settings import DiscordSettings
from bot.acts import FormKind
from bot.answers import Level
from bot.people import Account
from bot.rounds import RoundCode
from bot.text import Texts
from tests.bench.platforms import Hands
from tests.bench.town import WORDS, Town
from tests.discord import interacting, rules
from tests.discord.double import DiscordDouble
from tests.discord.world import BOT, GUILD, TOKEN, Form, Json, Message

FIRST = 100_000_000_000_000_001
"""Id of the first person in the double; the others' count up."""

PEOPLE = 1_000
CONTROL = "coproduce:home:"


class OnDiscord:
    """`Measured`."""

    title, sdk = "Discord", "discord.py"
    pace = DiscordPlatform.pace
    steps = 1

    def accounts(self, count: int) -> Sequence[Account]:
        return [Account(platform=NAME, workspace=GUILD, user=_user(n)) for n in range(count)]

    @asynccontextmanager
    async def ours(self, here: Town, code: RoundCode) -> AsyncIterator[Hands]:
        double = await _double()
        settings = DiscordSettings.model_validate({"token": TOKEN, "api_url": double.api_url})
        server = DiscordServer(settings, Texts.load().on(NAME), here.clock)
        await server.enter()
        await server.listen(here.bot.service, here.bot.vault)
        yield Through(double, code)
        await server.stop()
        await server.leave()
        await double.stop()
        assert not double.violations, double.violations

    @asynccontextmanager
    async def bare(self, keep: Callable[[], object]) -> AsyncIterator[Hands]:
        """From now on discord.py calls this double, also for `ours`: it knows one address only."""
        double = await _double()
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = double.api_url, yarl.URL(double.gateway.url)
        SDK_LOG.setLevel(logging.CRITICAL + 1)
        client = Bare(keep)
        await client.login(TOKEN)
        async with asyncio.TaskGroup() as group:
            group.create_task(client.connect())
            await double.gateway.until_connected()
            yield Through(double, RoundCode("R-1111"))
            await client.close()
        await double.stop()
        assert not double.violations, double.violations


class Bare(discord.Client):
    """Answers a press, and a form when its words are kept."""

    def __init__(self, keep: Callable[[], object]) -> None:
        super().__init__(intents=intents(), allowed_mentions=discord.AllowedMentions.none(), max_messages=None)
        self._keep = keep

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            self._keep()
        await interaction.response.send_message("Here.", ephemeral=True)


class Through:
    """People whose interactions reach the one bot of this double."""

    def __init__(self, double: DiscordDouble, code: RoundCode) -> None:
        self._hands, self._world = double.hands, double.world
        row: Json = {"type": rules.ROW, "id": 1, "components": [_button()]}
        here = self._world.add_channel("repairs")
        self._message = self._world.add(
            Message(
                id=self._world.fresh(),
                channel=here.id,
                author=BOT,
                content="…",
                components=[row],
                born=self._world.now(),
            )
        )
        self._opened = double.interacting.begin(interacting.PRESS, _user(0), here.id, self._message)
        self._form = {"custom_id": Place(kind=FormKind.ANSWER, code=code).id, "title": "…", "components": _boxes()}

    async def press(self, n: int) -> None:
        ack = await self._hands.press(_user(0), CONTROL, self._message)
        assert ack.answer == interacting.MESSAGE, ack

    async def send(self, n: int, step: int) -> None:
        form = Form(user=_user(n), body=self._form, interaction=self._opened.id, message=self._message)
        form.state = {level.value: {"value": getattr(WORDS, level.value)} for level in Level}
        self._world.forms[_user(n)] = form
        ack = await self._hands.submit(_user(n))
        assert ack.answer == interacting.MESSAGE, ack


async def _double() -> DiscordDouble:
    double = DiscordDouble()
    double.reads_bodies = False  # it is the bot that is measured
    for n in range(PEOPLE):
        double.world.add_person(f"Person {n}", id=_user(n))
    await double.start()
    return double


def _user(n: int) -> str:
    return str(FIRST + n)


def _button() -> Json:
    return {"type": rules.BUTTON, "style": 2, "custom_id": CONTROL, "label": "…", "id": 2}


def _boxes() -> list[dict[str, Any]]:
    return [
        {
            "type": rules.LABEL,
            "id": 2 * n,
            "label": "…",
            "component": {"type": rules.TEXT_INPUT, "id": 2 * n + 1, "custom_id": level.value},
        }
        for n, level in enumerate(Level, start=1)
    ]
