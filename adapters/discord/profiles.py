"""Pure: a member object of the REST API as somebody who can be asked, or the reason why not; a server and its roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.discord.permissions import ALL, held
from bot.people import Why

DELETED = "deleted_user"
"""Begins the name that Discord shows for an account that was deleted."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Its roles, and who owns it."""

    id: str
    owner: str
    roles: Mapping[str, str]  # id -> name
    permissions: Mapping[str, int]  # id of a role -> what it allows
    size: int = 0  # members, bots included, where it was counted

    def held(self, person: Person) -> int:
        """Everything, for the owner."""
        return ALL if person.user == self.owner else held(person.roles, self.permissions, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member as Discord describes them, or somebody who is none."""

    user: str
    name: str
    handle: str = ""  # the name they log in with, which nobody else has
    is_bot: bool = False
    is_member: bool = True
    is_known: bool = True  # to Discord
    is_deleted: bool = False
    roles: frozenset[str] = frozenset()

    @property
    def why(self) -> Why | None:
        """The reason for which they cannot be asked."""
        if self.is_bot:
            return Why.BOT
        if self.is_deleted:
            return Why.DEACTIVATED
        if not self.is_known:
            return Why.UNKNOWN
        return None if self.is_member else Why.STRANGER


def person_of(told: Json, *, is_member: bool = True) -> Person:
    """`told`: a member object. Any field of it may be missing."""
    user: Json = told.get("user") or {}
    names = (told.get("nick"), user.get("global_name"), user.get("username"))
    id_ = str(user.get("id") or "")
    return Person(
        user=id_,
        name=next((name for name in names if isinstance(name, str) and name.strip()), id_),
        handle=str(user.get("username") or ""),
        is_bot=bool(user.get("bot") or user.get("system")),
        is_member=is_member,
        is_deleted=not is_member and str(user.get("username") or "").startswith(DELETED),
        roles=frozenset(str(role) for role in told.get("roles") or ()),
    )
