"""Who may do what in a channel, computed as topics/permissions says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.discord.rules import Json

ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38

EVERYBODYS = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)
ALL = (1 << 53) - 1


def computed(
    guild: str, everyone: int, roles: Iterable[tuple[str, int]], member: str, overwrites: Sequence[Json]
) -> int:
    """`roles`: id and permissions of those that the member has."""
    held = list(roles)
    base = everyone
    for _, permissions in held:
        base |= permissions
    if base & ADMINISTRATOR:
        return ALL
    by_id = {one["id"]: (int(one["allow"]), int(one["deny"])) for one in overwrites}
    allow, deny = by_id.get(guild, (0, 0))
    base = base & ~deny | allow
    allow = deny = 0
    for id, _ in held:
        more, less = by_id.get(id, (0, 0))
        allow, deny = allow | more, deny | less
    base = base & ~deny | allow
    allow, deny = by_id.get(member, (0, 0))
    base = base & ~deny | allow
    return base if base & VIEW_CHANNEL else 0
