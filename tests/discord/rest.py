"""The REST requests that this bot may make, but those of interactions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.discord import payloads, rules
from tests.discord.messaging import INVALID_BODY, Messaging
from tests.discord.permissions import (
    CREATE_PRIVATE_THREADS,
    CREATE_PUBLIC_THREADS,
    MANAGE_CHANNELS,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
)
from tests.discord.requests import Request
from tests.discord.world import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    APP,
    BOT,
    FORUM,
    GUILD,
    NO_ACCESS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Json,
    Message,
    Refused,
    World,
)

Answer = tuple[int, Any]
Handler = Callable[[Request], Awaitable[Answer]]
MOST_NEW_COMMANDS = 200  # a day


class Rest:
    def __init__(self, world: World, messaging: Messaging, gateway_url: Callable[[], str]) -> None:
        self._world = world
        self._all = messaging
        self._gateway_url = gateway_url
        self.commands_made = 0
        self.sessions_left = 1_000
        self.handlers: Mapping[str, Handler] = {
            "GET /gateway": self._gateway,
            "GET /gateway/bot": self._gateway,
            "GET /users/@me": self._me,
            "GET /users/@me/guilds": self._my_guilds,
            "GET /applications/@me": self._application,
            "GET /oauth2/applications/@me": self._application,
            "GET /users/{}": self._user,
            "POST /users/@me/channels": self._conversation,
            "GET /guilds/{}": self._guild,
            "GET /guilds/{}/channels": self._channels,
            "GET /guilds/{}/roles": self._roles,
            "GET /guilds/{}/members": self._members,
            "GET /guilds/{}/members/search": self._search,
            "GET /guilds/{}/members/{}": self._member,
            "GET /guilds/{}/threads/active": self._active,
            "GET /channels/{}": self._channel,
            "PATCH /channels/{}": self._change_channel,
            "POST /channels/{}/typing": self._typing,
            "GET /channels/{}/messages": self._history,
            "POST /channels/{}/messages": self._post,
            "GET /channels/{}/messages/{}": self._message,
            "PATCH /channels/{}/messages/{}": self._edit,
            "DELETE /channels/{}/messages/{}": self._delete,
            "POST /channels/{}/messages/{}/threads": self._open_thread,
            "POST /channels/{}/threads": self._begin_thread,
            "PUT /channels/{}/thread-members/@me": self._join,
            "PUT /channels/{}/thread-members/{}": self._join,
            "GET /applications/{}/commands": self._commands,
            "PUT /applications/{}/commands": self._put_commands,
            "GET /applications/{}/guilds/{}/commands": self._commands,
            "PUT /applications/{}/guilds/{}/commands": self._put_commands,
            "GET /applications/{}/guilds/{}/commands/permissions": self._command_permissions,
        }

    # who and where

    async def _gateway(self, request: Request) -> Answer:
        if request.kind == "GET /gateway":
            return 200, {"url": self._gateway_url()}
        limit = {"total": 1_000, "remaining": self.sessions_left, "reset_after": 86_400_000, "max_concurrency": 1}
        return 200, {"url": self._gateway_url(), "shards": 1, "session_start_limit": limit}

    async def _me(self, request: Request) -> Answer:
        return 200, payloads.user(self._world.people[BOT]) | {"verified": True, "mfa_enabled": False, "flags": 0}

    async def _my_guilds(self, request: Request) -> Answer:
        guild: Json = {"id": GUILD, "name": "Double", "icon": None, "owner": False, "features": []}
        permissions = {"permissions": str(self._world.permissions(BOT))}
        return 200, [guild | permissions] if self._world.is_in else []

    async def _application(self, request: Request) -> Answer:
        return 200, payloads.application(self._world)

    async def _user(self, request: Request) -> Answer:
        return 200, payloads.user(self._person(request.ids["user"]))

    def _person(self, id: str) -> Any:
        if id not in self._world.people:
            raise Refused(404, 10013, "Unknown User")
        return self._world.people[id]

    async def _conversation(self, request: Request) -> Answer:
        user = str(request.told.get("recipient_id"))
        if user not in self._world.people:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        if self._world.people[user].is_bot:
            raise Refused(400, 50007, "Cannot send messages to this user")
        if not self._world.has_conversation(user) and self._world.new_conversations is not None:
            if self._world.new_conversations <= 0:
                raise Refused(403, 40003, "You are opening direct messages too fast")
            self._world.new_conversations -= 1
        return 200, payloads.channel(self._world, self._world.conversation(user))

    # the server

    def _in(self, request: Request) -> None:
        if request.ids["guild"] != GUILD:
            raise Refused(404, 10004, "Unknown Guild")
        if not self._world.is_in:
            raise Refused(*NO_ACCESS)

    async def _guild(self, request: Request) -> Answer:
        self._in(request)
        return 200, payloads.guild(self._world)

    async def _channels(self, request: Request) -> Answer:
        self._in(request)
        standing = [one for one in self._world.channels.values() if not one.recipient and not one.is_thread]
        return 200, [payloads.channel(self._world, one) for one in standing]

    async def _roles(self, request: Request) -> Answer:
        self._in(request)
        return 200, [payloads.role(one) for one in self._world.roles.values()]

    async def _members(self, request: Request) -> Answer:
        """Only with the privileged intent."""
        self._in(request)
        if not self._world.has_members_intent:
            raise Refused(*NO_ACCESS)
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "1"))
        people = sorted(self._world.members(), key=lambda one: int(one.id))
        return 200, [payloads.member(one) for one in people if int(one.id) > after][:limit]

    async def _search(self, request: Request) -> Answer:
        self._in(request)
        typed, limit = request.query["query"].lower(), int(request.query.get("limit", "1"))
        found = [one for one in self._world.members() if (one.nick or one.name).lower().startswith(typed)]
        return 200, [payloads.member(one) for one in found][:limit]

    async def _member(self, request: Request) -> Answer:
        self._in(request)
        person = self._person(request.ids["user"])
        if not person.is_member or person.is_deleted:
            raise Refused(404, 10007, "Unknown Member")
        return 200, payloads.member(person)

    async def _active(self, request: Request) -> Answer:
        self._in(request)
        threads = [one for one in self._world.channels.values() if one.is_thread and not one.is_archived]
        return 200, {"threads": [payloads.channel(self._world, one) for one in threads], "members": []}

    # channels

    async def _channel(self, request: Request) -> Answer:
        return 200, payloads.channel(self._world, self._all.see(request.ids["channel"]))

    async def _change_channel(self, request: Request) -> Answer:
        channel, told = self._all.see(request.ids["channel"]), request.told
        if not channel.is_thread:
            self._all.need(channel, MANAGE_CHANNELS)
        elif channel.is_locked or "locked" in told:
            self._all.need(channel, MANAGE_THREADS)
        elif set(told) <= {"archived"} and not told.get("archived"):
            self._all.need(channel, SEND_MESSAGES_IN_THREADS)
        elif channel.owner != BOT:
            self._all.need(channel, MANAGE_THREADS)
        if channel.is_archived and told.get("archived", True):
            raise Refused(400, 50083, "Thread is archived")
        channel.is_archived = told.get("archived", channel.is_archived)
        channel.is_locked = told.get("locked", channel.is_locked)
        channel.name = told.get("name", channel.name)
        channel.archives_after = told.get("auto_archive_duration", channel.archives_after)
        now = payloads.channel(self._world, channel)
        await self._all.dispatch("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", now)
        return 200, now

    async def _typing(self, request: Request) -> Answer:
        self._all.see(request.ids["channel"])
        return 204, None

    # messages

    async def _history(self, request: Request) -> Answer:
        channel = self._all.see(request.ids["channel"])
        if not self._world.may(BOT, channel, READ_MESSAGE_HISTORY):
            return 200, []
        limit = int(request.query.get("limit", "50"))
        standing = [one for one in self._world.messages if one.channel == channel.id and not one.only_for]
        standing.sort(key=lambda one: int(one.id), reverse=True)
        if (after := request.query.get("after")) is not None:
            standing = [one for one in standing if int(one.id) > int(after)][-limit:]
        if (before := request.query.get("before")) is not None:
            standing = [one for one in standing if int(one.id) < int(before)]
        return 200, [payloads.message(self._world, one) for one in standing[:limit]]

    async def _post(self, request: Request) -> Answer:
        channel, told = self._all.see(request.ids["channel"]), request.told
        if request.files and len(request.files) > 10:
            raise Refused(*INVALID_BODY)
        if sum(len(one.content) for one in request.files.values()) > 25 * 2**20:
            raise Refused(413, 40005, "Request entity too large")
        if told.get("nonce") is not None and len(str(told["nonce"])) > 25:
            raise Refused(*INVALID_BODY)
        self._all.check(request.kind, told, request.files, is_private=False)
        await self._all.let_write(channel, with_files=bool(request.files))
        if before := self._all.sent_before(told):
            return 200, payloads.message(self._world, before, with_nonce=True)
        made = await self._all.keep(self._all.make(channel.id, told, request.files))
        return 200, payloads.message(self._world, made, with_nonce=True)

    def _standing(self, request: Request) -> tuple[Channel, Message]:
        channel = self._all.see(request.ids["channel"])
        return channel, self._world.message(channel.id, request.ids["message"])

    async def _message(self, request: Request) -> Answer:
        channel, message = self._standing(request)
        if not self._world.may(BOT, channel, READ_MESSAGE_HISTORY):
            raise Refused(*NO_ACCESS)
        return 200, payloads.message(self._world, message)

    async def _edit(self, request: Request) -> Answer:
        channel, message = self._standing(request)
        self._all.let_edit(channel, message)
        self._all.check(request.kind, request.told, request.files, is_private=False, is_edit=True)
        await self._all.change(message, request.told, request.files)
        return 200, payloads.message(self._world, message)

    async def _delete(self, request: Request) -> Answer:
        channel, message = self._standing(request)
        if message.author != BOT:
            self._all.need(channel, MANAGE_MESSAGES)
        self._world.remove(message)
        told = {"id": message.id, "channel_id": channel.id}
        await self._all.dispatch("MESSAGE_DELETE", told | ({} if channel.recipient else {"guild_id": GUILD}))
        return 204, None

    # threads

    async def _open_thread(self, request: Request) -> Answer:
        channel, message = self._standing(request)
        if channel.type not in (TEXT, ANNOUNCEMENT):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        self._all.need(channel, CREATE_PUBLIC_THREADS)
        if message.id in self._world.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        kind = ANNOUNCEMENT_THREAD if channel.type == ANNOUNCEMENT else PUBLIC_THREAD
        thread = await self._thread(request.told, channel, kind, message.id)
        starter = Message(id=self._world.fresh(), channel=thread.id, author=BOT, born=self._world.now(), type=21)
        starter.reference = {"channel_id": channel.id, "message_id": message.id, "guild_id": GUILD, "type": 0}
        self._world.messages.append(starter)
        return 201, payloads.channel(self._world, thread)

    async def _begin_thread(self, request: Request) -> Answer:
        channel, told = self._all.see(request.ids["channel"]), request.told
        if channel.type == FORUM:
            return await self._begin_post(request, channel)
        kind = told.get("type", PRIVATE_THREAD)
        self._all.need(channel, CREATE_PRIVATE_THREADS if kind == PRIVATE_THREAD else CREATE_PUBLIC_THREADS)
        thread = await self._thread(told, channel, kind, self._world.fresh())
        return 201, payloads.channel(self._world, thread)

    async def _begin_post(self, request: Request, channel: Channel) -> Answer:
        """In a forum: a thread with its first message. No nonce keeps it from standing twice."""
        told = request.told
        if "message" not in told:
            raise Refused(*INVALID_BODY)
        self._all.need(channel, SEND_MESSAGES)
        if channel.flags & 1 << 4 and not told.get("applied_tags"):
            raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
        first = told["message"]
        self._all.check(request.kind, first, request.files, is_private=False)
        message = self._all.make("", first, request.files)
        thread = await self._thread(told, channel, PUBLIC_THREAD, message.id)
        message.channel = thread.id
        await self._all.keep(message)
        answer = payloads.channel(self._world, thread)
        return 201, answer | {"message": payloads.message(self._world, message, with_nonce=True)}

    async def _thread(self, told: Json, channel: Channel, kind: int, id: str) -> Channel:
        for leak in self._all.seal.leaks(told.get("name")):
            self._all.complain(f"name of a thread: {leak}")
        thread = Channel(id=id, type=kind, name=told["name"], parent=channel.id, owner=BOT)
        thread.archives_after = told.get("auto_archive_duration") or 4320
        self._world.channels[id] = thread
        await self._all.dispatch("THREAD_CREATE", payloads.channel(self._world, thread) | {"newly_created": True})
        return thread

    async def _join(self, request: Request) -> Answer:
        self._all.see(request.ids["channel"])
        return 204, None

    # commands

    def _of(self, request: Request) -> str:
        if request.ids["application"] != APP:
            raise Refused(404, 10002, "Unknown Application")
        if "guild" in request.ids:
            self._in(request)
        return request.ids.get("guild", "")

    async def _commands(self, request: Request) -> Answer:
        return 200, self._world.commands[self._of(request)]

    async def _command_permissions(self, request: Request) -> Answer:
        self._of(request)
        return 200, []

    async def _put_commands(self, request: Request) -> Answer:
        where = self._of(request)
        told = request.body if isinstance(request.body, list) else []
        if wrong := list(rules.wrong_commands(told)):
            for one in wrong:
                self._all.complain(f"{request.kind}: {one}")
            raise Refused(*INVALID_BODY)
        known = {one["name"]: one for one in self._world.commands[where]}
        self.commands_made += sum(one["name"] not in known for one in told)
        if self.commands_made > MOST_NEW_COMMANDS:
            raise Refused(400, 30034, "Max number of daily application command creates has been reached (200)")
        self._world.commands[where] = [self._command(one, where, known.get(one["name"])) for one in told]
        return 200, self._world.commands[where]

    def _command(self, told: Json, where: str, before: Json | None) -> Json:
        defaults: Json = {"type": 1, "options": [], "default_member_permissions": None, "nsfw": False}
        defaults |= {"contexts": None, "integration_types": [0], "name_localizations": None}
        id = before["id"] if before else self._world.fresh()
        made = {**defaults, **told, "id": id, "application_id": APP, "version": self._world.fresh()}
        return made | ({"guild_id": where} if where else {})
