"""One workspace of Slack as it stands: people, conversations, messages, views, files. No HTTP here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

Json = dict[str, Any]

TEAM = "T0TEAM"
OTHER_TEAM = "T0OTHER"
APP = "A0COPRODUCE"
BOT_USER = "U0BOT"
BOT = "B0BOT"

TRIGGER_LIVES = 3.0
RESPONSE_URL_LIVES = 1_800.0
RESPONSE_URL_USES = 5
DEEPEST_STACK = 3


@dataclass(slots=True, kw_only=True)
class Person:
    id: str
    name: str
    tz: str | None = "UTC"
    locale: str = "en-GB"
    is_guest: bool = False
    is_bot: bool = False
    is_deleted: bool = False
    is_stranger: bool = False
    is_admin: bool = False
    enterprise: str = ""  # of their own company, where that is on Enterprise Grid
    takes_messages: bool = True  # False: writing to them is refused, whatever `users.info` says


@dataclass(slots=True, kw_only=True)
class Conversation:
    id: str
    name: str = ""
    user: str = ""  # of a private conversation with the bot
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    has_bot: bool = True  # a member
    refuses: str = ""  # the error that every post meets
    join_refuses: str = ""  # … and every attempt to join

    @property
    def is_im(self) -> bool:
        return bool(self.user)


@dataclass(slots=True, kw_only=True)
class Message:
    ts: str
    channel: str
    user: str  # who wrote it
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    files: list[str] = field(default_factory=list)
    only_for: str = ""  # an ephemeral message, and whose
    edits: int = 0

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.only_for)


@dataclass(slots=True, kw_only=True)
class View:
    id: str
    user: str
    body: Json
    hash: str
    state: dict[str, Json] = field(default_factory=dict)  # block_id -> {action_id: value}, as filled in so far
    errors: dict[str, str] = field(default_factory=dict)  # block_id -> what the bot said is wrong there


@dataclass(slots=True, kw_only=True)
class File:
    id: str
    name: str
    title: str = ""
    length: int = 0
    content: bytes | None = None
    is_shared: bool = False
    is_deleted: bool = False


@dataclass(slots=True, kw_only=True)
class UserGroup:
    name: str
    members: list[str]
    is_disabled: bool = False
    is_external: bool = False  # shared by another organisation


@dataclass(slots=True, kw_only=True)
class Trigger:
    user: str
    born: float
    is_used: bool = False
    is_repeated: bool = False  # its payload was delivered more than once: a second use is not the bot's fault


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    user: str
    channel: str
    born: float
    message_ts: str = ""  # of the message whose button was pressed
    uses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeared:
    """Something that came before one person's eyes."""

    user: str
    message: Message | None = None
    view: View | None = None


