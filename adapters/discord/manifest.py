"""The address at which an administrator adds the bot to a server, with the reason for each scope and permission."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from adapters.discord.settings import DiscordSettings
from bot.messages import Line, line
from bot.text import Texts

SCOPES: Mapping[str, str] = {
    "bot": "manifest.scope.bot",
    "applications.commands": "manifest.scope.commands",
}
"""Scope -> the sentence of the catalogue that says what it is for."""

PERMISSIONS: Mapping[str, tuple[int, str]] = {
    "View Channels": (1 << 10, "manifest.permission.view"),
    "Send Messages": (1 << 11, "manifest.permission.send"),
    "Attach Files": (1 << 15, "manifest.permission.attach"),
    "Read Message History": (1 << 16, "manifest.permission.history"),  # not for people
    "Create Public Threads": (1 << 35, "manifest.permission.threads"),  # not for people
    "Send Messages in Threads": (1 << 38, "manifest.permission.in_threads"),  # not for people
}
"""Permission as Discord names it -> its bit, and what it is for. https://docs.discord.com/developers/topics/permissions"""

NEEDED: Final = sum(bit for bit, _ in PERMISSIONS.values())

INVITE: Final = "https://discord.com/oauth2/authorize"
UNKNOWN_APPLICATION: Final = "APPLICATION_ID"


def address(settings: DiscordSettings) -> str:
    scopes = " ".join(SCOPES)
    return f"{INVITE}?{urlencode({'client_id': application(settings), 'permissions': NEEDED, 'scope': scopes})}"


def application(settings: DiscordSettings) -> str:
    """The id of the application, which is the first part of the bot's token."""
    first = settings.token.get_secret_value().partition(".")[0]
    try:
        id_ = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return UNKNOWN_APPLICATION
    return id_ if id_.isdecimal() else UNKNOWN_APPLICATION


def manifest(settings: DiscordSettings, texts: Texts) -> tuple[str, Sequence[str]]:
    """The invite's address, and lines that say where it goes and why each scope and permission is there."""
    told = [texts.line(line("cli.manifest.invite")), texts.line(line("cli.manifest.scopes"))]
    told += [f"  {scope}: {texts.line(Line(key=why))}" for scope, why in SCOPES.items()]
    told += [texts.line(line("cli.manifest.permissions"))]
    told += [f"  {name}: {texts.line(Line(key=why))}" for name, (_, why) in PERMISSIONS.items()]
    told += [texts.line(line("cli.manifest.members"))]
    if application(settings) == UNKNOWN_APPLICATION:
        told.append(texts.line(line("cli.manifest.no_application", name=UNKNOWN_APPLICATION)))
    return address(settings), told
