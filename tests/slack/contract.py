"""Which methods the double knows, what arguments they take, and Slack's own list of both where it is at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_PUBLISHED = Path(__file__).parents[3] / "shared" / "platforms" / "slack-methods.json"
"""Slack's method reference as data. It is no part of this project: where it is missing, our own table must do."""

_MESSAGE = "channel text blocks metadata thread_ts unfurl_links unfurl_media mrkdwn parse link_names markdown_text"
_PAGED = "cursor limit"

ARGUMENTS: Mapping[str, frozenset[str]] = {
    method: frozenset(names.split())
    for method, names in {
        "api.test": "error foo",
        "auth.test": "",
        "apps.connections.open": "",
        "conversations.open": "users channel return_im prevent_creation",
        "conversations.members": f"channel {_PAGED}",
        "conversations.info": "channel include_num_members include_locale",
        "conversations.history": f"channel include_all_metadata inclusive latest oldest {_PAGED}",
        "conversations.replies": f"channel ts include_all_metadata inclusive latest oldest {_PAGED}",
        "conversations.list": f"types exclude_archived {_PAGED}",
        "conversations.join": "channel",
        "users.info": "user include_locale",
        "users.list": f"include_locale {_PAGED}",
        "usergroups.list": "include_users include_count include_disabled",
        "usergroups.users.list": "usergroup include_disabled",
        "chat.postMessage": f"{_MESSAGE} reply_broadcast",
        "chat.postEphemeral": f"{_MESSAGE} user",
        "chat.update": "channel ts text blocks metadata markdown_text parse link_names reply_broadcast file_ids",
        "chat.delete": "channel ts",
        "chat.getPermalink": "channel message_ts",
        "views.open": "trigger_id interactivity_pointer view",
        "views.push": "trigger_id interactivity_pointer view",
        "views.update": "view view_id external_id hash",
        "views.publish": "user_id view hash",
        "files.getUploadURLExternal": "length filename snippet_type alt_txt",
        "files.completeUploadExternal": "files channel_id channels thread_ts initial_comment blocks",
        "files.delete": "file",
        "files.info": "file",
    }.items()
}
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "conversations.members": ("channel",),
    "conversations.info": ("channel",),
    "conversations.history": ("channel",),
    "conversations.replies": ("channel", "ts"),
    "conversations.join": ("channel",),
    "users.info": ("user",),
    "usergroups.users.list": ("usergroup",),
    "chat.postMessage": ("channel",),
    "chat.postEphemeral": ("channel", "user"),
    "chat.update": ("channel", "ts"),
    "chat.delete": ("channel", "ts"),
    "chat.getPermalink": ("channel", "message_ts"),
    "views.open": ("view", "trigger_id"),
    "views.push": ("view", "trigger_id"),
    "views.update": ("view",),
    "views.publish": ("user_id", "view"),
    "files.getUploadURLExternal": ("length", "filename"),
    "files.completeUploadExternal": ("files",),
    "files.delete": ("file",),
    "files.info": ("file",),
}
ALWAYS_ALLOWED = frozenset({"token", "team_id"})
"""bolt adds `team_id` to many calls."""


@cache
def published() -> Mapping[str, Any] | None:
    if not _PUBLISHED.exists():
        return None
    methods: Mapping[str, Any] = json.loads(_PUBLISHED.read_text(encoding="utf-8"))["methods"]
    return methods


def wrong_call(method: str, args: Json) -> Iterator[str]:
    if method not in ARGUMENTS:
        yield f"{method}: unknown method"
        return
    given = set(args) - ALWAYS_ALLOWED
    if unknown := given - ARGUMENTS[method]:
        yield f"{method}: unknown arguments {sorted(unknown)}"
    if missing := [name for name in REQUIRED.get(method, ()) if args.get(name) in (None, "", [])]:
        yield f"{method}: missing {missing}"
    if method == "conversations.open" and not given & {"users", "channel"}:
        yield f"{method}: one of users and channel is needed"
    if method == "views.update" and not given & {"view_id", "external_id"}:
        yield f"{method}: one of view_id and external_id is needed"
    yield from _wrong_to_slack(method, args, given)


def _wrong_to_slack(method: str, args: Json, given: set[str]) -> Iterator[str]:
    """By Slack's published reference, where it is at hand."""
    known = (published() or {}).get(method)
    if known is None:
        if published() is not None:
            yield f"{method}: Slack's reference knows no such method"
        return
    if unknown := given - set(known["args"]):
        yield f"{method}: Slack's reference knows no arguments {sorted(unknown)}"
    for name, told in known["args"].items():
        if told.get("required") and args.get(name) in (None, ""):
            yield f"{method}: Slack's reference requires {name}"
        if (choices := told.get("enum")) and name in given and args[name] not in choices:
            yield f"{method}: {name} is none of {choices}"
