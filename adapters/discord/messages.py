"""Single messages: sent, edited, deleted; posted anew where too old to be edited; also in archived threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from adapters.discord.calls import (
    ARCHIVED,
    MISSING_PERMISSION,
    TOO_OLD,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Calls,
    Failed,
)
from adapters.discord.markup import nonce
from adapters.discord.views import Told, mark_of
from bot.errors import Unreachable
from bot.messages import Posted
from bot.people import Address

REMEMBERED = 10_000

HAS_THREAD = 1 << 5

CHANNEL = "/channels/{channel_id}"
MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"

_GONE = frozenset({UNKNOWN_MESSAGE, UNKNOWN_CHANNEL})

Found = TypeVar("Found")


class Messages:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._marks: OrderedDict[str, int] = OrderedDict()  # message -> its mark, which an edit keeps

    async def send(self, told: Told, nonce: str, channel: str, to: Address) -> Posted:
        """Once: Discord returns the message that stands where one had this nonce in the last minutes.

        Raises Failed where there is no such channel."""
        payload = {**told.payload, "nonce": nonce, "enforce_nonce": True}
        made = await self._in_archive(
            channel,
            to,
            lambda may_fail: self._calls.mapping(
                "POST",
                MESSAGES,
                content=payload,
                may_fail=may_fail | {UNKNOWN_CHANNEL},
                channel_id=channel,
                **_about(to),
            ),
        )
        self._remember(str(made["id"]), mark_of(told.components))
        return Posted(place=str(made["channel_id"]), id=str(made["id"]))

    async def edit(self, told: Told, at: Posted, to: Address, *, keeps_thread: bool) -> Posted:
        """Where it stands now. A message that is gone is no error."""
        marked = await self._marked(told, at, to)
        if marked is None:
            return at
        try:
            await self._in_archive(
                at.place,
                to,
                lambda may_fail: self._calls.call(
                    "PATCH",
                    MESSAGE,
                    content=marked.payload,
                    may_fail=may_fail | _GONE | {TOO_OLD},
                    **_where(at.place, at.id, to),
                ),
            )
        except Failed as failed:
            return await self._replace(marked, at, to, keeps_thread) if failed.code == TOO_OLD else at
        return at

    async def delete(self, channel: str, id_: str, to: Address) -> None:
        with suppress(Failed):
            await self._in_archive(
                channel,
                to,
                lambda may_fail: self._calls.call(
                    "DELETE", MESSAGE, may_fail=may_fail | _GONE, **_where(channel, id_, to)
                ),
            )

    async def standing(self, at: Posted, to: Address) -> Mapping[str, Any] | None:
        """The message as Discord returns it. None: it is gone."""
        with suppress(Failed):
            return await self._calls.mapping("GET", MESSAGE, may_fail=_GONE, **_where(at.place, at.id, to))
        return None

    async def _replace(self, told: Told, at: Posted, to: Address, keeps_thread: bool) -> Posted:
        """Posted anew, then what stood is deleted. Or said in the thread of the message, which would end with it."""
        stands = await self.standing(at, to) or {}
        has_thread = bool(stands.get("thread") or int(stands.get("flags") or 0) & HAS_THREAD)
        in_thread = keeps_thread and has_thread
        anew = nonce(f"{at.id}:{told.payload}")
        posted = await self.send(told, anew, at.id if in_thread else at.place, to)
        if in_thread:
            return at
        await self.delete(at.place, at.id, to)
        return posted

    async def _in_archive(self, channel: str, to: Address, call: Callable[[frozenset[int]], Awaitable[Found]]) -> Found:
        """A thread that was archived is opened again, once. `call` gets the code that it may fail with."""
        try:
            return await call(frozenset({ARCHIVED}))
        except Failed as failed:
            if failed.code != ARCHIVED:
                raise
        await self._open_again(channel, to)
        return await call(frozenset())

    async def _open_again(self, thread: str, to: Address) -> None:
        """Raises Unreachable: whether it is locked or a right lacks, Discord answers with the same code."""
        how: dict[str, Any] = {"channel_id": thread, **_about(to)}
        may_fail = frozenset({MISSING_PERMISSION})
        try:
            await self._calls.call("PATCH", CHANNEL, content={"archived": False}, may_fail=may_fail, **how)
        except Failed:
            told = await self._calls.mapping("GET", CHANNEL, **how)
            is_locked = bool((told.get("thread_metadata") or {}).get("locked"))
            raise Unreachable(reason="archived" if is_locked else "not_allowed") from None

    async def _marked(self, told: Told, at: Posted, to: Address) -> Told | None:
        """With the mark that the message bears, by which it is still found after the edit. None: it is gone."""
        if not told.components:
            return told
        if at.id not in self._marks:
            stands = await self.standing(at, to)
            if stands is None:
                return None
            self._remember(at.id, mark_of(stands.get("components") or ()))
        return told.marked(self._marks[at.id]) if self._marks[at.id] else told

    def _remember(self, id_: str, marked: int) -> None:
        self._marks[id_] = marked
        self._marks.move_to_end(id_)
        while len(self._marks) > REMEMBERED:
            self._marks.popitem(last=False)


def _about(to: Address) -> dict[str, Any]:
    return {"workspace": to.workspace, "scope": to.lane}


def _where(channel: str, id_: str, to: Address) -> dict[str, Any]:
    return {"channel_id": channel, "message_id": id_, **_about(to)}
