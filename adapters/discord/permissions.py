"""Pure: who may do what in a channel, as Discord computes it (topics/permissions)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import discord

Json = Mapping[str, Any]

ALL = discord.Permissions.all().value
ADMINISTRATOR = discord.Permissions(administrator=True).value
READ = discord.Permissions(view_channel=True).value
HISTORY = discord.Permissions(view_channel=True, read_message_history=True).value
POST = discord.Permissions(view_channel=True, send_messages=True, read_message_history=True).value
THREAD = discord.Permissions(create_public_threads=True, send_messages_in_threads=True).value
ATTACH = discord.Permissions(attach_files=True).value
ADMINS = discord.Permissions(administrator=True, manage_guild=True).value


def held(roles: Iterable[str], of: Mapping[str, int], everyone: str) -> int:
    """In the whole server. `of`: what each role allows; `everyone`: the id of the role that everybody has."""
    found = of.get(everyone, 0)
    for role in roles:
        found |= of.get(role, 0)
    return ALL if found & ADMINISTRATOR else found


def in_channel(base: int, roles: Iterable[str], user: str, everyone: str, overwrites: Sequence[Json]) -> int:
    """`base`: what they hold in the server. Overwrites of everyone come first, then of roles, then their own."""
    if base & ADMINISTRATOR:
        return ALL
    by_id = {str(one["id"]): (int(one.get("allow") or 0), int(one.get("deny") or 0)) for one in overwrites}
    allow, deny = by_id.get(everyone, (0, 0))
    found = base & ~deny | allow
    allow = deny = 0
    for role in roles:
        more, less = by_id.get(role, (0, 0))
        allow, deny = allow | more, deny | less
    found = found & ~deny | allow
    allow, deny = by_id.get(user, (0, 0))
    found = found & ~deny | allow
    return found if found & READ else 0
