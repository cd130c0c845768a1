"""Outbound: the engine's messages are delivered by the Web API."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from adapters.slack import views
from adapters.slack.calls import NAME, WHEN_DOWN, Calls, Failed
from adapters.slack.files import NOTHING, Uploads, are_files
from adapters.slack.markup import LONGEST_TEXT, measure
from adapters.slack.users import SlackUsers
from bot.errors import Later, Rejected, Unknown, Unreachable, Unsearchable
from bot.messages import File, MessageKind, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Address, Cast, Reach, Way, Why, Workspace
from bot.reveal import pages
from bot.rounds import Venue
from bot.text import Texts

log = logging.getLogger(__name__)

LOOKED_UP = 200
"""Readers of a channel of whom it is asked who they are; of more only how many. Where another organisation shares the
channel, all are looked up in pages; so many who stand on no page are asked for one by one, the rest count as theirs."""

_GONE = frozenset({"message_not_found", "cant_delete_message", "is_inactive"})
_FROZEN = frozenset({"edit_window_closed", "cant_update_message"})
"""Errors that say: the message exists and may not be edited."""


class SlackPlatform:
    """`bot.ports.Platform`."""

    name = NAME
    invites = Way.PRIVATE
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
        self._uploads = Uploads(calls=calls, texts=texts)
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
        try:
            answer = await self._calls.call(
                "chat_postMessage",
                channel=to.channel or to.user,
                **told.arguments,
                **arguments,
                metadata=views.metadata(key),
                unfurl_links=False,
                unfurl_media=False,
            )
        except Unreachable:
            self._entered.discard(to.channel or "")  # whoever lets us in later may let us join again
            raise
        posted = Posted(place=str(answer["channel"]), id=str(answer["ts"]))
        if to.user:
            self._conversations[to.user] = posted.place
        if thread and (answer.get("message") or {}).get("thread_ts") != thread.id:
            # a thread that is gone: Slack answers "ok" and puts it in the channel, where it must not stand
            await self.amend(posted, None, to)
            raise Rejected("thread_not_found")
        return posted

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        """Searches the conversation or the thread for the message's metadata."""
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

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        is_worth = card.kind is not MessageKind.OLDER
        return await self._edit(views.message(card, self._texts), at, keeps_thread=False, is_worth=is_worth)

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        if message is not None:
            return await self._edit(views.message(message, self._texts), at, keeps_thread=True)
        if are_files(at):
            await self._uploads.remove(at)
        else:
            await self._delete(at)
        return at

    async def _edit(self, told: views.Told, at: Posted, *, keeps_thread: bool, is_worth: bool = True) -> Posted:
        """`is_worth`: to be posted anew where it may not be edited."""
        where: dict[str, Any] = {"channel": at.place, "ts": at.id}
        try:
            await self._calls.call(
                "chat_update", may_fail=_GONE | _FROZEN, **where, text=told.text, blocks=list(told.blocks)
            )
        except Failed as failed:
            if failed.code not in _FROZEN:
                return at
            if is_worth:
                return await self._replace(told, at, keeps_thread=keeps_thread)
            await self._delete(at)
        return at

    async def _replace(self, told: views.Told, at: Posted, *, keeps_thread: bool) -> Posted:
        """It may not be edited: deletes it and posts it anew or, if it has a thread, replies in that thread."""
        stands = await self._standing(at)
        thread = str(stands.get("thread_ts") or "")
        stays = keeps_thread and thread == at.id
        if not stays:
            await self._delete(at)
        arguments: dict[str, Any] = {"thread_ts": thread} if stays or thread not in ("", at.id) else {}
        if not stays and stands.get("metadata"):
            arguments["metadata"] = dict(stands["metadata"])
        answer = await self._calls.call(
            "chat_postMessage",
            channel=at.place,
            **told.arguments,
            **arguments,
            unfurl_links=False,
            unfurl_media=False,
        )
        return at if stays else Posted(place=at.place, id=str(answer["ts"]))

    async def _delete(self, at: Posted) -> None:
        with suppress(Failed):
            await self._calls.call("chat_delete", may_fail=_GONE, channel=at.place, ts=at.id)

    async def _standing(self, at: Posted) -> Mapping[str, Any]:
        """The message as the conversation returns it; empty if it is not found."""
        with suppress(Failed):
            async for message in self._calls.history(at.place, at.id, include_all_metadata=True):
                if message.get("ts") == at.id:
                    return message
        return {}

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        """Each file is uploaded unshared, in a step of its own; the last step shares them all."""
        step = await self._uploads.next(files, done)
        if step is not None:
            return step
        await self._enter(to)
        channel = await self._conversation(to)
        return await self._uploads.share(files, done or NOTHING, channel, thread.id if thread else None)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        return await self._people.cast(refs, since)

    async def reach(self, address: Address) -> Reach:
        channel = address.channel or await self._conversation(address)
        told = await self._calls.call("conversations_info", channel=channel, include_num_members=True)
        about: Mapping[str, Any] = told.get("channel") or {}
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

    async def time_there(self) -> datetime | None:
        return await self._calls.time_there()

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
        """Joins a public channel once: files and the search for lost messages need it, text alone does not.

        Other errors are ignored: the post itself will meet them. Raises Later and Revoked, as any call.
        """
        if to.channel is None or to.channel in self._entered or not to.channel.startswith("C"):
            return
        try:
            await self._calls.call("conversations_join", channel=to.channel)
        except (Rejected, Unreachable) as no:
            log.info("not_joined", extra={"channel": to.channel, "reason": no.reason})
        except Unknown:
            raise Later(WHEN_DOWN) from None  # nothing was posted: there is nothing to look for
        self._entered.add(to.channel)

    async def _members(self, channel: str) -> list[str]:
        pages = [page async for page in self._calls.pages("conversations_members", channel=channel)]
        members = (str(member) for page in pages for member in page.get("members") or ())
        return [member for member in members if member != self._bot_user]

    async def _readers(self, members: Sequence[str], *, is_shared: bool) -> tuple[int, int]:
        """(readers, readers from another organisation). Bots and deactivated accounts do not count."""
        if len(members) > LOOKED_UP and not is_shared:
            return len(members), 0
        known = await self._people.all(members, most_one_by_one=LOOKED_UP)
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
