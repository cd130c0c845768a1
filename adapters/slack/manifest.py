"""The app's manifest, to be pasted into Slack's console, with the reason for each scope."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.slack.settings import EVENTS as PATH
from bot.messages import Line, line
from bot.text import Texts

COMMAND = "/coproduce"

SCOPES: Mapping[str, str] = {
    "commands": "manifest.scope.commands",
    "chat:write": "manifest.scope.write",
    "chat:write.public": "manifest.scope.write_public",
    "channels:join": "manifest.scope.join",
    "channels:read": "manifest.scope.channels",
    "groups:read": "manifest.scope.private_channels",
    "channels:history": "manifest.scope.history",
    "groups:history": "manifest.scope.private_history",
    "im:history": "manifest.scope.own_history",
    "im:read": "manifest.scope.own_conversations",
    "im:write": "manifest.scope.conversations",
    "users:read": "manifest.scope.people",
    "usergroups:read": "manifest.scope.groups",
    "files:read": "manifest.scope.files_read",
    "files:write": "manifest.scope.files_write",
}
"""Scope of the bot -> the sentence of the catalogue that says what it is for."""

_CONVERSATION_WITH_THE_BOT = "im"

EVENTS = ("app_home_opened", "app_uninstalled", f"message.{_CONVERSATION_WITH_THE_BOT}", "tokens_revoked")


def manifest(say: Mapping[str, str], public_url: str = "") -> dict[str, Any]:
    """`say`: the words of the catalogue under `manifest`. `public_url`: of http mode; empty: Socket Mode."""
    is_http = bool(public_url)
    at: dict[str, Any] = {"request_url": f"{public_url}{PATH}"} if is_http else {}
    command: dict[str, Any] = {
        "command": COMMAND,
        **({"url": f"{public_url}{PATH}"} if is_http else {}),
        "description": say["command"],
        "usage_hint": say["usage"],
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True, **at}
    if is_http:
        interactivity["message_menu_options_url"] = f"{public_url}{PATH}"
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": say["name"],
            "description": say["description"],
            "long_description": say["long"],
            "background_color": "#2c4a52",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": say["name"], "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": not is_http,
            "token_rotation_enabled": False,
        },
    }


def printed(texts: Texts, public_url: str = "") -> tuple[str, Sequence[str]]:
    """The manifest as JSON, and lines that say where it goes and why each scope is there."""
    words = {name: texts.line(line(f"manifest.{name}")) for name in ("name", "command", "usage", "description", "long")}
    told = [texts.line(line("cli.manifest.comment")), texts.line(line("cli.manifest.scopes"))]
    told += [f"  {scope}: {texts.line(Line(key=why))}" for scope, why in SCOPES.items()]
    return json.dumps(manifest(words, public_url), indent=2, ensure_ascii=False), told
