"""Who people are: looked up one by one, and remembered for a while, as the pace of the Web API asks."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.calls import NAME, Calls, Failed
from bot.acts import Actor
from bot.errors import DeliveryError
from bot.people import Account, Cast, Member, Missing, Standing, Why
from bot.ports import Clock
from bot.text import HOUSE

FRESH = 900.0
"""Seconds for which somebody is taken as they were."""

PATIENCE = 1.0
"""Seconds for which somebody who pressed waits until it is known who they are."""

AT_ONCE = 8
REMEMBERED = 20_000

SLACKBOT = "USLACKBOT"
_GROUP = re.compile(r"S[A-Z0-9]+")
_NO_GROUPS = frozenset({"plan_upgrade_required", "missing_scope", "no_permission", "unknown_method"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Somebody as Slack told us of them. `why`: they cannot be asked."""

    member: Member
    why: Why | None = None


class SlackUsers:
    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self._groups: tuple[float, Mapping[str, str]] | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def cast(self, refs: Sequence[str]) -> Cast:
        """Per reference (a person or a user group) who it stands for; a group's own strays are named too."""
        found: dict[str, tuple[Member, ...]] = {}
        missing: list[Missing] = []
        for ref in dict.fromkeys(refs):
            is_person = _GROUP.fullmatch(ref) is None
            users = (ref,) if is_person else await self._members(ref)
            if users is None:
                missing.append(Missing(ref=ref, name=self._group_name(ref), why=Why.UNKNOWN))
                continue
            known = await self.all(users)
            missing += [Missing(ref=ref, name=one.member.name, why=one.why) for one in known if one.why]
            members = tuple(one.member for one in known if one.why is None)
            if members or not is_person:
                found[ref] = members
        return Cast(found=found, missing=tuple(missing))

    async def all(self, users: Iterable[str]) -> list[Known]:
        """Several side by side. Whoever is known is not asked for again: what was broken off goes on from there."""
        return list(await asyncio.gather(*(self.one(user) for user in users)))

    async def one(self, user: str) -> Known:
        now = self._clock.now().timestamp()
        at, known = self._known.get(user, (0.0, None))
        if known is not None and now - at < FRESH:
            return known
        async with self._slots:
            known = await self._asked(user)
        self._known[user] = (now, known)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return known

    async def actor(self, user: str, name: str) -> Actor:
        """Whoever pressed. Where Slack cannot tell in time who that is, they get a guest's rights."""
        try:
            async with asyncio.timeout(PATIENCE):
                known = (await self.one(user)).member
        except (TimeoutError, DeliveryError):
            return Actor(account=self.account(user), name=name or user, standing=Standing.GUEST)
        return Actor(account=known.account, name=known.name, standing=known.standing, locale=known.locale, tz=known.tz)

    async def groups(self) -> Mapping[str, str]:
        """The user groups, id -> name; none where the plan has none."""
        now = self._clock.now().timestamp()
        if self._groups is not None and now - self._groups[0] < FRESH:
            return self._groups[1]
        try:
            told = await self._calls.call("usergroups_list", may_fail=_NO_GROUPS)
            names = {group["id"]: f"{group.get('name') or group['id']}" for group in told.get("usergroups", ())}
        except Failed:
            names = {}
        self._groups = (now, names)
        return names

    def locale(self, user: str) -> str:
        """Of somebody known already; else the house's."""
        _, known = self._known.get(user, (0.0, None))
        return (known.member.locale if known else None) or HOUSE

    async def groups_at_hand(self, seconds: float) -> Mapping[str, str]:
        """As `groups`, for somebody who waits; none where that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.groups()
        except (TimeoutError, DeliveryError):
            return self._groups[1] if self._groups else {}

    def _group_name(self, group: str) -> str:
        """As it was offered; its id where it never was."""
        return (self._groups[1] if self._groups else {}).get(group, group)

    async def _members(self, group: str) -> tuple[str, ...] | None:
        try:
            may_fail = _NO_GROUPS | {"no_such_subteam"}
            told = await self._calls.call("usergroups_users_list", may_fail=may_fail, usergroup=group)
        except Failed:
            return None
        return tuple(told.get("users", ()))

    async def _asked(self, user: str) -> Known:
        may_fail = frozenset({"user_not_found", "user_not_visible"})
        try:
            told = await self._calls.call("users_info", may_fail=may_fail, user=user, include_locale=True)
        except Failed as failed:
            why = Why.STRANGER if failed.code == "user_not_visible" else Why.UNKNOWN
            return Known(member=Member(account=self.account(user), name=user, standing=Standing.GUEST), why=why)
        return self._as_told(told["user"])

    def _as_told(self, user: Mapping[str, Any]) -> Known:
        profile = user.get("profile") or {}
        name = profile.get("real_name") or user.get("real_name") or profile.get("display_name") or user.get("name")
        member = Member(
            account=self.account(user["id"]),
            name=name or user["id"],
            standing=self._standing(user),
            locale=user.get("locale"),
            tz=user.get("tz"),
        )
        return Known(member=member, why=self._why_not(user))

    def account(self, user: str) -> Account:
        return Account(platform=NAME, workspace=self._calls.workspace.id, user=user)

    def _standing(self, user: Mapping[str, Any]) -> Standing:
        if user.get("is_restricted") or user.get("is_ultra_restricted") or self._is_stranger(user):
            return Standing.GUEST
        return Standing.ADMIN if user.get("is_admin") or user.get("is_owner") else Standing.MEMBER

    def _why_not(self, user: Mapping[str, Any]) -> Why | None:
        if user.get("deleted"):
            return Why.DEACTIVATED
        if user.get("is_bot") or user.get("id") == SLACKBOT:
            return Why.BOT
        return Why.STRANGER if self._is_stranger(user) else None

    def _is_stranger(self, user: Mapping[str, Any]) -> bool:
        """Of another organisation. In an Enterprise Grid people of one company carry several teams."""
        if user.get("is_stranger"):
            return True
        team = user.get("team_id") or self._calls.workspace.id
        return team != self._calls.workspace.id and not user.get("enterprise_user")
