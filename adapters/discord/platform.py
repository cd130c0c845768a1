"""Outbound: the engine's messages are delivered by the REST API."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import discord

from adapters.discord import views
from adapters.discord.calls import (
    MISSING_ACCESS,
    MISSING_PERMISSION,
    NAME,
    THREAD_EXISTS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Calls,
    Failed,
)
from adapters.discord.files import Files
from adapters.discord.markup import LONGEST_PAGE, measure, nonce, thread_name
from adapters.discord.messages import MESSAGE, REMEMBERED, Messages
from adapters.discord.people import DiscordPeople
from adapters.discord.reach import Reaching
from adapters.discord.sameness import sameness
from bot.errors import HistoryClosed, Later, Rejected, Unreachable, Unsearchable
from bot.messages import File, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Address, Cast, Reach, Way, Workspace
from bot.ports import Clock
from bot.reveal import pages
from bot.rounds import Venue
from bot.text import Texts

LONGEST_KEPT = 10_080
"""Minutes without a message after which Discord archives a thread: the longest it allows. A post opens it again."""

UNTIL_ALLOWED = 60.0
"""Seconds between two looks whether the history of a channel may be read again."""

_NO_HISTORY = frozenset({UNKNOWN_CHANNEL, MISSING_ACCESS, MISSING_PERMISSION})


class DiscordPlatform:
    """`bot.ports.Platform`."""

    name = NAME
    pace = Pace(
        seconds_between_posts_in_one_conversation=1.0,  # five in five seconds
        posts_a_minute_in_one_workspace=2_400,  # with the edits below 50 a second
        edits_a_minute_in_one_workspace=300,
        new_conversations_an_hour=5,  # of 25 to 40 at once people report that the bot was quarantined
        longest_message=LONGEST_PAGE,
    )

    def __init__(
        self, calls: Calls, people: DiscordPeople, texts: Texts, clock: Clock, invites: Way = Way.PRIVATE
    ) -> None:
        self.invites = invites
        self._calls = calls
        self._people = people
        self._texts = texts
        self._messages = Messages(calls)
        self._reach = Reaching(calls=calls, people=people, clock=clock)
        self._files = Files(calls=calls, texts=texts)
        self._conversations: dict[str, str] = {}  # user -> their channel with the bot
        self._threads: OrderedDict[str, None] = OrderedDict()  # that stand

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, measure=measure, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        return await self.tell(views.message(message, self._texts), to, key, thread)

    async def tell(self, told: views.Told, to: Address, key: str, thread: Posted | None = None) -> Posted:
        """Posts once."""
        marked = told.marked(views.mark(key))
        try:
            return await self._messages.send(marked, nonce(key), await self._place(to, thread), to)
        except Failed:
            if thread is not None:
                return await self._send_in_new_thread(marked, nonce(key), thread, to)
        if to.user is None:
            raise Unreachable(reason="gone")
        del self._conversations[to.user]
        raise Later(1.0, to.lane)

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        """Searches the conversation or the thread: by the mark of the buttons, else by the words or the files."""
        before = str(discord.utils.time_snowflake(since) - 1)
        about: dict[str, Any] = {"workspace": to.workspace, "scope": to.lane, "may_fail": _NO_HISTORY}
        same, is_empty = sameness(key, what, self._texts), True
        try:
            channel = thread.id if thread else await self._conversation(to)
            async for message in self._calls.history(channel, before, **about):
                is_empty = False
                if self._is_ours(message) and same(message):
                    return Posted(place=channel, id=str(message["id"]))
        except Failed as failed:
            if failed.code == UNKNOWN_CHANNEL and thread:
                return None  # the thread was never opened, or has gone with all that stood in it
            if to.channel and failed.code != UNKNOWN_CHANNEL:
                raise HistoryClosed(UNTIL_ALLOWED, to.lane) from None
            raise Unsearchable from None
        except (Unreachable, Rejected):
            raise Unsearchable from None
        if is_empty and to.channel and not await self._reach.may_search(to):
            raise HistoryClosed(UNTIL_ALLOWED, to.lane)  # whether it stands is seen when the history may be read again
        if what is None:
            raise Unsearchable
        return None

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        return await self._messages.edit(views.message(card, self._texts), at, to, keeps_thread=False)

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        if message is not None:
            return await self._messages.edit(views.message(message, self._texts), at, to, keeps_thread=True)
        for id_ in at.id.split(","):
            await self._messages.delete(at.place, id_, to)
        return at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        return await self._files.next(files, await self._place(to, thread), to, key, done)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        return await self._people.cast(workspace.id, refs, since)

    async def reach(self, address: Address) -> Reach:
        return await self._reach.of(address)

    async def time_there(self) -> datetime | None:
        return await self._calls.time_there()

    async def _place(self, to: Address, thread: Posted | None) -> str:
        """The channel to post in. A thread is opened under its message, whose id it has."""
        if thread is None:
            return await self._conversation(to)
        if thread.id not in self._threads:
            await self._open(thread, to)
            self._threads[thread.id] = None
            while len(self._threads) > REMEMBERED:
                self._threads.popitem(last=False)
        return thread.id

    async def _open(self, thread: Posted, to: Address) -> None:
        under = await self._messages.standing(thread, to)
        if under is None:
            raise Rejected("thread_not_found")
        name = thread_name(str(under.get("content") or ""))
        try:
            await self._calls.call(
                "POST",
                f"{MESSAGE}/threads",
                content={"name": name, "auto_archive_duration": LONGEST_KEPT},
                may_fail=frozenset({UNKNOWN_MESSAGE, THREAD_EXISTS}),
                workspace=to.workspace,
                scope=to.lane,
                channel_id=thread.place,
                message_id=thread.id,
            )
        except Failed as failed:
            if failed.code == UNKNOWN_MESSAGE:
                raise Rejected("thread_not_found") from None

    async def _send_in_new_thread(self, told: views.Told, nonce: str, thread: Posted, to: Address) -> Posted:
        """The thread was deleted: it is opened once more."""
        self._threads.pop(thread.id, None)
        try:
            return await self._messages.send(told, nonce, await self._place(to, thread), to)
        except Failed:
            self._threads.pop(thread.id, None)
            raise Rejected("thread_not_found") from None

    async def _conversation(self, to: Address) -> str:
        if to.channel:
            return to.channel
        user = to.user or ""
        if user not in self._conversations:
            told = await self._calls.mapping(
                "POST", "/users/@me/channels", content={"recipient_id": user}, workspace=to.workspace, scope=to.lane
            )
            self._conversations[user] = str(told["id"])
        return self._conversations[user]

    def _is_ours(self, message: Mapping[str, Any]) -> bool:
        return str((message.get("author") or {}).get("id") or "") == self._calls.bot_user
