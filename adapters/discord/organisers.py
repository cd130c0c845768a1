"""Who may start a round in a server: members of the roles that the operator names; where none is named, everybody."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.discord.people import DiscordPeople
from adapters.discord.reading import Asked
from bot.acts import Actor, Refused
from bot.messages import line
from bot.text import HOUSE


class Organisers:
    def __init__(self, people: DiscordPeople, named: Sequence[str]) -> None:
        """`named`: roles by name or id, as in the configuration."""
        self._people = people
        self._named = named

    async def refused(self, asked: Asked, actor: Actor) -> Refused | None:
        """None: this person may. Roles are looked up where the press did not come from the server."""
        guild, locale, tz = actor.account.workspace, actor.locale or HOUSE, actor.tz or "UTC"
        if not guild:
            return Refused(because=line("refused.not_in_a_server"), locale=locale, tz=tz)
        if not self._named:
            return None
        roles = asked.roles if asked.guild else (await self._people.one(guild, asked.user)).roles
        mine = {guild, *roles}  # the role of everybody has the server's own id
        names = (await self._people.server(guild)).roles
        wanted = {name.casefold() for name in self._named}
        if mine & wanted or any(names.get(id_, "").casefold() in wanted for id_ in mine):
            return None
        told = "\n".join(names.get(name, name) for name in self._named)
        return Refused(because=line("refused.no_organiser", names=told), locale=locale, tz=tz)
