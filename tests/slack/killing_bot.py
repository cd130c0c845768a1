"""The bot on Slack that counts what crosses to Slack and from it, and dies at the moment that it is told."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiohttp import ClientResponse, ClientSession
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.playground.chat.hands import Hands
from adapters.playground.clock import MovableClock
from adapters.slack.connection import _Handler
from bot.settings import DeliverySettings
from coproduce.app import lock, open_storage
from tests.acceptance.killing_bot import LOOK_AFTER, Order
from tests.acceptance.killing_crossings import Crossings, Moment, moments
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackOrder(Order):
    double: Far
    parent: int  # the process in which no bot dies, and none is counted


async def run(order: Order, control: socket.socket, die_at: Moment | None) -> None:
    assert isinstance(order, SlackOrder)
    crossings, clock = Crossings(die_at), MovableClock()
    asked, answers = await asyncio.open_connection(sock=control)
    _hear(await asked.readline(), clock, crossings)
    if os.getpid() != order.parent:
        _count(crossings)
    with lock(order.settings):
        kept = await open_storage(replace(order.settings, rounds=order.rounds), clock.now())
        delivery = DeliverySettings(look_after=LOOK_AFTER)
        bot = SlackBot(
            kept, clock, order.texts, order.double, mode="socket", rounds=order.rounds, delivery=delivery, kinds={}
        )
        await bot.start()
        answers.write(b"{}\n")
        while line := await asked.readline():
            _hear(line, clock, crossings)
            await bot.finish()
            next_at = await bot.idle()
            told = {"next_at": next_at.isoformat() if next_at else None, "counts": crossings.counts}
            answers.write(json.dumps(told).encode() + b"\n")
        await bot.stop()
        await kept.close()
    answers.close()


def _hear(line: bytes, clock: MovableClock, crossings: Crossings) -> None:
    told = json.loads(line)
    clock.show(Hands(stopped_at=datetime.fromisoformat(told["now"])))
    if "die_at" in told:
        crossings.counts.clear()
        crossings.die_at = Moment(**told["die_at"]) if told["die_at"] else None


def moments_of(chapters: Sequence[Mapping[str, int]]) -> list[list[Moment]]:
    """Of each chapter those that leave something that no other leaves; and before and after one of each of the rest."""
    seen: set[str] = set()
    found: list[list[Moment]] = []
    for counts in chapters:
        first = counts.keys() - seen
        found.append([one for one in moments(counts, leave_out=_is_another) if one.call in first or not _is_idle(one)])
        seen |= counts.keys()
    return found


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


def _count(crossings: Crossings) -> None:
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
