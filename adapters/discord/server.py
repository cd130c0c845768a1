"""Discord as the composition root sees it: one application, its gateway, and the platform for the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

import aiohttp
import discord
from aiohttp import web
from discord.http import HTTPClient

from adapters.discord import checks, tree
from adapters.discord.calls import NAME, Calls
from adapters.discord.connection import Connection
from adapters.discord.listeners import Listeners
from adapters.discord.manifest import manifest
from adapters.discord.organisers import Organisers
from adapters.discord.people import DiscordPeople
from adapters.discord.platform import DiscordPlatform
from adapters.discord.responder import Responder
from adapters.discord.settings import DiscordSettings
from adapters.discord.traffic import Traffic
from adapters.discord.zones import Zones
from bot.errors import where
from bot.messages import Line, Pace
from bot.people import Cast, Way, Workspace
from bot.ports import Clock, Service, Vault
from bot.service.in_flight import InFlight
from bot.text import Texts

log = logging.getLogger(__name__)

END_WITHIN = 20.0
"""Seconds for which a stop waits for work in flight."""

KNOCK_EVERY = 20.0
"""Seconds between two checks whether a revoked token works again."""

ANSWER_WITHIN = 10.0
"""Seconds for one answer to an interaction."""


class _Platform(DiscordPlatform):
    """People live in the zones that they chose: Discord tells none."""

    zones: Zones

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        return await self.zones.told(await super().people(workspace, refs, since))


class DiscordServer:
    """Use: `enter`, then `listen`; `stop` ends intake and lets work end, `leave` when the engine has stopped too."""

    name = NAME

    def __init__(self, settings: DiscordSettings, texts: Texts, clock: Clock) -> None:
        self._settings = settings
        self._texts = texts
        self._clock = clock
        self._zones = Zones()
        self._in_flight = InFlight()
        self._traffic = Traffic(clock)
        token = settings.token.get_secret_value()
        self._connection = Connection(token, settings.api_url, settings.shards, self._traffic.trace)
        self._answers: aiohttp.ClientSession | None = None
        self._left: set[int] = set()  # servers that threw the bot out
        self._knocks: asyncio.Task[None] | None = None
        self._returned: Callable[[Workspace], None] = lambda server: None

    @property
    def pace(self) -> Pace:
        return DiscordPlatform.pace

    async def enter(self) -> DiscordPlatform:
        """Logs in. May be repeated after an error.

        Raises Revoked if the token is refused, Later and Unknown where Discord does not answer.
        """
        client = await self._connection.open()
        self._calls = Calls(client, self._traffic, self._clock)
        self._calls.returned = self._let_in_everywhere
        self._people = DiscordPeople(self._calls, self._clock)
        invites = Way.CHANNEL if self._settings.invite == "channel" else Way.PRIVATE
        self.platform = _Platform(self._calls, self._people, self._texts, self._clock, invites)
        self.platform.zones = self._zones
        return self.platform

    def when_let_in_again(self, returned: Callable[[Workspace], None]) -> None:
        self._returned = returned

    async def listen(self, service: Service, vault: Vault) -> None:
        """Registers the command where it has changed, and takes acts; returns when events arrive.

        The time zones that people chose are kept in the vault."""
        self._zones.keep_in(vault)
        http = self._connection.client.http
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        self._answers = aiohttp.ClientSession(timeout=timeout)
        listeners = Listeners(
            service,
            self.platform,
            Responder(self._answers, self._settings.api_url),
            self._people,
            Organisers(self._calls, self._people, self._settings.organisers),
            self._zones,
            self._texts,
            self._clock,
            self._in_flight,
        )
        await self._register(http)
        self._knocks = asyncio.create_task(self._knock_now_and_then())
        await self._connection.start(
            interaction=listeners.interaction,
            message=listeners.message,
            guild_remove=self._thrown_out,
            guild_join=self._let_in,
            guild_available=self._let_in,
        )

    @property
    def is_listening(self) -> bool:
        """Do events arrive? Not before `listen`, nor while the gateway is down or the token is revoked."""
        if self._in_flight.is_stopping or not self._connection.is_connected:
            return False
        return not self._calls.is_revoked

    def routes(self) -> Sequence[web.RouteDef]:
        """Interactions come by the gateway."""
        return ()

    async def stop(self) -> None:
        """Takes no more acts, and finishes those in flight."""
        self._in_flight.is_stopping = True
        if self._knocks is not None:
            self._knocks.cancel()
        await self._connection.stop()
        await self._in_flight.finish(END_WITHIN)

    async def leave(self) -> None:
        if self._answers is not None:
            await self._answers.close()
        await self._connection.close()

    def checks(self, public_url: str) -> AsyncIterator[tuple[bool, Line]]:
        return checks.rows(self._settings)

    def manifest(self, public_url: str) -> tuple[str, Sequence[str]]:
        return manifest(self._settings, self._texts)

    async def _register(self, http: HTTPClient) -> None:
        """Where Discord does not answer now, servers keep the command as it was."""
        application = self._connection.client.application_id or 0
        wanted = tree.command(self._texts)
        try:
            if not tree.is_same(await http.get_global_commands(application), wanted):
                await http.bulk_upsert_global_commands(application, [wanted])
                log.info("command_registered")
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.error("command_not_registered", extra={"error": where(error)})

    async def _knock_now_and_then(self) -> None:
        """A token that was reset and set back works again without a restart."""
        while True:
            await asyncio.sleep(KNOCK_EVERY)
            await self._calls.knock()

    async def _thrown_out(self, server: discord.Guild) -> None:
        self._left.add(server.id)
        log.error("revoked", extra={"workspace": f"{NAME}:{server.id}"})

    async def _let_in(self, server: discord.Guild) -> None:
        """discord.py tells so of each server after a start too."""
        if server.id in self._left:
            self._left.discard(server.id)
            self._returned(Workspace(platform=NAME, id=str(server.id)))

    def _let_in_everywhere(self) -> None:
        for server in self._connection.client.guilds:
            self._returned(Workspace(platform=NAME, id=str(server.id)))
