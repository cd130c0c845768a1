"""Looks people and roles up by the REST API, which knows what is true now; keeps them for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.discord.calls import MISSING_ACCESS, NAME, UNKNOWN_MEMBER, UNKNOWN_USER, Calls, Failed
from adapters.discord.permissions import ADMINS
from adapters.discord.profiles import Person, Server, person_of
from adapters.discord.reading import ROLE
from bot.people import Account, Cast, Member, Missing, Standing, Why
from bot.ports import Clock

FRESH = 900.0
"""Seconds for which a person who was looked up is used."""

FEW = 8
"""Up to this many people are looked up one by one; for more, the list of members is read."""

PAGE = 1_000
"""Members a page: the most it gives."""

AT_ONCE = 10
REMEMBERED = 20_000

Json = Mapping[str, Any]


@dataclass(slots=True)
class _Listing:
    """Everybody of one server, as far as read: after a limit the next call goes on there."""

    began: float
    after: str = "0"
    is_done: bool = False
    people: dict[str, Person] = field(default_factory=dict)


class DiscordPeople:
    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, Person]] = OrderedDict()
        self._locales: OrderedDict[str, str] = OrderedDict()  # as interactions tell them
        self._servers: dict[str, tuple[float, Server]] = {}
        self._listings: dict[str, _Listing] = {}
        self._one_reader = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def cast(self, guild: str, refs: Sequence[str], since: datetime | None = None) -> Cast:
        """Per reference (the id of a person or of a role) who it stands for; who cannot be asked is named, and why.

        Raises Later where a limit is met. What was found until then is kept, so that the next call goes on from there.
        """
        server = await self.server(guild, since)
        wanted = list(dict.fromkeys(refs))
        role_of = {ref: role for ref in wanted if (role := _role(ref, server)) is not None}
        users = [ref for ref in wanted if ref not in role_of]
        everybody = (
            await self.everybody(guild, since) if role_of or len(self._unknown(guild, users, since)) > FEW else {}
        )
        known = {person.user: person for person in await self._all(guild, users, since)}
        found: dict[str, tuple[Member, ...]] = {}
        missing: list[Missing] = []
        for ref in wanted:
            role = role_of.get(ref)
            if role is not None and (everybody is None or role not in server.roles):
                missing.append(Missing(ref=ref, name=server.roles.get(role, role), why=Why.UNKNOWN))
                continue
            people = [known[ref]] if role is None else _of_role(role, guild, (everybody or {}).values())
            missing += [
                Missing(ref=ref, name=one.name, handle=one.handle, why=one.why, account=self.account(guild, one.user))
                for one in people
                if one.why
            ]
            can_be_asked = tuple(self._member(server, one) for one in people if one.why is None)
            if can_be_asked or role is not None:
                found[ref] = can_be_asked
        return Cast(found=found, missing=tuple(missing))

    async def server(self, guild: str, since: datetime | None = None) -> Server:
        """Raises Revoked where the bot is no member of it."""
        if guild in self._servers and not self._is_old(self._servers[guild][0], since):
            return self._servers[guild][1]
        now = self._now
        told = await self._calls.mapping(
            "GET",
            "/guilds/{guild_id}",
            guild_id=guild,
            query={"with_counts": "true"},
            workspace=guild,
            scope=_scope(guild),
        )
        roles: Sequence[Json] = told.get("roles") or ()
        server = Server(
            id=guild,
            owner=str(told.get("owner_id") or ""),
            roles={str(role["id"]): str(role.get("name") or role["id"]) for role in roles},
            permissions={str(role["id"]): int(role.get("permissions") or 0) for role in roles},
            size=int(told.get("approximate_member_count") or 0),
        )
        self._servers[guild] = (now, server)
        return server

    async def everybody(self, guild: str, since: datetime | None = None) -> Mapping[str, Person] | None:
        """All members. None: the bot may not list them (the intent GUILD_MEMBERS is off)."""
        async with self._one_reader:
            listing = self._listings.get(guild)
            if listing is None or self._is_old(listing.began, since):
                listing = self._listings[guild] = _Listing(began=self._now)
            try:
                while not listing.is_done:
                    await self._read_page(guild, listing)
            except Failed:
                del self._listings[guild]
                return None
            return listing.people

    async def one(self, guild: str, user: str, since: datetime | None = None) -> Person:
        (person,) = await self._all(guild, [user], since)
        return person

    def heard(self, user: str, locale: str | None) -> None:
        """An interaction outside a server tells the language of whoever acted."""
        if locale:
            self._locales[user] = locale
            _forget_oldest(self._locales)

    def account(self, guild: str, user: str) -> Account:
        return Account(platform=NAME, workspace=guild, user=user)

    async def _all(self, guild: str, users: Sequence[str], since: datetime | None) -> list[Person]:
        """Each in their order. Raises as `cast`."""
        asked = self._unknown(guild, users, since)
        ended = await asyncio.gather(*(self._ask(guild, user) for user in asked), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
        found = [self._known[guild, user][1] for user in users]
        _forget_oldest(self._known)
        return found

    def _unknown(self, guild: str, users: Iterable[str], since: datetime | None) -> list[str]:
        known = self._known
        return [u for u in users if (guild, u) not in known or self._is_old(known[guild, u][0], since)]

    async def _read_page(self, guild: str, listing: _Listing) -> None:
        page = await self._calls.listing(
            "/guilds/{guild_id}/members",
            guild_id=guild,
            query={"limit": PAGE, "after": listing.after},
            workspace=guild,
            scope=_scope(guild),
            may_fail=frozenset({MISSING_ACCESS}),
        )
        for told in page:
            person = person_of(told)
            listing.people[person.user] = person
            self._remember(guild, person, listing.began)
        listing.is_done = len(page) < PAGE
        if page:
            listing.after = max(listing.people, key=int)

    async def _ask(self, guild: str, user: str) -> None:
        async with self._turns:
            now = self._now
            self._remember(guild, await self._look_up(guild, user), now)

    async def _look_up(self, guild: str, user: str) -> Person:
        gone = frozenset({UNKNOWN_MEMBER, UNKNOWN_USER})
        about: dict[str, Any] = {"user_id": user, "workspace": guild, "scope": _scope(guild), "may_fail": gone}
        if not user.isdecimal():
            return Person(user=user, name=user, is_member=False, is_known=False)
        try:
            return person_of(
                await self._calls.mapping("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=guild, **about)
            )
        except Failed:
            pass
        try:
            told = await self._calls.mapping("GET", "/users/{user_id}", **about)
        except Failed:
            return Person(user=user, name=user, is_member=False, is_known=False)
        return person_of({"user": told}, is_member=False)

    def _member(self, server: Server, person: Person) -> Member:
        return Member(
            account=self.account(server.id, person.user),
            name=person.name,
            handle=person.handle,
            standing=Standing.ADMIN if server.held(person) & ADMINS else Standing.MEMBER,
            locale=self._locales.get(person.user),
        )

    def _remember(self, guild: str, person: Person, at: float) -> None:
        self._known[guild, person.user] = (at, person)
        self._known.move_to_end((guild, person.user))

    def _is_old(self, at: float, since: datetime | None) -> bool:
        return self._now - at >= FRESH or (since is not None and at < since.timestamp())

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()


def _role(ref: str, server: Server) -> str | None:
    """The id of the role that a reference stands for: `role:<id>` of a form, or the bare id of a typed mention."""
    if ref.startswith(ROLE):
        return ref.removeprefix(ROLE)
    return ref if ref in server.roles else None


def _of_role(role: str, guild: str, people: Iterable[Person]) -> list[Person]:
    """@everyone has the id of the server, and is listed with nobody. Bots of a role were not meant."""
    return [one for one in people if (role == guild or role in one.roles) and not one.is_bot]


def _scope(guild: str) -> str:
    """Looking people up holds up no messages."""
    return f"{NAME}:{guild}/people"


def _forget_oldest(known: OrderedDict[Any, Any]) -> None:
    while len(known) > REMEMBERED:
        known.popitem(last=False)
