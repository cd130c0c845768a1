"""Who may start a round in a server: whom its administrators let use the command, and whom the operator names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.discord.calls import Calls
from adapters.discord.people import DiscordPeople
from adapters.discord.permissions import ADMINS
from adapters.discord.profiles import Person, Server
from adapters.discord.reading import Asked, Kind
from bot.acts import Act, Actor, OrganiserAct, Refused
from bot.errors import DeliveryError
from bot.messages import Line, line
from bot.people import Standing
from bot.text import HOUSE

ROLE, USER = 1, 2
"""Types of a command's permission; the third is of channels, in which rounds are not only started."""

PATIENCE = 1.0
"""Seconds for which a press in a direct message waits to know whether somebody is still a member."""

Rules = Sequence[Mapping[str, Any]]


class Organisers:
    def __init__(self, calls: Calls, people: DiscordPeople, named: Sequence[str]) -> None:
        """`named`: roles by name or id, as in the configuration; none: everybody."""
        self._calls = calls
        self._people = people
        self._named = named

    async def refused(self, asked: Asked, actor: Actor) -> Refused | None:
        """None: this person may. Discord itself keeps to the permissions of a typed command, but not of our buttons."""
        guild = actor.account.workspace
        if not guild:
            return _no(actor, line("refused.not_in_a_server"))
        is_typed = asked.kind is Kind.COMMAND
        if not is_typed and not await self._may_use_the_command(guild, asked.user):
            return _no(actor, line("refused.no_command"))
        if not self._named:
            return None
        roles = asked.roles if asked.guild else (await self._people.one(guild, asked.user)).roles
        names = (await self._people.server(guild)).roles
        if _is_named(self._named, {guild, *roles}, names):  # the role of everybody has the server's own id
            return None
        return _no(actor, line("refused.no_organiser", names="\n".join(names.get(name, name) for name in self._named)))

    async def left(self, act: Act) -> Refused | None:
        """None: they are there. Buttons in a direct message outlive a membership, and nobody runs a round from outside.

        Where Discord does not answer in time, nobody is kept from their round."""
        account = act.actor.account
        if not isinstance(act, OrganiserAct) or act.actor.standing is not Standing.UNKNOWN or not account.workspace:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                person = await self._people.one(account.workspace, account.user)
        except (TimeoutError, DeliveryError):
            return None
        return None if person.is_member else _no(act.actor, line("refused.left_server"))

    async def _may_use_the_command(self, guild: str, user: str) -> bool:
        application = str(self._calls.client.application_id or "")
        told = await self._calls.listing(
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
            application_id=application,
            guild_id=guild,
            workspace=guild,
        )
        rules = {str(each["id"]): each["permissions"] for each in told}
        of_command = next((each for id_, each in rules.items() if id_ != application), rules.get(application, ()))
        if not of_command:
            return True
        return _may(of_command, await self._people.one(guild, user), await self._people.server(guild))


def _may(rules: Rules, person: Person, server: Server) -> bool:
    """As Discord decides: one's own entry goes before roles, a role before everybody; administrators always may.

    https://docs.discord.com/developers/interactions/application-commands#permissions"""
    if server.held(person) & ADMINS:
        return True
    says = {str(each["id"]): bool(each["permission"]) for each in rules if each["type"] in (ROLE, USER)}
    if person.user in says:
        return says[person.user]
    of_roles = [says[role] for role in person.roles if role in says]
    return any(of_roles) if of_roles else says.get(server.id, True)


def _is_named(named: Sequence[str], roles: Iterable[str], names: Mapping[str, str]) -> bool:
    wanted = {name.casefold() for name in named}
    return any(id_ in wanted or names.get(id_, "").casefold() in wanted for id_ in roles)


def _no(actor: Actor, because: Line) -> Refused:
    return Refused(because=because, locale=actor.locale or HOUSE, tz=actor.tz or "UTC")
