"""What people do in the double: commands, presses, forms, messages; and what the acknowledgement causes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from tests.slack import blocks as rules
from tests.slack.delivery import Ack
from tests.slack.methods import message_payload, view_payload
from tests.slack.sealing import Seal
from tests.slack.workspace import APP, BOT_USER, TEAM, Conversation, Json, Message, Refused, View, Workspace

Deliver = Callable[..., Awaitable[Ack]]


class Hands:
    """`deliver` is how it reaches the bot; `copies` of the next one go out at once."""

    def __init__(self, workspace: Workspace, complain: Callable[[str], None], seal: Seal, deliver: Deliver) -> None:
        self._workspace = workspace
        self._complain = complain
        self._seal = seal
        self.deliver = deliver
        self.response_url = ""
        self.copies = 1
        self.may_be_late = False  # no acknowledgement is no fault: the bot is being killed
        self.missed: Callable[[], Awaitable[None]] | None = None  # called when one was not acknowledged

    # what people do

    async def command(self, user: str, text: str, channel: str) -> Ack:
        """`/coproduce <text>`; people in it are written `<@U…|name>`, as with `should_escape`."""
        payload: Json = {
            "token": "verification",
            "team_id": TEAM,
            "team_domain": "double",
            "channel_id": channel,
            "channel_name": self._workspace.conversations[channel].name or "directmessage",
            "user_id": user,
            "user_name": self._workspace.people[user].name,
            "command": "/coproduce",
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._answer_at(user, channel),
            "trigger_id": self._trigger(user),
        }
        ack = await self._send("slash_commands", payload)
        self._show_ack(user, channel, ack.body)
        return ack

    async def press(self, user: str, action_id: str, message: Message | View) -> Ack:
        """A button of a message, or of a view that is open (Home included)."""
        payload = self._interactive("block_actions", user)
        if isinstance(message, View):
            payload |= {"container": {"type": "view", "view_id": message.id}, "view": view_payload(message)}
        else:
            payload |= {
                "container": {
                    "type": "message",
                    "message_ts": message.ts,
                    "channel_id": message.channel,
                    "is_ephemeral": message.is_ephemeral,
                },
                "channel": {"id": message.channel, "name": self._channel_name(message.channel)},
                "message": message_payload(message),
                "response_url": self._answer_at(user, message.channel, message.ts),
            }
        element = button_of(message.body.get("blocks", []) if isinstance(message, View) else message.blocks, action_id)
        action: Json = {"type": "button", "action_id": action_id, "block_id": "b"}
        action |= {"action_ts": self._workspace.fresh_ts(), "text": {"type": "plain_text", "text": "…"}}
        if "value" in element:
            action["value"] = element["value"]
        payload |= {"actions": [action], "state": {"values": {}}}
        return await self._send("interactive", payload)

    async def submit(self, user: str) -> Ack:
        """The form that is on top, as it is filled in. What the acknowledgement says is done to it."""
        view = self._workspace.top(user)
        assert view is not None, f"no form is open before {user}"
        payload = self._interactive("view_submission", user)
        payload |= {"view": view_payload(view), "response_urls": []}
        view.errors = {}
        ack = await self._send("interactive", payload)
        if not ack.is_missing:
            self._apply(user, view, ack.body)
        return ack

    async def close(self, user: str) -> None:
        """Closes the form; the bot is notified if it asked for that."""
        view = self._workspace.stack(user).pop()
        if view.body.get("notify_on_close"):
            payload = self._interactive("view_closed", user)
            await self._send("interactive", payload | {"view": view_payload(view), "is_cleared": False})

    async def suggest(self, user: str, action_id: str, typed: str) -> Sequence[Json]:
        """What an external select offers for these letters."""
        view = self._workspace.top(user)
        assert view is not None
        (box,) = (one for one in view.body["blocks"] if one.get("element", {}).get("action_id") == action_id)
        element = box["element"]
        assert element["type"].endswith("external_select"), element["type"]
        assert len(typed) >= element.get("min_query_length", 3), "Slack does not ask for so little"
        payload = self._interactive("block_suggestion", user)
        payload |= {"action_id": action_id, "block_id": box["block_id"], "value": typed, "view": view_payload(view)}
        ack = await self._send("interactive", payload)
        if not ack.is_missing and set(ack.body) != {"options"}:
            self._complain(f"a select was answered with {sorted(ack.body)}")
        options: Sequence[Json] = ack.body.get("options", [])
        for wrong in rules.wrong_options(options):
            self._complain(f"options of a select: {wrong}")
        return options

    async def type(self, user: str, text: str) -> Ack:
        """To the bot, as an ordinary message in its conversation."""
        channel = self._workspace.im(user)
        ts = self._workspace.fresh_ts()
        self._workspace.messages.append(Message(ts=ts, channel=channel.id, user=user, text=text))
        told = {"type": "message", "user": user, "text": text, "ts": ts, "event_ts": ts, "team": TEAM}
        return await self.event({**told, "channel": channel.id, "channel_type": "im"})

    async def look_at_home(self, user: str) -> Ack:
        channel = self._workspace.im(user).id
        told = {"type": "app_home_opened", "user": user, "channel": channel, "tab": "home"}
        return await self.event({**told, "event_ts": self._workspace.fresh_ts()})

    async def event(self, event: Json) -> Ack:
        """Delivered again where it is not acknowledged, as Slack does."""
        payload: Json = {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": self._workspace.fresh("Ev"),
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        }
        ack = await self._send("events_api", payload)
        for retry in range(1, 4):
            if not ack.is_missing:
                break
            ack = await self._send("events_api", payload, retry=retry)
        return ack

    # pieces

    async def _send(self, kind: str, payload: Json, retry: int = 0) -> Ack:
        copies, self.copies = self.copies, 1
        if copies > 1 and (trigger := payload.get("trigger_id")):
            self._workspace.triggers[trigger].is_repeated = True
        ack = await self.deliver(kind, payload, self._workspace.fresh("envelope"), copies, retry)
        if ack.is_missing and self.missed:
            await self.missed()
        if ack.is_missing and not self.may_be_late:
            self._complain(f"late ack: {payload.get('type', kind)} was not acknowledged in three seconds")
        return ack

    def _interactive(self, kind: str, user: str) -> Json:
        person = self._workspace.people[user]
        return {
            "type": kind,
            "token": "verification",
            "team": {"id": TEAM, "domain": "double"},
            "user": {"id": user, "name": person.name, "username": person.name, "team_id": TEAM},
            "api_app_id": APP,
            "is_enterprise_install": False,
            "enterprise": None,
            "trigger_id": self._trigger(user),
        }

    def _trigger(self, user: str) -> str:
        return self._workspace.new_trigger(user)

    def _answer_at(self, user: str, channel: str, message_ts: str = "") -> str:
        return f"{self.response_url}/{self._workspace.new_response_url(user, channel, message_ts)}"

    def _channel_name(self, channel: str) -> str:
        found: Conversation | None = self._workspace.conversations.get(channel)
        return (found.name if found else "") or "directmessage"

    def _show_ack(self, user: str, channel: str, body: Json) -> None:
        """Text in the acknowledgement of a command stands before the one who typed it."""
        if not body.get("text") and not body.get("blocks"):
            return
        if body.get("response_type") == "in_channel":
            self._complain("a command was answered before everybody")
        for wrong in (*rules.wrong_words(body), *self._seal.leaks(body)):
            self._complain(f"acknowledgement: {wrong}")
        words: Json = {"text": body.get("text") or "", "blocks": body.get("blocks") or []}
        ts = self._workspace.fresh_ts()
        self._workspace.add(Message(ts=ts, channel=channel, user=BOT_USER, only_for=user, **words))

    def _apply(self, user: str, view: View, body: Json) -> None:
        stack = self._workspace.stack(user)
        if view not in stack:  # it was replaced meanwhile
            return
        match body.get("response_action"):
            case None:
                if unknown := set(body):
                    self._complain(f"acknowledgement of a form: unknown {sorted(unknown)}")
                stack.remove(view)
            case "clear":
                stack.clear()
            case "errors":
                self._mark(view, body.get("errors") or {})
            case "update" | "push" as action:
                shown = body.get("view")
                wrong = [*rules.wrong_view(shown), *self._seal.leaks_of_view(shown or {}, user)]
                for one in wrong:
                    self._complain(f"response_action {action}: {one}")
                if not wrong and shown:
                    self._turn(user, view, shown, is_push=action == "push")
            case other:
                self._complain(f"unknown response_action {other}")

    def _turn(self, user: str, view: View, shown: Json, *, is_push: bool) -> None:
        try:
            if is_push:
                self._workspace.push(user, shown)
            else:
                self._workspace.update(view, shown)
        except Refused as no:
            self._complain(f"response_action: {no.error}")

    def _mark(self, view: View, errors: Mapping[str, Any]) -> None:
        """An error must be at a block with an input, else the person sees "We had some trouble connecting"."""
        inputs = {block.get("block_id") for block in view.body.get("blocks", []) if block.get("type") == "input"}
        if not errors or not set(errors) <= inputs:
            self._complain(f"errors at {sorted(errors)}: the form has inputs {sorted(map(str, inputs))}")
        for leak in self._seal.leaks(errors):
            self._complain(f"errors: {leak}")
        view.errors = {name: str(text) for name, text in errors.items()}
        self._workspace.appear(view.user, view=view)


def button_of(blocks: Sequence[Json], action_id: str) -> Json:
    """The element with this id; empty where it stands there no more."""
    for block in blocks:
        for element in (*block.get("elements", []), block.get("accessory") or {}):
            if element.get("action_id") == action_id:
                found: Json = element
                return found
    return {}
