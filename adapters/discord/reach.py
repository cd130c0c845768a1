"""What the bot may do in a channel, and who reads there: computed from roles and overwrites, counted over members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.discord.calls import Calls
from adapters.discord.people import DiscordPeople
from adapters.discord.permissions import ADMINISTRATOR, ATTACH, HISTORY, POST, READ, THREAD, held, in_channel
from adapters.discord.profiles import Person, Server
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
        about, server, may = await self._rights(address)
        overwrites = _overwrites(about)
        is_open = about.get("type") in (TEXT, ANNOUNCEMENT) and may & POST == POST
        everyone = in_channel(held((), server.permissions, server.id), (), "", server.id, overwrites)
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
            groups=frozenset() if is_public else _roles_let_in(server, overwrites),
        )

    async def may_search(self, address: Address) -> bool:
        """May the bot read what was said there before? Where it may not, Discord answers with an empty history."""
        _, _, may = await self._rights(address)
        return may & HISTORY == HISTORY

    async def _rights(self, address: Address) -> tuple[Mapping[str, Any], Server, int]:
        """The channel, its server, and what the bot may do there."""
        guild, since = address.workspace, self.clock.now() - FRESH
        about = await self.calls.mapping(
            "GET", "/channels/{channel_id}", channel_id=address.channel or "", workspace=guild, scope=address.lane
        )
        if str(about.get("guild_id") or "") != guild:
            raise Unreachable(reason="gone")
        server = await self.people.server(guild, since)
        ours = await self.people.one(guild, self.calls.bot_user, since)
        return about, server, _in(server, ours, _overwrites(about))

    async def _readers(self, server: Server, overwrites: Sequence[Mapping[str, Any]]) -> list[str] | None:
        """None: the bot may not list members."""
        everybody = await self.people.everybody(server.id, self.clock.now() - FRESH)
        if everybody is None:
            return None
        people = (one for one in everybody.values() if not one.is_bot)
        return [one.user for one in people if _in(server, one, overwrites) & READ]


def _overwrites(about: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return about.get("permission_overwrites") or ()


def _roles_let_in(server: Server, overwrites: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Roles whose members read here. Those of administrators, who read everywhere, do not count."""

    def reads(role: str) -> bool:
        base = held((role,), server.permissions, server.id)
        return not base & ADMINISTRATOR and bool(in_channel(base, (role,), "", server.id, overwrites) & READ)

    return frozenset(role for role in server.roles if reads(role))


def _in(server: Server, person: Person, overwrites: Sequence[Mapping[str, Any]]) -> int:
    return in_channel(server.held(person), person.roles, person.user, server.id, overwrites)
