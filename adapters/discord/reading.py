"""Pure: reads the parts of Discord's interactions that we use. An act's id is Discord's id of that one interaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

import discord

from adapters.discord.calls import NAME
from bot.people import Standing
from bot.rounds import ActId
from bot.setups import Fields

Data = Mapping[str, Any]

ROLE: Final = "role:"
"""Prefix of a reference to everybody who has a role; other references are ids of users."""

_USER_OPTION = 6
_CHANNEL_OPTION = 7
_SUBCOMMAND = 1
_LABEL = 18


class Kind(IntEnum):
    """Type of an interaction. https://docs.discord.com/developers/interactions/receiving-and-responding"""

    COMMAND = 2
    PRESS = 3
    COMPLETING = 4
    FORM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who did something, where, and how it can be answered. `token` answers it for fifteen minutes."""

    id: str
    kind: Kind
    user: str
    name: str
    application: str = ""
    token: str = field(default="", repr=False)
    guild: str = ""  # empty: in a private conversation
    channel: str = ""
    locale: str | None = None
    roles: frozenset[str] = frozenset()
    standing: Standing = Standing.UNKNOWN
    is_ephemeral: bool = False  # pressed in a message that only they see: what comes next takes its place


def act_id(id: str) -> ActId:
    return ActId(f"{NAME}:{id}")


def asked(interaction: discord.Interaction) -> Asked:
    """The person is the one who Discord says acted, never one whom a button or a form names."""
    user = interaction.user
    member = user if isinstance(user, discord.Member) else None
    return Asked(
        id=str(interaction.id),
        kind=Kind(interaction.type.value),
        user=str(user.id),
        name=user.display_name,
        application=str(interaction.application_id),
        token=interaction.token,
        guild=str(interaction.guild_id or ""),
        channel=_room(interaction),
        locale=str(interaction.locale),
        roles=frozenset(str(id_) for id_ in member._roles) if member else frozenset(),
        standing=standing(interaction.permissions) if member else Standing.UNKNOWN,
        is_ephemeral=bool(interaction.message and interaction.message.flags.ephemeral),
    )


def _room(interaction: discord.Interaction) -> str:
    """Where a round that is begun here can be: of a thread its channel. Empty: nowhere in a channel of this kind."""
    here = interaction.channel
    room = here.parent if isinstance(here, discord.Thread) else here
    if room is not None and room.type in _HOLDS_NONE:
        return ""
    return str(getattr(here, "parent_id", None) or interaction.channel_id or "")


_HOLDS_NONE = frozenset(
    {
        discord.ChannelType.voice,
        discord.ChannelType.stage_voice,
        discord.ChannelType.forum,
        discord.ChannelType.media,
        discord.ChannelType.category,
    }
)


def standing(permissions: discord.Permissions) -> Standing:
    """Discord has no guests. Whoever may manage the server is its administrator."""
    is_admin = permissions.administrator or permissions.manage_guild
    return Standing.ADMIN if is_admin else Standing.MEMBER


def verb(data: Data) -> str:
    """The subcommand."""
    return str(_subcommand(data).get("name") or "home")


def command(data: Data, **known: str) -> str:
    """A subcommand with its options as the text that `bot.commands` reads; options stand in the command's order.

    `known`: what is read in place of what was typed, by option."""
    options: Sequence[Data] = _subcommand(data).get("options") or ()
    return " ".join([verb(data), *(known.get(str(option["name"])) or _typed(option) for option in options)])


def option(data: Data, name: str) -> str:
    """What was typed there."""
    options: Sequence[Data] = _subcommand(data).get("options") or ()
    return next((_typed(each) for each in options if each["name"] == name), "")


def completing(data: Data) -> tuple[str, str]:
    """The option that is being typed, and what was typed so far."""
    options: Sequence[Data] = _subcommand(data).get("options") or ()
    return next(
        ((str(option["name"]), str(option.get("value") or "")) for option in options if option.get("focused")), ("", "")
    )


def control(data: Data) -> str:
    """The id of what was pressed; of a select the chosen option, where that is an id of ours."""
    values: Sequence[str] = data.get("values") or ()
    chosen = str(values[0]) if values else ""
    return chosen if chosen.startswith("coproduce:") else str(data["custom_id"])


def parts(control: str) -> tuple[str, str, str]:
    """Verb, code and argument of `coproduce:<verb>:<code>[:<argument>]`."""
    split = [*control.split(":", 3), "", "", ""]
    return split[1], split[2], split[3]


def filled(data: Data) -> Fields:
    """What was filled in: field name -> values, as the engine takes them."""
    roles: Mapping[str, object] = (data.get("resolved") or {}).get("roles") or {}
    boxes = (row.get("component") if row.get("type") == _LABEL else None for row in data.get("components") or ())
    return {str(box["custom_id"]): _values(box, roles) for box in boxes if box}


def _values(box: Data, roles: Mapping[str, object]) -> tuple[str, ...]:
    if "values" in box:
        return tuple(f"{ROLE}{id_}" if id_ in roles else str(id_) for id_ in box["values"] or ())
    return (str(box.get("value") or ""),)


def _subcommand(data: Data) -> Data:
    options: Sequence[Data] = data.get("options") or ()
    return next((option for option in options if option.get("type") == _SUBCOMMAND), {})


def _typed(option: Data) -> str:
    value = str(option.get("value") or "")
    match option.get("type"):
        case int(kind) if kind == _USER_OPTION:
            return f"<@{value}>"
        case int(kind) if kind == _CHANNEL_OPTION:
            return f"<#{value}>"
        case _:
            return value
