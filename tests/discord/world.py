"""What stands in Discord: one server with people, roles, channels, threads, messages; and private conversations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.discord.permissions import ADMINISTRATOR, EVERYBODYS, VIEW_CHANNEL, computed

Json = dict[str, Any]

TOKEN = "double.discord.token"
GUILD = "900000000000000001"
APP = BOT = "900000000000000002"  # an application and its bot have the same id
EVERYONE = GUILD
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 5, 10, 11, 12, 15
VOICE, STAGE = 2, 13
THREADS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD})
TOKEN_LIVES = timedelta(minutes=15)
NONCE_LIVES = timedelta(minutes=3)  # "the past few minutes"; its length is not published
OLD = timedelta(hours=1)


class Refused(Exception):
    """An error as Discord answers it."""

    def __init__(self, status: int, code: int, message: str = "") -> None:
        super().__init__(f"{status} {code} {message}")
        self.status, self.code, self.message = status, code, message


NO_ACCESS = (403, 50001, "Missing Access")
NO_PERMISSION = (403, 50013, "Missing Permissions")


@dataclass(slots=True, kw_only=True)
class Person:
    id: str
    name: str
    username: str
    is_bot: bool = False
    is_member: bool = True
    is_deleted: bool = False  # the account; Discord shows "deleted_user_…" then
    nick: str | None = None
    roles: set[str] = field(default_factory=set)
    takes_messages: bool = True  # from people of the server
    locale: str = "en-US"


@dataclass(slots=True, kw_only=True)
class Role:
    id: str
    name: str
    permissions: int = 0
    position: int = 1


@dataclass(slots=True, kw_only=True)
class Channel:
    id: str
    type: int
    name: str = ""
    recipient: str = ""  # of a private conversation
    parent: str = ""  # of a thread: its channel
    owner: str = ""
    overwrites: list[Json] = field(default_factory=list)
    is_archived: bool = False
    is_locked: bool = False
    archives_after: int = 4320  # minutes
    archived_at: datetime = _EPOCH
    available_tags: list[Json] = field(default_factory=list)
    flags: int = 0  # 1 << 4: a forum that requires a tag

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS


@dataclass(slots=True, kw_only=True)
class Message:
    id: str
    channel: str
    author: str
    content: str = ""
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    flags: int = 0
    born: datetime
    edited: datetime | None = None
    nonce: str | None = None
    only_for: str = ""  # whom an ephemeral message stands before
    interaction: str = ""  # that it answers
    type: int = 0
    reference: Json | None = None


@dataclass(slots=True, kw_only=True)
class Form:
    """Open before somebody."""

    user: str
    body: Json
    interaction: str
    message: Message | None  # under which the button stood that opened it
    state: dict[str, Json] = field(default_factory=dict)  # by custom_id, what is sent


@dataclass(slots=True, kw_only=True)
class Interaction:
    id: str
    token: str
    type: int
    user: str
    channel: str
    born: datetime
    begun: float  # monotonic
    message: Message | None = None
    answered: int = 0  # kind of its answer
    original: Message | None = None
    is_loading: bool = False
    is_late: bool = False
    is_repeated: bool = False
    is_form_open: bool = False


@dataclass(frozen=True, slots=True)
class Appeared:
    """Something that came before somebody's eyes, also if it was there before and changed."""

    user: str
    message: Message | None = None
    form: Form | None = None
    interaction: str = ""


