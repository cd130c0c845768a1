"""What a message says: read when it is sent, held in local variables only, and never longer than one call."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.errors import Unreachable
from bot.messages import File, Message, MessageKind, Post, voices_of
from bot.people import Address, Cast, Reach
from bot.ports import Clock, Platform, RoundRecords, Voices
from bot.rounds import Perspective, Phase, Round, RoundId
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
"""Kinds that say nothing of who was asked, most of them owed by the hundred: nobody else's seat is loaded for them."""

KEPT_WHOLE = frozenset({MessageKind.QUESTION, MessageKind.SMALLER_GROUP})
"""… and those that tell people how many others are asked: the seats are read once for each version of the round."""

ROUNDS_KEPT = 32


class CannotOpen(Exception):
    """The round is a DRAFT again, and its organisers are told why: nothing is announced."""


class Compose(Protocol):
    """`bot.compose.compose`."""

    def __call__(
        self, message: Message, round_: Round, voices: Sequence[Perspective] = (), *, now: datetime
    ) -> Post: ...


Files = Callable[[Round, Sequence[Perspective]], Sequence[File]]
"""The report of a revealed round, in the formats that are attached. Pure; called in a thread."""


class Contents:
    def __init__(
        self,
        rounds: RoundRecords,
        replies: Voices,
        platforms: Mapping[str, Platform],
        clock: Clock,
        compose: Compose,
        files: Files,
    ) -> None:
        self._rounds = rounds
        self._replies = replies
        self._platforms = platforms
        self._clock = clock
        self._compose = compose
        self._files = files
        self._kept: OrderedDict[tuple[RoundId, bool], Round] = OrderedDict()

    async def post(self, message: Message) -> Post:
        """Made of what is stored: a preview whose people are not looked up yet says that they will be.

        Before an announcement people and channel are looked up again. Raises CannotOpen, and what a platform raises.
        """
        round_ = await self._round(message)
        if message.kind is MessageKind.ANNOUNCEMENT and round_.phase is Phase.DRAFT:
            round_ = await self._looked_again(round_, message.args.get("largest"))
        return await self._made(message, round_)

    async def card(self, message: Message) -> Post:
        """As `post`, for a card that stands: what a preview shows is looked up first. Raises what a platform raises."""
        round_ = await self._round(message)
        if message.kind is MessageKind.PREVIEW and round_.phase is Phase.DRAFT:
            round_ = await self._looked_up(round_)
        return await self._made(message, round_)

    async def _made(self, message: Message, round_: Round) -> Post:
        return self._compose(message, round_, await self._voices(message), now=self._clock.now())

    async def files(self, message: Message) -> Sequence[File]:
        round_ = await self._rounds.shell(message.round_id)
        voices = await self._replies.perspectives(message.round_id)
        # a report of a thousand voices takes a while to lay out: others' presses are answered meanwhile
        return await asyncio.to_thread(self._files, round_, voices)

    async def _round(self, message: Message) -> Round:
        is_whole = message.kind in KEPT_WHOLE
        if not is_whole and message.kind not in SHELL_IS_ENOUGH:
            return await self._rounds.get(message.round_id)
        key, header = (message.round_id, is_whole), message.header
        known = self._kept.get(key)
        if known is None or known.version < header.version or known.phase is not header.phase:
            read = self._rounds.get if is_whole else self._rounds.shell
            known = self._kept[key] = await read(message.round_id)
        self._kept.move_to_end(key)
        while len(self._kept) > ROUNDS_KEPT:
            self._kept.popitem(last=False)
        return known

    async def _voices(self, message: Message) -> Sequence[Perspective]:
        positions = sorted(voices_of(message.args))
        return await self._replies.voices(message.round_id, positions) if positions else ()

    async def _looked_up(self, round_: Round) -> Round:
        """Who the people of the set-up are, and what its channel allows, as the platform knows it now."""
        edition, known = round_.setup.edition, round_.setup.looked_up
        if known is not None and known.of == edition:
            return round_
        cast, reach = await self._look_up(round_)
        change = await self._rounds.change(
            round_.id,
            None,
            lambda newest: setting_up.looked_up(newest, cast, reach, edition),
            self._clock.now(),
        )
        return change.round_

    async def _looked_again(self, round_: Round, largest: int | None) -> Round:
        """The same, before the announcement of a round that opens: what was previewed may be days old.

        It is stored before anything is posted. After a kill, and at a retry, the stored look-up is used: what was
        announced is what is asked. Raises CannotOpen.
        """
        opening_at, known = round_.opening_at, round_.setup.looked_up
        if opening_at is None:
            raise CannotOpen
        if known is not None and known.opening_at == opening_at:
            return round_
        platform = self._platforms[round_.workspace.platform]
        cast, reach = await self._look_up(round_, since=opening_at)
        now = self._clock.now()
        change = await self._rounds.change(
            round_.id,
            None,
            lambda newest: opening.looked_again(newest, cast, reach, now, platform.pace, largest),
            now,
        )
        if change.round_.opening_at is None:
            raise CannotOpen
        return change.round_

    async def _look_up(self, round_: Round, since: datetime | None = None) -> tuple[Cast, Reach | None]:
        """People and channel of a set-up. What the platform was asked before `since` does not count."""
        platform = self._platforms[round_.workspace.platform]
        cast = await platform.people(round_.workspace, setting_up.refs(round_), since=since)
        return cast, await self._reach(platform, setting_up.place(round_))

    async def _reach(self, platform: Platform, place: Address | None) -> Reach | None:
        if place is None:
            return None
        try:
            return await platform.reach(place)
        except Unreachable:
            return None