class Refused(Exception):
    """`{"ok": false, "error": …}`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class Workspace:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.now = now or (lambda: datetime.now(UTC))
        self.enterprise = ""  # on Enterprise Grid: of the organisation that this workspace belongs to
        self.is_org_wide = False  # the bot was installed for the whole organisation
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, Conversation] = {}
        self.files_refused: dict[str, str] = {}  # the end of a name -> the error where such a file is shared
        self.uploads_refused = ""  # the error that every upload meets
        self.edits_refused = ""  # … and every edit
        self.files_hear_late = False  # of where they were shared, as `files.info` tells it
        self.groups: dict[str, UserGroup] | None = {}  # None: the plan has none
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.stacks: dict[str, list[View]] = {}  # open forms, one stack a person
        self.homes: dict[str, Json] = {}
        self.current = ""  # the channel in which people are
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.appeared: list[Appeared] = []
        self._changed = asyncio.Event()  # a new one for each change
        self._ids = count(1)
        self._last_ts = 0
        self.add_person(BOT_USER, "coproduce", is_bot=True)

    # who and where

    def add_person(self, id: str, name: str, **more: Any) -> Person:
        person = self.people[id] = Person(id=id, name=name, **more)
        return person

    def add_channel(self, id: str, name: str, members: list[str], **more: Any) -> Conversation:
        made = self.conversations[id] = Conversation(id=id, name=name, members=members, **more)
        return made

    def person_named(self, name: str) -> Person:
        return next(person for person in self.people.values() if person.name == name)

    def channel_named(self, name: str) -> Conversation:
        return next(one for one in self.conversations.values() if one.name == name)

    def im(self, user: str) -> Conversation:
        """The bot's conversation with this person, opened where it is not. Raises Refused."""
        person = self.people.get(user)
        if person is None:
            raise Refused("user_not_found")
        if person.is_deleted:
            raise Refused("user_disabled")
        if person.is_bot:
            raise Refused("cannot_dm_bot")
        if person.is_stranger:
            raise Refused("user_not_visible")
        id = f"D{user[1:]}"
        return self.conversations.setdefault(id, Conversation(id=id, user=user, members=[user, BOT_USER]))

    def conversation(self, id: str) -> Conversation:
        """As the bot may see it. Raises Refused."""
        found = self.conversations.get(id)
        if found is None or (found.is_private and not found.has_bot):
            raise Refused("channel_not_found")
        return found

    # messages

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):08d}"

    def fresh_ts(self) -> str:
        """A timestamp of our clock, unique."""
        now = int(self.now().timestamp() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def add(self, message: Message) -> Message:
        self.messages.append(message)
        if message.only_for:
            self.appear(message.only_for, message=message)
        else:
            for user in self.conversations[message.channel].members:
                self.appear(user, message=message)
        return message

    def appear(self, user: str, *, message: Message | None = None, view: View | None = None) -> None:
        self.appeared.append(Appeared(user=user, message=message, view=view))
        self.change()

    def change(self) -> None:
        """Wakes everybody who waits for a change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait_until(self, seen: Callable[[], bool], within: float = 5.0) -> bool:
        """Waits until the condition holds, checked at each change; False if it never did."""
        try:
            async with asyncio.timeout(within):
                while not seen():
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def message(self, channel: str, ts: str) -> Message | None:
        return next((one for one in self.messages if one.channel == channel and one.ts == ts), None)

    def seen_by(self, user: str) -> list[Message]:
        """All that stands before this person's eyes, in order."""
        return [
            one
            for one in self.messages
            if one.only_for in ("", user) and user in self.conversations[one.channel].members
        ]

    # triggers and forms

    def new_trigger(self, user: str) -> str:
        id = f"{next(self._ids)}.{TEAM}.{user}"
        self.triggers[id] = Trigger(user=user, born=time.monotonic())
        return id

    def use(self, trigger: str) -> str:
        """The user of the trigger. Raises Refused."""
        found = self.triggers.get(trigger)
        if found is None:
            raise Refused("invalid_trigger_id")
        if found.is_used:
            raise Refused("exchanged_trigger_id", is_repeated=found.is_repeated)
        if time.monotonic() - found.born > TRIGGER_LIVES:
            raise Refused("expired_trigger_id")
        found.is_used = True
        return found.user

    def new_response_url(self, user: str, channel: str, message_ts: str = "") -> str:
        id = self.fresh("R")
        self.response_urls[id] = ResponseUrl(user=user, channel=channel, message_ts=message_ts, born=time.monotonic())
        return id

    def stack(self, user: str) -> list[View]:
        return self.stacks.setdefault(user, [])

    def top(self, user: str) -> View | None:
        stack = self.stack(user)
        return stack[-1] if stack else None

    def push(self, user: str, body: Json) -> View:
        """Raises Refused."""
        if len(self.stack(user)) >= DEEPEST_STACK:
            raise Refused("push_limit_reached")
        made = View(id=self.fresh("V"), user=user, body=body, hash=self.fresh("h"))
        self.stack(user).append(made)
        self.appear(user, view=made)
        return made

    def view(self, id: str = "", external_id: str = "") -> View:
        """One that is open. Raises Refused."""
        for stack in self.stacks.values():
            for view in stack:
                if (id and view.id == id) or (external_id and view.body.get("external_id") == external_id):
                    return view
        raise Refused("not_found")

    def update(self, view: View, body: Json, hash: str | None = None) -> View:
        """Blocks that stay keep what was filled in. Raises Refused."""
        if hash and hash != view.hash:
            raise Refused("hash_conflict")
        kept = {block.get("block_id") for block in body.get("blocks", [])}
        view.state = {name: value for name, value in view.state.items() if name in kept}
        view.body, view.hash, view.errors = body, self.fresh("h"), {}
        self.appear(view.user, view=view)
        return view
