"""What several requests share: checking words, keeping a message, telling the gateway of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from tests.discord import payloads, rules
from tests.discord.permissions import (
    ATTACH_FILES,
    MANAGE_THREADS,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
)
from tests.discord.requests import File
from tests.discord.world import (
    BOT,
    FORUM,
    GUILD,
    NO_ACCESS,
    NO_PERMISSION,
    NONCE_LIVES,
    OLD,
    Channel,
    Json,
    Message,
    Refused,
    World,
)
from tests.slack.sealing import Seal

Dispatch = Callable[[str, Json], Awaitable[None]]
INVALID_BODY = (400, 50035, "Invalid Form Body")


class Messaging:
    def __init__(self, world: World, complain: Callable[[str], None], seal: Seal, dispatch: Dispatch) -> None:
        self.world = world
        self.complain = complain
        self.seal = seal
        self.dispatch = dispatch

    def check(self, where: str, told: Json, files: dict[int, File], *, is_private: bool, is_edit: bool = False) -> None:
        """Complains of what this bot may not do; refuses what Discord does not take."""
        for wrong in (*rules.wrong_manners(told, is_private=is_private), *self._leaks(told, files)):
            self.complain(f"{where}: {wrong}")
        if wrong_for_discord := list(rules.wrong_message(told, len(files), is_edit=is_edit)):
            for wrong in wrong_for_discord:
                self.complain(f"{where}: {wrong}")
            raise Refused(*INVALID_BODY)

    def _leaks(self, told: Json, files: dict[int, File]) -> Iterator[str]:
        yield from self.seal.leaks(rules.as_shown(told))
        for file in files.values():
            yield from self.seal.leaks(file.content.decode("utf-8", "replace"))

    def attachments(self, told: Json, files: dict[int, File]) -> list[Json]:
        described = {str(one["id"]): one for one in told.get("attachments") or ()}
        made = []
        for number, file in files.items():
            id = self.world.fresh()
            self.world.files[id] = file.content
            kind = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf", "html": "text/html"}
            made.append(
                {
                    "id": id,
                    "filename": file.name,
                    "size": len(file.content),
                    "url": f"https://cdn.discordapp.com/{id}/{file.name}",
                    "proxy_url": f"https://media.discordapp.net/{id}/{file.name}",
                    "content_type": kind.get(file.name.rpartition(".")[2], "application/octet-stream"),
                    "description": described.get(str(number), {}).get("description"),
                }
            )
            if file.name.endswith((".png", ".svg")) and not made[-1]["description"]:
                self.complain(f"{file.name}: a picture without a description")
        return made

    # channels

    def see(self, id: str) -> Channel:
        channel = self.world.channel(id)
        if not self.world.may(BOT, channel, VIEW_CHANNEL):
            raise Refused(*NO_ACCESS)
        return channel

    def need(self, channel: Channel, permission: int) -> None:
        if not self.world.may(BOT, channel, permission):
            raise Refused(*NO_PERMISSION)

    async def let_write(self, channel: Channel, *, with_files: bool) -> None:
        """An archived thread comes back when somebody writes there, unless it is locked."""
        if channel.recipient:
            self._let_write_to(channel.recipient)
            return
        if channel.type == FORUM:
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        self.need(channel, SEND_MESSAGES_IN_THREADS if channel.is_thread else SEND_MESSAGES)
        if with_files:
            self.need(channel, ATTACH_FILES)
        if channel.is_archived:
            if channel.is_locked and not self.world.may(BOT, channel, MANAGE_THREADS):
                raise Refused(400, 50083, "Thread is archived")
            channel.is_archived = False
            await self.dispatch("THREAD_UPDATE", payloads.channel(self.world, channel))

    def _let_write_to(self, user: str) -> None:
        person = self.world.people[user]
        if not person.is_deleted and not (person.is_member and self.world.is_in):
            raise Refused(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        if not person.takes_messages or person.is_deleted:
            raise Refused(403, 50007, "Cannot send messages to this user")

    # messages

    def sent_before(self, told: Json) -> Message | None:
        """The same author's message with this nonce, if its sending is not long ago."""
        nonce = told.get("nonce")
        if nonce is None or not told.get("enforce_nonce"):
            return None
        since = self.world.now() - NONCE_LIVES
        of_it = (one for one in self.world.messages if one.nonce == str(nonce) and one.author == BOT)
        return next((one for one in of_it if one.born >= since), None)

    def make(
        self, channel: str, told: Json, files: dict[int, File], *, only_for: str = "", interaction: str = ""
    ) -> Message:
        flags = (told.get("flags") or 0) & (rules.SUPPRESS_EMBEDS | rules.COMPONENTS_V2 | 1 << 12)
        nonce = told.get("nonce")
        return Message(
            id=self.world.fresh(),
            channel=channel,
            author=BOT,
            content=told.get("content") or "",
            components=numbered(told.get("components") or []),
            embeds=told.get("embeds") or [],
            attachments=self.attachments(told, files),
            flags=flags,
            born=self.world.now(),
            nonce=None if nonce is None else str(nonce),
            only_for=only_for,
            interaction=interaction,
            reference=told.get("message_reference"),
        )

    async def keep(self, message: Message) -> Message:
        self.world.add(message)
        if not message.only_for:
            await self.dispatch("MESSAGE_CREATE", self.event_of(message))
        return message

    async def change(self, message: Message, told: Json, files: dict[int, File]) -> Message:
        if "content" in told:
            if message.content and not told["content"]:
                self.complain("a message was edited from words to none")
            message.content = told["content"] or ""
        if told.get("components") is not None:
            message.components = numbered(told["components"])
        elif "components" in told:
            message.components = []
        if told.get("flags") is not None:
            message.flags = told["flags"] & ~rules.EPHEMERAL
        if "attachments" in told or files:
            kept = {str(one["id"]) for one in told.get("attachments") or ()}
            standing = [one for one in message.attachments if one["id"] in kept]
            message.attachments = standing + self.attachments(told, files)
        message.edited = self.world.now()
        self.world.show(message)
        if not message.only_for:
            await self.dispatch("MESSAGE_UPDATE", self.event_of(message))
        return message

    def let_edit(self, channel: Channel, message: Message) -> None:
        if message.author != BOT:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        if channel.is_archived:
            raise Refused(400, 50083, "Thread is archived")
        if self.world.now() - message.born <= OLD or self.world.old_edits is None:
            return
        if self.world.old_edits <= 0:
            raise Refused(429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later")
        self.world.old_edits -= 1

    def event_of(self, message: Message) -> Json:
        """A private conversation's bear no `guild_id` at all."""
        told = payloads.message(self.world, message, with_nonce=True)
        if self.world.channels[message.channel].recipient:
            return told
        author = payloads.member(self.world.people[message.author], with_user=False)
        return told | {"guild_id": GUILD, "member": author}


def numbered(components: list[Json]) -> list[Json]:
    """Discord gives each component without a number one."""
    for number, one in enumerate(rules.inside(components), 1):
        if not one.get("id"):
            one["id"] = number
    return components
