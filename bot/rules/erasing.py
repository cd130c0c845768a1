"""What is left of a value once one person is erased from it. Entries of others stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace

from bot.people import Account, Invites, Reach
from bot.setups import LookedUp, Setup


def setup_without(setup: Setup, account: Account, names: Set[str]) -> Setup:
    fields = {name: tuple(value for value in values if value != account.user) for name, values in setup.fields.items()}
    looked_up = setup.looked_up and _looked_up_without(setup.looked_up, account, names)
    return replace(setup, fields=fields, looked_up=looked_up)


def _looked_up_without(looked_up: LookedUp, account: Account, names: Set[str]) -> LookedUp:
    return replace(
        looked_up,
        cast={
            group: tuple(member for member in members if not _is(member.account, account))
            for group, members in looked_up.cast.items()
        },
        missing=tuple(one for one in looked_up.missing if one.ref != account.user),
        reach=looked_up.reach and reach_without(looked_up.reach, account),
        twice=tuple(name for name in looked_up.twice if name not in names),
        invites=_invites_without(looked_up.invites, account),
    )


def _invites_without(invites: Invites, account: Account) -> Invites:
    return replace(invites, fresh=tuple(one for one in invites.fresh if not _is(one, account)))


def reach_without(reach: Reach, account: Account) -> Reach:
    return replace(reach, members=reach.members - {account.user})


def names_in(setup: Setup, account: Account) -> frozenset[str]:
    """By which names they were known when the set-up was looked up."""
    if setup.looked_up is None:
        return frozenset()
    found = [
        member.name for members in setup.looked_up.cast.values() for member in members if _is(member.account, account)
    ]
    return frozenset([*found, *(one.name for one in setup.looked_up.missing if one.ref == account.user)])


def is_told_of(value: object, account: Account, names: Set[str]) -> bool:
    """Do these args, or this stored outcome, name the person? By id, by account, or by one of their names alone."""
    match value:
        case str():
            return value in names or _names_account(value, account)
        case Mapping():
            user = value.get("user")
            if isinstance(user, str) and user and user != account.user:
                return False  # somebody else, who may have the same name
            return any(is_told_of(item, account, names) for item in value.values())
        case Iterable():
            return any(is_told_of(item, account, names) for item in value)
        case _:
            return False


def is_key_of(key: str, account: Account) -> bool:
    """A message's key names the people that it is about."""
    return _names_account(key, account)


def _names_account(text: str, account: Account) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text) for one in (str(account), account.user))


def _is(one: Account, other: Account) -> bool:
    """The ids of one platform are its own everywhere: a guest of a workspace has the id of their home."""
    return one.platform == other.platform and one.user == other.user
