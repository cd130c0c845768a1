"""The bot on Slack that counts what crosses to Slack and from it, and dies at the moment that it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.playground.clock import MovableClock
from adapters.slack.connection import _Handler
from bot.settings import DeliverySettings
from coproduce.app import Storage
from tests.acceptance.killing_crossings import Crossings, Moment
from tests.acceptance.killing_life import AfarOrder, moments_of
from tests.slack.bot import SlackBot

SUBMISSION = "view_submission"
EDIT = "chat.update"
MANY_EDITS = 2

LEAVES_NOTHING = frozenset(
    {
        *("api.test", "auth.test", "apps.connections.open", "users.info", "usergroups.list", "files.info"),
        *("conversations.info", "conversations.members", "conversations.history", "conversations.replies"),
        *("conversations.open", "conversations.join"),  # what is open or joined is so for the next bot, too
    }
)
"""Calls after which everything is as it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """What a bot knows of the double, which is in another process."""

    api_url: str

    async def call_at(self, url: str) -> None:
        """It is reached over sockets."""

    async def hang_up(self) -> None:
        """… and they close by themselves."""


def make(order: AfarOrder, kept: Storage, clock: MovableClock, delivery: DeliverySettings) -> SlackBot:
    far = Far(api_url=order.api_url)
    return SlackBot(kept, clock, order.texts, far, mode="socket", rounds=order.rounds, delivery=delivery, kinds={})


def moments_to_die_at(chapters: Sequence[Mapping[str, int]]) -> list[list[Moment]]:
    return moments_of(chapters, is_another=_is_another, is_idle=_is_idle)


def _is_idle(moment: Moment) -> bool:
    return moment.call.partition(" ")[2] in LEAVES_NOTHING


def _is_another(moment: Moment) -> bool:
    direction, _, name = moment.call.partition(" ")
    match direction:
        case "in":
            return moment.is_after  # an acknowledgement is between, or the end of the work
        case "ack" if moment.is_after:
            return moment.nth > 1  # as before what it comes to; but somebody waits for it, who was acknowledged
        case "ack":
            return name != SUBMISSION  # nothing was done: as before it came in
        case _ if name == EDIT:
            # before it: as before it was wanted; and each is like the other, for done twice it is done once
            return not moment.is_after or moment.nth > MANY_EDITS
        case _:
            return name in LEAVES_NOTHING and moment.nth > 1


# what crosses ---------------------------------------------------------------------------------------------------


def count(crossings: Crossings) -> None:
    """Every call over HTTP, by its method; every envelope that comes in, and its acknowledgement, by what it is of.

    For good: this process has no other bot.
    """
    _count_calls(crossings)
    _count_envelopes(crossings)


def _count_calls(crossings: Crossings) -> None:
    calls: Any = ClientSession._request

    async def request(self: ClientSession, how: str, url: Any, **more: Any) -> ClientResponse:
        name = _name(str(url))
        if not name:
            return await calls(self, how, url, **more)  # type: ignore[no-any-return]
        nth = crossings.before(f"out {name}")
        answer: ClientResponse = await calls(self, how, url, **more)
        await answer.read()
        crossings.after(f"out {name}", nth)
        return answer

    _replace(ClientSession, "_request", request)


def _name(url: str) -> str:
    """Of what is called; none of a socket that is opened."""
    _, _, path = url.partition("://")
    place, _, rest = path.partition("/")[2].partition("/")
    return {"api": rest.partition("?")[0], "upload": "upload", "response": "response_url"}.get(place, "")


def _count_envelopes(crossings: Crossings) -> None:
    handles, responds = _Handler.handle, SocketModeClient.send_socket_mode_response
    names: dict[str, str] = {}

    async def handle(self: _Handler, client: SocketModeClient, req: SocketModeRequest) -> None:
        payload: Any = req.payload
        names[req.envelope_id] = name = str(payload.get("type") or req.type)
        crossings.before(f"in {name}")
        await handles(self, client, req)

    async def respond(self: SocketModeClient, response: SocketModeResponse) -> None:
        name = names[response.envelope_id]
        nth = crossings.before(f"ack {name}")
        await responds(self, response)
        crossings.after(f"ack {name}", nth)

    _replace(_Handler, "handle", handle)
    _replace(SocketModeClient, "send_socket_mode_response", respond)


def _replace(where: type, name: str, by: object) -> None:
    setattr(where, name, by)
