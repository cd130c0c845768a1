"""What a message says: composed when it is sent, held in local variables only, never longer than one call."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.courier.dependencies import CourierDependencies
from bot.errors import Unreachable
from bot.inviting import invites
from bot.messages import File, Message, MessageKind, Pace, Post, voices_of
from bot.people import Address, Cast, Reach, Way
from bot.ports import Platform
from bot.rounds import Phase, Round, RoundId
from bot.rules import opening, setting_up

SHELL_IS_ENOUGH = frozenset(
    {
        MessageKind.HEADLINE,
        MessageKind.HEADLINE_DONE,
        MessageKind.HEADING,
        MessageKind.PAGE,
        MessageKind.CONTRASTS,
        MessageKind.REPORT,
        MessageKind.LATE_PAGE,
        MessageKind.INVITATION,
        MessageKind.REMINDER,
        MessageKind.NUDGE,
        MessageKind.CHANNEL_REMINDER,
        MessageKind.CHANNEL_DEADLINE,
        MessageKind.DEADLINE_MOVED,
        MessageKind.CLOSED_EARLY,
        MessageKind.CANCELLED,
        MessageKind.REMOVED,
        MessageKind.WITHHELD,
        MessageKind.NEW_VENUE,
        MessageKind.PAUSED,
        MessageKind.CLOCK_HELD,
        MessageKind.OPENED,
        MessageKind.HIDING,
    }
)
"""Kinds that do not mention the other people of the round, so the round is loaded without its seats."""

CACHED_WHOLE = frozenset({MessageKind.QUESTION, MessageKind.SMALLER_GROUP})
"""Kinds that need all seats and are sent by the hundred: the whole round is loaded once for each of its versions."""

ROUNDS_CACHED = 32


class CannotOpen(Exception):
    """The round went back to DRAFT and its organisers were told why: there is nothing to announce."""


class Content:
    def __init__(self, deps: CourierDependencies) -> None:
        self._deps = deps
        self._cache: OrderedDict[tuple[RoundId, bool], Round] = OrderedDict()

    async def post(self, message: Message) -> Post:
        """Composed from what is stored. Before an announcement, people and channel are looked up again.

        A preview is not looked up here: it says that its people still will be. Raises CannotOpen, and what a platform
        raises.
        """
        round_ = await self._round(message)
        if message.kind is MessageKind.ANNOUNCEMENT and round_.phase is Phase.DRAFT:
            round_ = await self._looked_up_at_opening(round_, message.args.get("largest"))
        return await self._composed(message, round_)

    async def card(self, message: Message) -> Post:
        """As `post`, for a card that stands: the people of a preview are looked up. Raises what a platform raises."""
        round_ = await self._round(message)
        if message.kind is MessageKind.PREVIEW and round_.phase is Phase.DRAFT:
            round_ = await self._looked_up(round_)
        return await self._composed(message, round_)

    async def files(self, message: Message) -> Sequence[File]:
        round_ = await self._deps.rounds.shell(message.round_id)
        voices = await self._deps.replies.perspectives(message.round_id)
        # in a thread: a report of a thousand voices takes seconds, and the event loop must answer people meanwhile
        return await asyncio.to_thread(self._deps.files, round_, voices)

    async def _composed(self, message: Message, round_: Round) -> Post:
        positions = sorted(voices_of(message.args))
        voices = await self._deps.replies.voices(message.round_id, positions) if positions else ()
        return self._deps.compose(await self._with_kept(message), round_, voices, now=self._deps.clock.now())

    async def _with_kept(self, message: Message) -> Message:
        """A question to somebody who has begun to write says how far they are: a number, and no word."""
        seat = message.seat
        if message.kind is not MessageKind.QUESTION or seat is None or not seat.has_unsealed or seat.replied_at:
            return message
        kept = await self._deps.replies.boxes_kept(message.header.code, seat.account)
        return replace(message, args={**message.args, "kept": kept})

    async def _round(self, message: Message) -> Round:
        is_whole = message.kind in CACHED_WHOLE
        if not is_whole and message.kind not in SHELL_IS_ENOUGH:
            return await self._deps.rounds.get(message.round_id)
        key, header = (message.round_id, is_whole), message.header
        cached = self._cache.get(key)
        if cached is None or cached.version < header.version or cached.phase is not header.phase:
            load = self._deps.rounds.get if is_whole else self._deps.rounds.shell
            cached = self._cache[key] = await load(message.round_id)
        self._cache.move_to_end(key)
        while len(self._cache) > ROUNDS_CACHED:
            self._cache.popitem(last=False)
        return cached

    async def _looked_up(self, round_: Round) -> Round:
        """With the people and the channel of its set-up as the platform knows them now."""
        edition, known = round_.setup.edition, round_.setup.looked_up
        if known is not None and known.of == edition:
            return round_
        cast, reach = await self._look_up(round_)
        change = await self._deps.rounds.change(
            round_.id,
            None,
            lambda newest: setting_up.looked_up(newest, cast, reach, edition),
            self._deps.clock.now(),
        )
        return change.round_

    async def _looked_up_at_opening(self, round_: Round, largest: int | None) -> Round:
        """Looked up again for the announcement: the preview may be days old.

        The result is stored before anything is posted and used again at a retry or after a crash, so the people who
        are announced are the people who are asked. Raises CannotOpen.
        """
        opening_at, known = round_.opening_at, round_.setup.looked_up
        if opening_at is None:
            raise CannotOpen
        if known is not None and known.opening_at == opening_at:
            return round_
        platform = self._deps.platforms[round_.workspace.platform]
        cast, reach = await self._look_up(round_, since=opening_at)
        accounts = [member.account for found in cast.found.values() for member in found]
        asked = await invites(platform, self._deps.rounds, list(dict.fromkeys(accounts)))
        pace = Pace() if asked.way is Way.CHANNEL else platform.pace
        now = self._deps.clock.now()
        change = await self._deps.rounds.change(
            round_.id,
            None,
            lambda newest: opening.looked_again(newest, cast, reach, now, pace, largest, asked),
            now,
        )
        if change.round_.opening_at is None:
            raise CannotOpen
        return change.round_

    async def _look_up(self, round_: Round, since: datetime | None = None) -> tuple[Cast, Reach | None]:
        """People and channel of a set-up. Answers that the platform gave before `since` do not count."""
        platform = self._deps.platforms[round_.workspace.platform]
        cast = await platform.people(round_.workspace, setting_up.refs(round_), since=since)
        return cast, await _reach(platform, setting_up.place(round_))


async def _reach(platform: Platform, place: Address | None) -> Reach | None:
    if place is None:
        return None
    try:
        return await platform.reach(place)
    except Unreachable:
        return None
