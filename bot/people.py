"""Types for people, conversations and channels.

Data from a platform is validated in the constructors of these types (`bot.told`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType
from unicodedata import normalize

from bot import told

PersonId = NewType("PersonId", int)


class Standing(StrEnum):
    MEMBER = "member"
    GUEST = "guest"
    ADMIN = "admin"
    UNKNOWN = "unknown"  # the platform did not answer in time; acts that need the standing look it up again


class Way(StrEnum):
    """How somebody is reached in a round."""

    PRIVATE = "private"  # in a conversation of their own with the bot
    CHANNEL = "channel"  # by the button in the announcement; nothing is sent to them in private


class Why(StrEnum):
    """Why somebody cannot be asked."""

    BOT = "bot"
    DEACTIVATED = "deactivated"
    STRANGER = "stranger"  # of another organisation, whom the bot may not write to
    UNKNOWN = "unknown"
    REFUSED = "refused"  # the platform would not deliver to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    platform: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Account:
    """One person's place on one platform."""

    platform: str
    workspace: str
    user: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.workspace}/{self.user}"

    @property
    def zone_key(self) -> str:
        """Of the vault: the time zone that this user chose, where the platform tells none. `erase` deletes it."""
        return f"zone:{self.platform}/{self.user}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A conversation: a channel, or somebody's private conversation with the bot."""

    platform: str
    workspace: str
    channel: str | None = None
    user: str | None = None

    @property
    def lane(self) -> str:
        """The conversation as a string, used for rate limits. For the order of messages see `Message.lane`."""
        place = f"#{self.channel}" if self.channel else f"@{self.user}"
        return f"{self.platform}:{self.workspace}/{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel as a fact of a sentence. Platforms show its current name, if they can."""

    address: Address
    name: str  # when it was looked up last


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody as the platform knows them."""

    account: Account
    name: str
    handle: str = ""  # by which the platform tells two people of one name apart, without the @
    standing: Standing = Standing.MEMBER
    locale: str | None = None
    tz: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", told.name(self.name, self.account.user))
        object.__setattr__(self, "handle", told.name(self.handle, ""))
        object.__setattr__(self, "locale", told.locale(self.locale))
        object.__setattr__(self, "tz", told.zone(self.tz))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Somebody named in the set-up who cannot be asked."""

    ref: str  # as the set-up names them: a person, or a user group that they are in
    name: str
    why: Why
    account: Account | None = None  # None: a user group that no longer exists
    handle: str = ""  # as of a Member

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", told.name(self.name, self.ref))
        object.__setattr__(self, "handle", told.name(self.handle, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The result of `Platform.people`: the members for each reference, and the people who cannot be reached."""

    found: Mapping[str, tuple[Member, ...]]
    missing: tuple[Missing, ...] = ()


LONGEST_HANDLE = 40
"""A longer one would leave no room for the name before it."""


def told_apart(cast: Cast, beside: Mapping[Account, str] | None = None) -> Cast:
    """The same people, with their handle behind the name where another person has that name; else with their id.

    `beside`: who is in the round already, and what they are called there: they keep that.
    """
    known = beside or {}
    people: list[Member | Missing] = [
        *(one for found in cast.found.values() for one in found),
        *(one for one in cast.missing if one.account),
    ]
    names = {one.account: _plain(one.name) for one in people if one.account} | {a: _plain(n) for a, n in known.items()}
    shared = Counter(names.values())
    handles = Counter(_plain(one.handle) for one in {each.account: each for each in people}.values())

    def name(one: Member | Missing) -> str:
        if one.account is None or one.account in known:
            return known[one.account] if one.account else one.name
        if shared[_plain(one.name)] < 2:
            return one.name
        is_own = handles[_plain(one.handle)] == 1 and 0 < len(one.handle) <= LONGEST_HANDLE
        return _with_handle(one.name, one.handle if is_own else one.account.user)

    found = {ref: tuple(replace(one, name=name(one)) for one in members) for ref, members in cast.found.items()}
    return Cast(found=found, missing=tuple(replace(one, name=name(one)) for one in cast.missing))


def _plain(name: str) -> str:
    """As it is compared: two names that look alike are one."""
    return " ".join(normalize("NFKC", name).split()).casefold()


def _with_handle(name: str, handle: str) -> str:
    behind = f" (@{handle})"
    room = told.LONGEST_NAME - len(behind)
    return f"{name if len(name) <= room else f'{name[: room - 1].rstrip()}…'}{behind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invites:
    """How the people of a round are asked."""

    way: Way = Way.PRIVATE
    fresh: tuple[Account, ...] = ()  # the bot has not written to them, and its platform opens conversations slowly

    def way_to(self, account: Account) -> Way:
        """Of a new seat: who is `fresh` is asked by the announcement until their conversation has been opened."""
        return Way.CHANNEL if account in self.fresh else self.way


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the bot may do in a channel, and who reads there."""

    name: str
    may_post: bool = True
    may_thread: bool = True
    may_attach: bool = True
    readers: int = 0
    outsiders: int = 0  # readers from another organisation
    is_public: bool = True  # anybody of the workspace may join and read
    members: frozenset[str] = frozenset()  # user ids, where the platform tells them
    groups: frozenset[str] = frozenset()  # ids of groups that are let in as a whole, where a platform does that

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", told.name(self.name, ""))
        object.__setattr__(self, "readers", told.count(self.readers))
        object.__setattr__(self, "outsiders", told.count(self.outsiders))

    def is_wider_than(self, before: Reach) -> bool:
        """Can people read here who were not announced to the writers at the text box?"""
        if before.is_public:
            return self.outsiders > 0 and before.outsiders == 0
        is_opened = self.is_public or bool(self.groups - before.groups)
        return is_opened or (self.outsiders > 0 and before.outsiders == 0)
