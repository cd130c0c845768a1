"""One attempt to deliver one message: what to call, and what a platform's refusal means."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from bot.courier.contents import Contents
from bot.errors import Rejected, Unreachable
from bot.messages import File, GaveUp, Line, Message, MessageKind, Op, Post, Posted, Refusal, Result, Sent
from bot.ports import Outbox, Platform

log = logging.getLogger(__name__)

Plainly = Callable[[Post], str]
"""A post as plain lines (`bot.text`)."""


class Attempts:
    """Loads first, calls after: until the call nothing has left the house, and what fails may simply be repeated."""

    def __init__(self, outbox: Outbox, platforms: Mapping[str, Platform], contents: Contents, plainly: Plainly) -> None:
        self._outbox = outbox
        self._platforms = platforms
        self._contents = contents
        self._plainly = plainly

    async def load(self, message: Message) -> Post | Sequence[File] | None:
        """What goes out; None: a post is to be removed."""
        if message.args.get("remove"):
            return None
        if message.op is Op.ATTACH:
            return await self._contents.files(message)
        return await self._contents.post(message)

    async def send(self, message: Message, load: Post | Sequence[File] | None) -> Result:
        """Raises Later, Revoked, Unknown, and whatever else a platform comes up with, which tells as little."""
        try:
            return Sent(posted=await self._call(message, load))
        except Rejected as error:
            return Refusal(reason=error.reason or error.code)
        except Unreachable as error:
            if message.to.channel is not None:
                # a channel that is closed to us may open again; what is meant for everybody there is never skipped
                return Refusal(reason=error.reason)
            return GaveUp(why=error.why, reason=error.reason)

    async def load_card(self, card: Message) -> Post:
        """What it should show now. Raises what look-ups raise."""
        return await self._contents.card(card)

    async def show(self, card: Message, load: Post) -> None:
        """Raises what `Platform.show` raises."""
        if card.posted is not None:
            await self._edit(card, load, card.posted, is_card=True)

    async def _call(self, message: Message, load: Post | Sequence[File] | None) -> Posted:
        match message.op:
            case Op.POST:
                if not isinstance(load, Post):
                    raise TypeError(message.op)
                return await self._post(message, load)
            case Op.ATTACH:
                if load is None or isinstance(load, Post):
                    raise TypeError(message.op)
                return await self._attach(message, load)
            case Op.AMEND:
                if message.anchor is None or not (load is None or isinstance(load, Post)):
                    raise TypeError(message.op)
                return await self._edit(message, load, message.anchor, is_card=False)
            case _:
                assert_never(message.op)

    async def _post(self, message: Message, post: Post) -> Posted:
        """Refused as it is: as plain text; refused so too: as a file, unless it has buttons, which no file can have."""
        platform = self._platforms[message.to.platform]
        thread = thread_of(message)
        try:
            return await platform.post(post, message.to, message.post_key, thread)
        except Rejected as error:
            if message.kind is MessageKind.ANNOUNCEMENT:
                raise  # it is the rehearsal: what the channel does not take as it is, it will not take at the reveal
            _note(message, error)
        plain = replace(post, is_plain=True)
        try:
            return await platform.post(plain, message.to, message.post_key, thread)
        except Rejected as error:
            _note(message, error)
            if post.controls:
                raise
        file = File(
            name=f"{message.header.code}-{message.id}.txt",
            media_type="text/plain; charset=utf-8",
            content=self._plainly(plain).encode(),
            title=Line(key="delivery.as_file"),
        )
        return await self._attach(message, (file,))

    async def _attach(self, message: Message, files: Sequence[File]) -> Posted:
        platform = self._platforms[message.to.platform]
        done = message.step
        while True:
            came = await platform.attach(files, message.to, message.post_key, thread_of(message), done)
            if isinstance(came, Posted):
                return came
            await self._outbox.step(message.id, message.attempt, came)
            done = came

    async def _edit(self, message: Message, post: Post | None, at: Posted, *, is_card: bool) -> Posted:
        platform = self._platforms[message.to.platform]

        async def edit(post: Post | None) -> Posted:
            if is_card and post is not None:
                return await platform.show(post, at)
            return await platform.amend(at, post)

        try:
            now_at = await edit(post)
        except Rejected as error:
            if post is None:
                raise
            _note(message, error)
            now_at = await edit(replace(post, is_plain=True))
        if now_at != at:
            await self._outbox.moved(message.round_id, at, now_at)
        return now_at


def thread_of(message: Message) -> Posted | None:
    return message.anchor if message.in_thread else None


def named(message: Message) -> dict[str, int | str]:
    """For a log. Its key would tell whom it is for."""
    return {"message_id": message.id, "kind": message.kind.value}


def _note(message: Message, error: Rejected) -> None:
    log.warning("rejected", extra={**named(message), "reason": error.reason})
