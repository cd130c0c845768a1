"""Delivering one message: composed, posted or edited or attached; searched for where an answer was lost."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.courier.content import Content
from bot.courier.dependencies import CourierDependencies
from bot.errors import DeliveryError, NoNewConversations, Rejected, Unreachable, Unsearchable, where
from bot.messages import (
    TAKE_OVER,
    Again,
    File,
    GaveUp,
    Line,
    Message,
    MessageKind,
    Op,
    Post,
    Posted,
    Refusal,
    Result,
    Sent,
)
from bot.rules.moves import is_only_found

log = logging.getLogger(__name__)

CLOCK_SKEW = timedelta(minutes=5)
"""A search begins this long before the attempt: clocks differ, and an earlier attempt may have arrived late."""

CARDS_REMEMBERED = 10_000


class Guarantee(StrEnum):
    """What is done with a message that may or may not stand, where the platform cannot be searched for it."""

    AT_LEAST_ONCE = "at_least_once"  # sent again
    AT_MOST_ONCE = "at_most_once"  # given up


GUARANTEES: Mapping[MessageKind, Guarantee] = {
    # reading it twice does no harm to an organiser; without it the round may stand still
    MessageKind.PREVIEW: Guarantee.AT_LEAST_ONCE,
    MessageKind.STATUS: Guarantee.AT_LEAST_ONCE,
    MessageKind.REHEARSAL: Guarantee.AT_LEAST_ONCE,
    MessageKind.NOT_OPENED: Guarantee.AT_LEAST_ONCE,
    MessageKind.HELD_BACK: Guarantee.AT_LEAST_ONCE,
    MessageKind.STUCK: Guarantee.AT_LEAST_ONCE,
    MessageKind.PAUSED: Guarantee.AT_LEAST_ONCE,
    MessageKind.CLOCK_HELD: Guarantee.AT_LEAST_ONCE,
    MessageKind.WRONG_GROUP: Guarantee.AT_LEAST_ONCE,
    MessageKind.HIDING: Guarantee.AT_LEAST_ONCE,
    MessageKind.NEXT_STEPS: Guarantee.AT_LEAST_ONCE,
    # without it nobody is asked at all
    MessageKind.ANNOUNCEMENT: Guarantee.AT_LEAST_ONCE,
    # the channel was promised to hear what changed and how the round ended
    MessageKind.CAST_CHANGED: Guarantee.AT_LEAST_ONCE,
    MessageKind.CALLED_OFF: Guarantee.AT_LEAST_ONCE,
    # a voice that stands twice is an ugly mistake; a voice that is missing breaks the bot's main promise
    MessageKind.HEADLINE: Guarantee.AT_LEAST_ONCE,
    MessageKind.HEADING: Guarantee.AT_LEAST_ONCE,
    MessageKind.PAGE: Guarantee.AT_LEAST_ONCE,
    MessageKind.CONTRASTS: Guarantee.AT_LEAST_ONCE,
    MessageKind.HEADLINE_DONE: Guarantee.AT_LEAST_ONCE,
    MessageKind.REPORT: Guarantee.AT_LEAST_ONCE,
    MessageKind.LATE_PAGE: Guarantee.AT_LEAST_ONCE,
    # people wait for it before they talk
    MessageKind.INVITATION: Guarantee.AT_LEAST_ONCE,
    # both questions open the same form and one reply counts; whoever is never asked loses their voice unknowingly
    MessageKind.QUESTION: Guarantee.AT_LEAST_ONCE,
    # a second reminder annoys people into pressing "stop"; a missing one costs little
    MessageKind.REMINDER: Guarantee.AT_MOST_ONCE,
    MessageKind.CHANNEL_REMINDER: Guarantee.AT_MOST_ONCE,
    # the last chance before words that were never sealed miss the reveal
    MessageKind.NUDGE: Guarantee.AT_LEAST_ONCE,
    # whoever misses one of these believes something that is no longer true
    MessageKind.DEADLINE_MOVED: Guarantee.AT_LEAST_ONCE,
    MessageKind.CHANNEL_DEADLINE: Guarantee.AT_LEAST_ONCE,
    MessageKind.CANCELLED: Guarantee.AT_LEAST_ONCE,
    MessageKind.CLOSED_EARLY: Guarantee.AT_LEAST_ONCE,
    MessageKind.REMOVED: Guarantee.AT_LEAST_ONCE,
    MessageKind.SMALLER_GROUP: Guarantee.AT_LEAST_ONCE,
    MessageKind.WITHHELD: Guarantee.AT_LEAST_ONCE,
    MessageKind.NEW_VENUE: Guarantee.AT_LEAST_ONCE,
    MessageKind.OPENED: Guarantee.AT_LEAST_ONCE,
    # a question is edited to these: never posted, and an edit may be repeated
    MessageKind.HELD: Guarantee.AT_LEAST_ONCE,
    MessageKind.MOVE: Guarantee.AT_LEAST_ONCE,
    MessageKind.DECLINED: Guarantee.AT_LEAST_ONCE,
    MessageKind.CLOSED: Guarantee.AT_LEAST_ONCE,
    MessageKind.OLDER: Guarantee.AT_LEAST_ONCE,
}


class ShownCards:
    """What each card shows, as far as this process posted or edited it: a digest, as no words are kept in memory."""

    def __init__(self) -> None:
        self._digests: OrderedDict[Posted, bytes] = OrderedDict()

    def is_shown(self, at: Posted, post: Post) -> bool:
        return self._digests.get(at) == _digest(post)

    def remember(self, at: Posted, post: Post) -> None:
        self._digests[at] = _digest(post)
        self._digests.move_to_end(at)
        while len(self._digests) > CARDS_REMEMBERED:
            self._digests.popitem(last=False)

    def forget(self, at: Posted) -> None:
        self._digests.pop(at, None)


class Delivery:
    """Loading changes nothing outside and may be repeated at will; from `send` on the message may stand."""

    def __init__(self, deps: CourierDependencies) -> None:
        self._outbox = deps.outbox
        self._platforms = deps.platforms
        self._plain_text = deps.plain_text
        self._content = Content(deps)
        self._shown = ShownCards()

    async def load(self, message: Message) -> Post | Sequence[File] | None:
        """What `send` is to send. None: the post is to be removed. Raises CannotOpen, and what a platform raises."""
        if message.args.get("remove"):
            return None
        if message.op is Op.ATTACH:
            return await self._content.files(message)
        return await self._content.post(message)

    async def send(self, message: Message, load: Post | Sequence[File] | None) -> Result:
        """Raises Later, Revoked, Unknown, and anything else that the platform raises: then the outcome is unknown."""
        try:
            posted = await self._call(message, load)
        except Rejected as error:
            return Refusal(reason=error.reason or error.code)
        except Unreachable as error:
            if message.to.channel is not None:
                # a channel that is closed to the bot may open again, and what is meant for everybody is never skipped
                return Refusal(reason=error.reason)
            return GaveUp(why=error.why, reason=error.reason)
        if isinstance(load, Post) and (message.is_card or message.kind in TAKE_OVER):
            self._shown.remember(posted, load)
        return Sent(posted=posted)

    async def find(self, message: Message, now: datetime) -> Result:
        """Searches for a message whose outcome is unknown. Raises what `Platform.find` raises, except Unsearchable."""
        only_found = is_only_found(message)
        if message.op is Op.AMEND and only_found and message.anchor:
            return Sent(posted=message.anchor)  # it stands as it was before the restore
        if message.op is Op.AMEND:
            return Again(not_before=now)  # an edit may be repeated
        since = min(at for at in (message.tried_at or now, message.header.lost_since) if at) - CLOCK_SKEW
        platform = self._platforms[message.to.platform]
        try:
            what = await self._what_was_sent(message)
            posted = await platform.find(message.to, message.post_key, since, _thread_of(message), what)
        except Unsearchable as error:
            match Guarantee.AT_MOST_ONCE if message.header.stood_at else GUARANTEES[message.kind]:
                case Guarantee.AT_LEAST_ONCE:
                    return Again(not_before=now)
                case Guarantee.AT_MOST_ONCE:
                    return GaveUp(why=None, reason=error.code)
                case never:
                    assert_never(never)
        except (Unreachable, NoNewConversations):
            if message.to.user is None:
                raise
            return Again(not_before=now)  # there is nowhere to look; sent again, it is refused, and given up
        if posted:
            return Sent(posted=posted)
        return GaveUp(why=None, reason="published_before") if only_found else Again(not_before=now)

    async def _what_was_sent(self, message: Message) -> Post | Sequence[File] | None:
        """As it is composed now. None: it cannot be composed. Raises what a platform raises."""
        try:
            return await self.load(message)
        except DeliveryError:
            raise
        except Exception as error:
            log.info("not_composed", extra={**log_facts(message), "error": where(error)})
            return None

    async def load_card(self, card: Message) -> Post:
        """What it should show now. Raises what a platform raises."""
        return await self._content.card(card)

    async def edit_card(self, card: Message, load: Post) -> bool:
        """False: no call was made, as the card shows this already, or was published before a restore.

        Raises what `Platform.show` raises.
        """
        if card.posted is None or self._shown.is_shown(card.posted, load) or is_only_found(card):
            return False
        self._shown.forget(card.posted)  # until it is known that the edit succeeded
        self._shown.remember(await self._edit(card, load, card.posted, is_card=True), load)
        return True

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
        """If it is rejected, it is posted as plain text; if that is rejected too, as a file.

        A post with buttons does not become a file, which can have none.
        """
        platform = self._platforms[message.to.platform]
        thread = _thread_of(message)
        try:
            return await platform.post(post, message.to, message.post_key, thread)
        except Rejected as error:
            if message.kind is MessageKind.ANNOUNCEMENT:
                raise  # a test of the channel: whatever it rejects here, it would reject at the reveal
            _log_rejected(message, error)
        plain = replace(post, is_plain=True)
        try:
            return await platform.post(plain, message.to, message.post_key, thread)
        except Rejected as error:
            _log_rejected(message, error)
            if post.controls:
                raise
        file = File(
            name=f"{message.header.code}-{message.id}.txt",
            media_type="text/plain; charset=utf-8",
            content=self._plain_text(plain).encode(),
            title=Line(key="delivery.as_file"),
        )
        return await self._attach(message, (file,))

    async def _attach(self, message: Message, files: Sequence[File]) -> Posted:
        platform = self._platforms[message.to.platform]
        done = message.step
        while True:
            came = await platform.attach(files, message.to, message.post_key, _thread_of(message), done)
            if isinstance(came, Posted):
                return came
            await self._outbox.step(message.id, message.attempt, came)
            done = came

    async def _edit(self, message: Message, post: Post | None, at: Posted, *, is_card: bool) -> Posted:
        platform = self._platforms[message.to.platform]

        async def edit(post: Post | None) -> Posted:
            if is_card and post is not None:
                return await platform.show(post, at, message.to)
            return await platform.amend(at, post, message.to)

        try:
            now_at = await edit(post)
        except Rejected as error:
            if post is None:
                raise
            _log_rejected(message, error)
            now_at = await edit(replace(post, is_plain=True))
        if now_at != at:
            await self._outbox.moved(message.round_id, at, now_at)
        return now_at


def may_stand(message: Message) -> bool:
    """Whether it may have been sent in the time that a restored database does not know of: it is searched for first."""
    header = message.header
    if is_only_found(message):
        return True
    return header.lost_since is not None and message.attempt == 1 and message.op is not Op.AMEND


def log_facts(message: Message) -> dict[str, int | str]:
    """What a log may tell of a message. Not its key: that contains whom it is for."""
    return {"message_id": message.id, "kind": message.kind.value}


def _digest(post: Post) -> bytes:
    return hashlib.sha256(repr(astuple(post)).encode()).digest()


def _thread_of(message: Message) -> Posted | None:
    return message.anchor if message.in_thread else None


def _log_rejected(message: Message, error: Rejected) -> None:
    log.warning("rejected", extra={**log_facts(message), "reason": error.reason})
