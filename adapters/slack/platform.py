"""Slack as the engine's platform: what is owed goes out by the Web API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from adapters.slack import views
from adapters.slack.calls import NAME, Calls, Failed
from adapters.slack.files import UPLOADED, Uploads, are_files
from adapters.slack.markup import LONGEST_TEXT, measure
from adapters.slack.users import SlackUsers
from bot.errors import Rejected, Unsearchable
from bot.messages import File, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Address, Cast, Reach, Why, Workspace
from bot.reveal import pages
from bot.rounds import Venue
from bot.text import Texts

LOOKED_UP = 200
"""Readers of a channel of whom it is asked who they are; of more only how many."""

_GONE = frozenset({"message_not_found", "cant_delete_message", "is_inactive"})
_CANNOT_JOIN = frozenset(
    {
        "channel_is_limited_access",
        "channel_not_found",
        "is_archived",
        "method_not_supported_for_channel_type",
        "missing_scope",
        "too_many_members",
        "not_allowed_token_type",
    }
)


class SlackPlatform:
    """`bot.ports.Platform`."""

    name = NAME
    pace = Pace(
        seconds_between_posts_in_one_conversation=1.0,
        posts_a_minute_in_one_workspace=300,
        edits_a_minute_in_one_workspace=50,  # `chat.update` is of tier 3
        longest_message=LONGEST_TEXT,
    )

    def __init__(self, calls: Calls, people: SlackUsers, texts: Texts, bot_user: str) -> None:
        self._calls = calls
        self._people = people
        self._texts = texts
        self._bot_user = bot_user
        self._uploads = Uploads(calls=calls)
        self._entered: set[str] = set()
        self._conversations: dict[str, str] = {}  # user -> their conversation with the bot

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, measure=measure, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        told = views.message(message, self._texts)
        return await self.tell(told, to, key, thread)

    async def tell(self, told: views.Told, to: Address, key: str, thread: Posted | None = None) -> Posted:
        await self._enter(to)
        arguments: dict[str, Any] = {"thread_ts": thread.id} if thread else {}
        answer = await self._calls.call(
            "chat_postMessage",
            channel=to.channel or to.user,
            **told.arguments,
            **arguments,
            metadata=views.metadata(key),
            unfurl_links=False,
            unfurl_media=False,
        )
        posted = Posted(place=str(answer["channel"]), id=str(answer["ts"]))
        if to.user:
            self._conversations[to.user] = posted.place
        if thread and (answer.get("message") or {}).get("thread_ts") != thread.id:
            # a thread that is gone: Slack answers "ok" and puts it in the channel, where it must not stand
            await self.amend(posted, None)
            raise Rejected("thread_not_found")
        return posted

    async def find(self, to: Address, key: PostKey, since: datetime, thread: Posted | None = None) -> Posted | None:
        """By its metadata, in the conversation or the thread."""
        channel = await self._conversation(to)
        oldest = f"{since.timestamp():.6f}"
        try:
            async for message in self._calls.history(
                channel, thread.id if thread else None, oldest=oldest, include_all_metadata=True
            ):
                if _key_of(message) == key:
                    return Posted(place=channel, id=str(message["ts"]))
        except Failed:
            raise Unsearchable from None
        return None

    async def show(self, card: Post, at: Posted) -> None:
        told = views.message(card, self._texts)
        try:
            await self._calls.call(
                "chat_update", may_fail=_GONE, channel=at.place, ts=at.id, text=told.text, blocks=list(told.blocks)
            )
        except Failed:
            return

    async def amend(self, at: Posted, message: Post | None) -> None:
        if message is not None:
            await self.show(message, at)
        elif are_files(at):
            await self._uploads.remove(at)
        else:
            try:
                await self._calls.call("chat_delete", may_fail=_GONE, channel=at.place, ts=at.id)
            except Failed:
                return

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        """Each file is uploaded unshared, in a step of its own; the last step shares them all."""
        titles = [self._texts.line(file.title) for file in files]
        step = await self._uploads.next(files, titles, done)
        if step is not None or done is None:
            return step or Step(name=UPLOADED, value="[]")
        await self._enter(to)
        channel = await self._conversation(to)
        comment = views.attachment(files, self._texts)
        return await self._uploads.share(
            json.loads(done.value), titles, comment, channel, thread.id if thread else None
        )

    async def people(self, workspace: Workspace, refs: Sequence[str]) -> Cast:
        return await self._people.cast(refs)

    async def reach(self, address: Address) -> Reach:
        channel = address.channel or await self._conversation(address)
        told = await self._calls.call("conversations_info", channel=channel, include_num_members=True)
        about: Mapping[str, Any] = told["channel"]
        members = await self._members(channel)
        is_public = not about.get("is_private") and not about.get("is_im") and not about.get("is_mpim")
        is_open = not about.get("is_archived") and (bool(about.get("is_member")) or is_public)
        readers, outsiders = await self._readers(members, is_shared=_is_shared(about))
        return Reach(
            name=str(about.get("name") or channel),
            may_post=is_open and not about.get("is_read_only"),
            may_thread=is_open and not about.get("is_thread_only"),
            may_attach=is_open,
            readers=readers,
            outsiders=outsiders,
            is_public=is_public,
            members=frozenset(members),
        )

    async def conversation(self, user: str) -> str:
        """The channel id of somebody's conversation with the bot."""
        return await self._conversation(Address(platform=NAME, workspace=self._calls.workspace.id, user=user))

    async def _conversation(self, to: Address) -> str:
        if to.channel:
            return to.channel
        user = to.user or ""
        if user not in self._conversations:
            told = await self._calls.call("conversations_open", users=user)
            self._conversations[user] = str(told["channel"]["id"])
        return self._conversations[user]

    async def _enter(self, to: Address) -> None:
        """Joins a public channel once: files and the search for lost messages need it, text alone does not."""
        if to.channel is None or to.channel in self._entered or not to.channel.startswith("C"):
            return
        with suppress(Failed):  # private, or closed to us: the post itself will tell
            await self._calls.call("conversations_join", may_fail=_CANNOT_JOIN, channel=to.channel)
        self._entered.add(to.channel)

    async def _members(self, channel: str) -> list[str]:
        pages = [page async for page in self._calls.pages("conversations_members", channel=channel)]
        members = (member for page in pages for member in page.get("members", ()))
        return [member for member in members if member != self._bot_user]

    async def _readers(self, members: Sequence[str], *, is_shared: bool) -> tuple[int, int]:
        """(people who read there, of them from another organisation). Bots and closed accounts read nothing."""
        if len(members) > LOOKED_UP and not is_shared:
            return len(members), 0
        known = await self._people.all(members)
        outsiders = sum(one.why in (Why.STRANGER, Why.UNKNOWN) for one in known)
        return sum(one.why in (None, Why.STRANGER, Why.UNKNOWN) for one in known), outsiders if is_shared else 0


def _is_shared(about: Mapping[str, Any]) -> bool:
    return bool(about.get("is_ext_shared") or about.get("is_pending_ext_shared"))


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata: Mapping[str, Any] = message.get("metadata") or {}
    if metadata.get("event_type") != views.EVENT:
        return None
    payload: Mapping[str, Any] = metadata.get("event_payload") or {}
    return payload.get("key")