class World:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: datetime.now(UTC))
        self.people: dict[str, Person] = {}
        self.roles: dict[str, Role] = {
            EVERYONE: Role(id=EVERYONE, name="@everyone", permissions=EVERYBODYS, position=0)
        }
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.by_id: dict[str, Message] = {}
        self.files: dict[str, bytes] = {}  # by id of the attachment
        self.forms: dict[str, Form] = {}  # by person
        self.interactions: dict[str, Interaction] = {}  # by token
        self.commands: dict[str, list[Json]] = {"": [], GUILD: []}  # global ones, and the server's
        self.appeared: list[Appeared] = []
        self.current = ""  # the channel in which people type commands
        self.owner = ""
        self.is_in = True  # the bot, in the server
        self.has_members_intent = True  # switched on in the portal
        self.has_content_intent = False
        self.new_conversations: int | None = None  # that may still be begun; None: any number
        self.old_edits: int | None = None  # of messages older than an hour
        self._ids = 0
        self._changed = asyncio.Event()
        self.people[BOT] = Person(id=BOT, name="coproduce", username="coproduce", is_bot=True)

    # ids and time

    def fresh(self, at: datetime | None = None) -> str:
        """A snowflake: bears its time, and is greater than all before."""
        stamp = int(((at or self.now()) - _EPOCH).total_seconds() * 1000) << 22
        self._ids = max(self._ids + 1, stamp)
        return str(self._ids)

    @staticmethod
    def born_at(id: str) -> datetime:
        return _EPOCH + timedelta(milliseconds=int(id) >> 22)

    # making it

    def add_person(self, name: str, **more: Any) -> Person:
        id = more.pop("id", None) or str(100_000_000_000_000_000 + len(self.people))
        short = name if more.get("is_bot") else name.lower().replace(" ", ".")
        username = more.pop("username", None) or short
        person = self.people[id] = Person(id=id, name=name, username=username, **more)
        return person

    def add_role(self, name: str, people: Sequence[str] = (), permissions: int = 0) -> Role:
        id = str(200_000_000_000_000_000 + len(self.roles))
        role = self.roles[id] = Role(id=id, name=name, permissions=permissions, position=len(self.roles))
        for person in people:
            self.people[person].roles.add(id)
        return role

    def add_channel(self, name: str, people: Sequence[str] | None = None, type: int = TEXT, **more: Any) -> Channel:
        """`people`: who alone reads it, beside the bot; None: everybody."""
        id = more.pop("id", None) or str(300_000_000_000_000_000 + len(self.channels))
        channel = self.channels[id] = Channel(id=id, type=type, name=name, **more)
        if people is not None:
            self.let_only(channel, people)
        return channel

    @staticmethod
    def let_only(channel: Channel, people: Sequence[str]) -> None:
        channel.overwrites = [{"id": EVERYONE, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}]
        for one in (*people, BOT):
            channel.overwrites.append({"id": one, "type": 1, "allow": str(VIEW_CHANNEL), "deny": "0"})

    def deny(self, channel: Channel, user: str, permissions: int) -> None:
        """Takes it away from one member there."""
        for one in channel.overwrites:
            if one["id"] == user:
                one["deny"] = str(int(one["deny"]) | permissions)
                one["allow"] = str(int(one["allow"]) & ~permissions)
                return
        channel.overwrites.append({"id": user, "type": 1, "allow": "0", "deny": str(permissions)})

    def allow_again(self, channel: Channel, user: str, permissions: int) -> None:
        for one in channel.overwrites:
            if one["id"] == user:
                one["deny"] = str(int(one["deny"]) & ~permissions)

    # finding

    def person_named(self, name: str) -> Person:
        return next(one for one in self.people.values() if one.name == name)

    def channel_named(self, name: str) -> Channel:
        return next(one for one in self.channels.values() if one.name == name and not one.recipient)

    def channel(self, id: str) -> Channel:
        if id not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")
        return self.channels[id]

    def message(self, channel: str, id: str) -> Message:
        """Of those that everybody there sees: Discord finds no ephemeral ones by the channel."""
        found = self.by_id.get(id)
        if found is None or found.channel != channel or found.only_for:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def conversation(self, user: str) -> Channel:
        """Of the bot with a person. Made when it is first needed."""
        for one in self.channels.values():
            if one.recipient == user:
                return one
        return self.add_channel("", type=DM, recipient=user, id=str(400_000_000_000_000_000 + int(user[-9:])))

    def has_conversation(self, user: str) -> bool:
        return any(one.recipient == user for one in self.channels.values())

    def members(self) -> Iterator[Person]:
        for one in self.people.values():
            if one.is_member and not one.is_deleted:
                yield one

    def permissions(self, user: str, channel: Channel | None = None) -> int:
        """In a channel, or in the server at large."""
        person = self.people[user]
        if user == self.owner:
            return computed(GUILD, ADMINISTRATOR, (), user, ())
        place = self.channels[channel.parent] if channel and channel.is_thread else channel
        held = [(id, self.roles[id].permissions) for id in sorted(person.roles) if id in self.roles]
        everyone = self.roles[EVERYONE].permissions
        return computed(GUILD, everyone, held, user, place.overwrites if place else ())

    def may(self, user: str, channel: Channel, permission: int) -> bool:
        if channel.recipient:
            return user in (BOT, channel.recipient)
        person = self.people[user]
        is_there = (self.is_in if user == BOT else person.is_member) and not person.is_deleted
        return is_there and self.permissions(user, channel) & permission == permission

    # what stands

    def add(self, message: Message) -> Message:
        self.messages.append(message)
        self.by_id[message.id] = message
        self.show(message)
        return message

    def show(self, message: Message) -> None:
        if message.only_for:
            self.appear(message.only_for, message=message)
            return
        channel = self.channels[message.channel]
        for person in [channel.recipient] if channel.recipient else list(self.people):
            self.appear(person, message=message)

    def appear(self, user: str, **what: Any) -> None:
        self.appeared.append(Appeared(user, **what))
        self._changed.set()

    def changed(self) -> None:
        self._changed.set()

    def remove(self, message: Message) -> None:
        if message.id in self.by_id:
            self.messages.remove(message)
            del self.by_id[message.id]
            self.changed()

    def seen_by(self, user: str) -> Iterator[Message]:
        """All that stands before this person, in the order of its coming."""
        for one in self.messages:
            if one.only_for:
                if one.only_for == user:
                    yield one
            elif self.may(user, self.channels[one.channel], VIEW_CHANNEL):
                yield one

    def forget_private(self, user: str) -> None:
        """What stood before this person alone is gone, as when Discord is opened anew."""
        for one in [one for one in self.messages if one.only_for == user]:
            self.remove(one)

    async def wait_until(self, seen: Callable[[], bool], within: float = 5.0) -> bool:
        end = time.monotonic() + within
        while not seen():
            self._changed.clear()
            left = end - time.monotonic()
            if left <= 0:
                return False
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return seen()
        return True
