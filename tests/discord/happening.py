"""What happens in a server beside the bot: people leave, roles and channels change. The gateway tells of each."""

from __future__ import annotations

from tests.discord import payloads
from tests.discord.messaging import Dispatch
from tests.discord.world import GUILD, Channel, World


class Happening:
    def __init__(self, world: World, dispatch: Dispatch) -> None:
        self._world = world
        self._dispatch = dispatch

    async def leaves(self, user: str) -> None:
        person = self._world.people[user]
        person.is_member = False
        person.roles.clear()
        await self._dispatch("GUILD_MEMBER_REMOVE", {"guild_id": GUILD, "user": payloads.user(person)})

    async def joins(self, user: str) -> None:
        person = self._world.people[user]
        person.is_member = True
        await self._dispatch("GUILD_MEMBER_ADD", payloads.member(person) | {"guild_id": GUILD})

    async def has_roles(self, user: str, *roles: str) -> None:
        person = self._world.people[user]
        person.roles = set(roles)
        await self._dispatch("GUILD_MEMBER_UPDATE", payloads.member(person) | {"guild_id": GUILD})

    async def role_goes(self, id: str) -> None:
        del self._world.roles[id]
        for person in self._world.people.values():
            person.roles.discard(id)
        await self._dispatch("GUILD_ROLE_DELETE", {"guild_id": GUILD, "role_id": id})

    async def added(self, channel: Channel) -> None:
        await self._dispatch("CHANNEL_CREATE", payloads.channel(self._world, channel))

    async def changed(self, channel: Channel) -> None:
        """Its name, its permissions, whether it is archived: as they now are."""
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        await self._dispatch(event, payloads.channel(self._world, channel))

    async def goes(self, channel: Channel) -> None:
        """A channel or thread is deleted, with all that stands there. A channel takes its threads along."""
        told = payloads.channel(self._world, channel)
        for one in [one for one in self._world.channels.values() if channel.id in (one.id, one.parent)]:
            del self._world.channels[one.id]
            for message in [message for message in self._world.messages if message.channel == one.id]:
                self._world.messages.remove(message)
                self._world.by_id.pop(message.id, None)
        await self._dispatch("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", told)

    async def archives(self, thread: Channel, *, locks: bool = False) -> None:
        thread.is_archived, thread.is_locked, thread.archived_at = True, locks, self._world.now()
        await self.changed(thread)

    async def bot_is_removed(self) -> None:
        self._world.is_in = False
        await self._dispatch("GUILD_DELETE", {"id": GUILD})

    async def bot_is_let_in(self) -> None:
        self._world.is_in = True
        await self._dispatch("GUILD_CREATE", payloads.guild(self._world, whole=True))
