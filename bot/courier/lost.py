"""Messages that may stand or not: no answer came, or the bot died in the call. First they are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.courier.attempts import thread_of
from bot.courier.policy import WHEN_UNSEARCHABLE, Unseen
from bot.errors import Unsearchable
from bot.messages import Again, GaveUp, Message, MessageId, Op, Result, Sent
from bot.people import Workspace
from bot.ports import Platform
from bot.rules.moves import is_only_found

MARGIN = timedelta(minutes=5)
"""Looked for from this long before the attempt: clocks differ, and an earlier attempt may have arrived late."""


@dataclass(slots=True)
class _Search:
    message: Message
    look_at: datetime
    is_under_way: bool = False


class Lost:
    def __init__(self, platforms: Mapping[str, Platform], look_after: timedelta) -> None:
        self._platforms = platforms
        self._look_after = look_after
        self._searches: dict[MessageId, _Search] = {}

    def __contains__(self, id_: MessageId) -> bool:
        return id_ in self._searches

    @property
    def next_at(self) -> datetime | None:
        return min((s.look_at for s in self._searches.values() if not s.is_under_way), default=None)

    def add(self, message: Message, now: datetime, *, at_once: bool = False) -> None:
        """Not looked for at once: what the platform accepted late must have time to appear."""
        wait = timedelta() if at_once or message.op is Op.AMEND else self._look_after
        self._searches[message.id] = _Search(message=message, look_at=(message.tried_at or now) + wait)

    def put_off(self, message: Message, until: datetime) -> None:
        search = self._searches[message.id]
        search.look_at, search.is_under_way = until, False

    def hurry(self, workspace: Workspace, now: datetime) -> None:
        """Nothing needs to be put off there any more."""
        for search in self._searches.values():
            to = search.message.to
            if (to.platform, to.workspace) == (workspace.platform, workspace.id):
                search.look_at = min(search.look_at, now)

    def found(self, message: Message) -> None:
        self._searches.pop(message.id, None)

    def due(self, now: datetime) -> list[Message]:
        return [s.message for s in self._searches.values() if s.look_at <= now and not s.is_under_way]

    def begin(self, message: Message) -> None:
        self._searches[message.id].is_under_way = True

    async def look(self, message: Message, now: datetime) -> Result:
        """Raises what `Platform.find` raises, but for Unsearchable."""
        only_found = is_only_found(message)
        if message.op is Op.AMEND and only_found and message.anchor:
            return Sent(posted=message.anchor)  # it stands as it was before the restore
        if message.op is Op.AMEND:
            return Again(not_before=now)  # editing twice is editing once
        since = min(at for at in (message.tried_at or now, message.header.lost_since) if at) - MARGIN
        platform = self._platforms[message.to.platform]
        try:
            posted = await platform.find(message.to, message.post_key, since, thread_of(message))
        except Unsearchable as error:
            match Unseen.GIVE_UP if message.header.stood_at else WHEN_UNSEARCHABLE[message.kind]:
                case Unseen.RESEND:
                    return Again(not_before=now)
                case Unseen.GIVE_UP:
                    return GaveUp(why=None, reason=error.code)
                case never:
                    assert_never(never)
        if posted:
            return Sent(posted=posted)
        return GaveUp(why=None, reason="published_before") if only_found else Again(not_before=now)


def may_stand(message: Message) -> bool:
    """Its round was restored from a backup: was this sent in the time of which the database knows nothing?"""
    header = message.header
    if is_only_found(message):
        return True
    return header.lost_since is not None and message.attempt == 1 and message.op is not Op.AMEND
