"""Pure: reads the parts of Slack's payloads that we use. An act's id is Slack's id of that one press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.slack.calls import NAME
from adapters.slack.responder import Asked
from bot.rounds import ActId

Body = Mapping[str, Any]


def act_id(id: str) -> ActId:
    return ActId(f"{NAME}:{id}")


def from_command(body: Body) -> Asked:
    return Asked(
        id=str(body["trigger_id"]),
        user=str(body["user_id"]),
        name=str(body.get("user_name") or ""),
        trigger=str(body["trigger_id"]),
        response_url=str(body.get("response_url") or ""),
    )


def from_press(body: Body) -> Asked:
    view: Body = body.get("view") or {}
    container: Body = body.get("container") or {}
    action: Body = body["actions"][0]
    return Asked(
        id=str(body.get("trigger_id") or f"{action.get('action_ts')}:{action['action_id']}"),
        user=str(body["user"]["id"]),
        name=_name(body),
        trigger=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
        is_ephemeral=bool(container.get("is_ephemeral")),
        view=str(view["id"]) if view.get("type") == "modal" else "",
    )


def from_submission(body: Body) -> Asked:
    """The act's id is the trigger id: a corrected form has a new one, while the view's hash stays the same."""
    view: Body = body["view"]
    return Asked(
        id=str(body.get("trigger_id") or f"{view['id']}:{view.get('hash')}"),
        user=str(body["user"]["id"]),
        name=_name(body),
        trigger=str(body.get("trigger_id") or ""),
        view=str(view["id"]),
    )


def from_event(body: Body) -> Asked:
    return Asked(id=str(body["event_id"]), user=str(body["event"]["user"]))


def verb_of(control: str) -> str:
    """The verb of a button; of a yes that names no round, the verb that it confirms: it may open a form."""
    parts = control.split(":")
    if parts[1:3] == ["confirm", ""] and len(parts) > 3:
        return parts[3]
    return parts[1] if len(parts) > 1 else ""


def _name(body: Body) -> str:
    user: Body = body["user"]
    return str(user.get("name") or user.get("username") or "")
