"""What the bot may do in a channel, and who reads there: computed from roles and overwrites, counted over members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.discord.calls import Calls
from adapters.discord.people import DiscordPeople, Person, Server
from adapters.discord.permissions import ATTACH, POST, READ, THREAD, held, in_channel
from bot.errors import Unreachable
from bot.people import Address, Reach
from bot.ports import Clock

FRESH = timedelta(minutes=1)
"""How old the list of members may be when readers are counted."""

TEXT, ANNOUNCEMENT = 0, 5
"""Channels whose messages can have threads. Forums and media channels take no plain messages, voice has no threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    calls: Calls
    people: DiscordPeople
    clock: Clock

    async def of(self, address: Address) -> Reach:
        """Raises Unreachable."""
        if address.channel is None:
            return Reach(name="", may_thread=False, readers=1, is_public=False)
        guild = address.workspace
        about = await self.calls.mapping(
            "GET", "/channels/{channel_id}", channel_id=address.channel, workspace=guild, scope=address.lane
        )
        if str(about.get("guild_id") or "") != guild:
            raise Unreachable(reason="gone")
        now = self.clock.now()
        server = await self.people.server(guild, now - FRESH)
        ours = await self.people.one(guild, self.calls.bot_user, now - FRESH)
        overwrites: Sequence[Mapping[str, Any]] = about.get("permission_overwrites") or ()
        may = _in(server, ours, overwrites)
        is_open = about.get("type") in (TEXT, ANNOUNCEMENT) and may & POST == POST
        everyone = in_channel(held((), server.permissions, guild), (), "", guild, overwrites)
        is_public = bool(everyone & READ)
        readers = await self._readers(server, overwrites)
        return Reach(
            name=str(about.get("name") or address.channel),
            may_post=is_open,
            may_thread=is_open and may & THREAD == THREAD,
            may_attach=is_open and may & ATTACH == ATTACH,
            readers=server.size if readers is None else len(readers),  # never fewer than there are
            is_public=is_public,
            members=frozenset(readers or ()),
        )

    async def _readers(self, server: Server, overwrites: Sequence[Mapping[str, Any]]) -> list[str] | None:
        """None: the bot may not list members."""
        everybody = await self.people.everybody(server.id, self.clock.now() - FRESH)
        if everybody is None:
            return None
        people = (one for one in everybody.values() if not one.is_bot)
        return [one.user for one in people if _in(server, one, overwrites) & READ]


def _in(server: Server, person: Person, overwrites: Sequence[Mapping[str, Any]]) -> int:
    return in_channel(server.held(person), person.roles, person.user, server.id, overwrites)
