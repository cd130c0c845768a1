"""Looks people up within the rate limits of the Web API, and caches them for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.slack.calls import Calls, Failed
from adapters.slack.groups import SlackGroups, is_group
from adapters.slack.profiles import Home, Known
from adapters.slack.turns import Turns
from bot.acts import Actor
from bot.errors import DeliveryError
from bot.people import Cast, Member, Missing, Standing, Why
from bot.ports import Clock
from bot.service.doing import patiently
from bot.text import HOUSE

FRESH = 900.0
"""Seconds for which a cached user is used."""

PATIENCE = 1.0
"""Seconds for which a press waits for the look-up of its actor."""

FEW = 8
"""Up to this many people are looked up one by one (`users.info`: 100 a minute); for more, `users.list` is read."""

PAGE = 1_000
"""People a page of `users.list`: the most it gives. 20 pages a minute."""

WORTH = 5
"""One page costs as much of its rate limit as this many single look-ups: no more pages are read than that saves."""

AT_ONCE = 10
FOR_WAITING = 2
"""Concurrent look-ups, of which some are reserved for people who wait in front of a form."""

REMEMBERED = 20_000

_NO_LIST = frozenset({"missing_scope", "limit_required", "invalid_cursor", "unknown_method"})
_NOT_FOUND = frozenset({"user_not_found", "user_not_visible"})


@dataclass(slots=True)
class _Listing:
    """The cursor in `users.list`: after a 429 the next call continues there."""

    began: float
    cursor: str = ""
    is_done: bool = False


class SlackUsers:
    def __init__(
        self,
        calls: Calls,
        clock: Clock,
        enterprise: str = "",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`calls` know their workspace. `enterprise`: the id of its organisation on Enterprise Grid."""
        self._calls = calls
        self._clock = clock
        self.groups = SlackGroups(calls, clock)
        self._home = Home(workspace=calls.workspace, enterprise=enterprise)
        self._pause = pause
        self._known: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self._turns = Turns(AT_ONCE, FOR_WAITING)
        self._asking: dict[str, asyncio.Task[Known]] = {}
        self._listing = _Listing(began=float("-inf"))
        self._one_reader = asyncio.Lock()

    async def cast(self, refs: Sequence[str], since: datetime | None = None) -> Cast:
        """Per reference (a person or a user group) who it stands for; those of a group who cannot be asked are named.

        Raises Later where a limit is met. What was found until then is kept, so that the next call goes on from there.
        """
        users: dict[str, tuple[str, ...]] = {}
        missing: list[Missing] = []
        for ref in dict.fromkeys(refs):
            members = await self.groups.members(ref) if is_group(ref) else (ref,)
            if members is None:
                missing.append(Missing(ref=ref, name=await self.groups.name(ref), why=Why.UNKNOWN))
            else:
                users[ref] = members
        everybody = [user for members in users.values() for user in members]
        known = {one.member.account.user: one for one in await self.all(everybody, since)}
        found: dict[str, tuple[Member, ...]] = {}
        for ref, members in users.items():
            cast = [known[user] for user in members]
            missing += [
                Missing(
                    ref=ref, name=one.member.name, handle=one.member.handle, why=one.why, account=one.member.account
                )
                for one in cast
                if one.why
            ]
            can_be_asked = tuple(one.member for one in cast if one.why is None)
            if can_be_asked or is_group(ref):
                found[ref] = can_be_asked
        return Cast(found=found, missing=tuple(missing))

    async def all(
        self, users: Iterable[str], since: datetime | None = None, *, most_one_by_one: int | None = None
    ) -> list[Known]:
        """Each of them once, in their order. What was learned before `since` does not count.

        `most_one_by_one`: those beyond, who are in no page of `users.list`, count as unknown. Raises as `cast`.
        """
        wanted = list(dict.fromkeys(users))
        if len(self._unknown(wanted, since)) > FEW:
            await self._list(wanted, since)
        asked = self._unknown(wanted, since)[:most_one_by_one]
        is_urgent = len(wanted) == 1  # somebody waits for it; a set-up looks up many
        ended = await asyncio.gather(*(self._ask(user, is_urgent=is_urgent) for user in asked), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        found = [
            self._known[user][1] if user in self._known else self._home.nobody(user, Why.UNKNOWN) for user in wanted
        ]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def one(self, user: str) -> Known:
        """With priority. Concurrent look-ups of one user share one call."""
        if not self._unknown([user], None):
            return self._known[user][1]
        if user not in self._asking:
            task = asyncio.create_task(self._ask(user, is_urgent=True))
            self._asking[user] = task
            task.add_done_callback(lambda done: self._asked(user, done))
        return await asyncio.shield(self._asking[user])

    async def actor(self, user: str, name: str, patience: float = PATIENCE) -> Actor:
        """The person who pressed. Standing UNKNOWN if Slack does not answer in time and they are not cached."""
        try:
            known = await patiently(lambda: self.one(user), patience, self._pause)
        except (TimeoutError, DeliveryError):
            if user not in self._known:
                return Actor(account=self._home.account(user), name=name or user, standing=Standing.UNKNOWN)
            known = self._known[user][1]
        of = known.member
        return Actor(
            account=of.account,
            name=of.name,
            standing=of.standing,
            locale=of.locale,
            tz=of.tz,
            language=known.language,
        )

    def locale(self, user: str) -> str:
        """The cached locale of the user; else the default."""
        return (self._known[user][1].member.locale if user in self._known else None) or HOUSE

    def _unknown(self, users: Iterable[str], since: datetime | None) -> list[str]:
        return [user for user in users if user not in self._known or self._is_old(self._known[user][0], since)]

    def _is_old(self, at: float, since: datetime | None) -> bool:
        return self._clock.now().timestamp() - at >= FRESH or (since is not None and at < since.timestamp())

    async def _list(self, wanted: Sequence[str], since: datetime | None) -> None:
        """Reads pages until everybody wanted is known, as far as that is cheaper than to ask for them one by one."""
        async with self._one_reader:
            if self._is_old(self._listing.began, since):
                self._listing = _Listing(began=self._clock.now().timestamp())
            named, listing = frozenset(wanted), self._listing
            for _ in range(max(1, len(wanted) // WORTH)):
                if listing.is_done or not self._unknown(wanted, since):
                    return
                await self._read_page(listing, named)

    async def _read_page(self, listing: _Listing, wanted: frozenset[str]) -> None:
        now = self._clock.now().timestamp()
        cursor: dict[str, Any] = {"cursor": listing.cursor} if listing.cursor else {}
        try:
            told = await self._calls.call("users_list", may_fail=_NO_LIST, limit=PAGE, include_locale=True, **cursor)
        except Failed:
            listing.is_done = True  # then one by one
            return
        for user in told.get("members") or ():
            id_ = str(user.get("id") or "")
            if id_ in wanted or (id_ and len(self._known) < REMEMBERED):
                self._remember(id_, self._home.known(id_, user), now)
        listing.cursor = str((told.get("response_metadata") or {}).get("next_cursor") or "")
        listing.is_done = not listing.cursor

    async def _ask(self, user: str, *, is_urgent: bool) -> Known:
        now = self._clock.now().timestamp()
        async with self._turns.one(is_urgent=is_urgent):
            known = await self._info(user)
        self._remember(user, known, now)
        return known

    async def _info(self, user: str) -> Known:
        try:
            told = await self._calls.call("users_info", may_fail=_NOT_FOUND, user=user, include_locale=True)
        except Failed as failed:
            return self._home.nobody(user, Why.STRANGER if failed.code == "user_not_visible" else Why.UNKNOWN)
        about = told.get("user")
        return self._home.known(user, about) if isinstance(about, dict) else self._home.nobody(user, Why.UNKNOWN)

    def _remember(self, user: str, known: Known, at: float) -> None:
        self._known[user] = (at, known)
        self._known.move_to_end(user)

    def _asked(self, user: str, done: asyncio.Task[Known]) -> None:
        del self._asking[user]
        if not done.cancelled():
            done.exception()  # whoever waited has seen it, or has stopped waiting
