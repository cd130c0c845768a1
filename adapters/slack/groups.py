"""The workspace's user groups: their names, kept for a while, and who is in them, asked each time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping

from adapters.slack.calls import Calls, Failed
from bot.errors import DeliveryError
from bot.ports import Clock

FRESH = 900.0
"""Seconds for which the list of names is used as it is."""

MISSED_AFTER = 10.0
"""Seconds after which a name that is not in the list is looked for in a new one: `usergroups.list` allows 20 calls a
minute, and people type letter by letter."""

_GROUP = re.compile(r"S[A-Z0-9]+")
_NO_GROUPS = frozenset({"plan_upgrade_required", "missing_scope", "no_permission", "unknown_method"})

Names = Mapping[str, str]


def is_group(ref: str) -> bool:
    return _GROUP.fullmatch(ref) is not None


class SlackGroups:
    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._listed: tuple[float, Names] | None = None

    async def names(self, has: Callable[[Names], bool] = lambda names: True) -> Names:
        """Id -> name; none where the plan has none. Where the list lacks what is looked for, it is asked for once more:
        the group may be new. `has`: is it in there?"""
        now = self._clock.now().timestamp()
        if self._listed is not None:
            age = now - self._listed[0]
            if age < FRESH and (age < MISSED_AFTER or has(self._listed[1])):
                return self._listed[1]
        try:
            told = await self._calls.call("usergroups_list", may_fail=_NO_GROUPS)
            groups = (group for group in told.get("usergroups") or () if group.get("id"))
            names = {str(group["id"]): str(group.get("name") or group["id"]) for group in groups}
        except Failed:
            names = {}
        self._listed = (now, names)
        return names

    async def at_hand(self, seconds: float, has: Callable[[Names], bool] = lambda names: True) -> Names:
        """As `names`, for somebody who waits: the names known before where that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.names(has)
        except (TimeoutError, DeliveryError):
            return self._known

    async def name(self, group: str) -> str:
        """The group's name, or its id if it has no name."""
        try:
            names = await self.names(lambda names: group in names)
        except DeliveryError:
            names = self._known
        return names.get(group, group)

    async def members(self, group: str) -> tuple[str, ...] | None:
        """The current members. None: there is no such group."""
        may_fail = _NO_GROUPS | {"no_such_subteam"}
        try:
            told = await self._calls.call("usergroups_users_list", may_fail=may_fail, usergroup=group)
        except Failed:
            return None
        return tuple(str(user) for user in told.get("users") or ())

    @property
    def _known(self) -> Names:
        return self._listed[1] if self._listed else {}
