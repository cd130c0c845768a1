"""The bot on Discord: counts what crosses to Discord and from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from aiohttp import ClientResponse, ClientSession

from adapters.discord.listeners import Listeners
from adapters.discord.reading import Kind
from adapters.playground.clock import MovableClock
from bot.settings import DeliverySettings
from coproduce.app import Storage
from tests.acceptance.killing_crossings import Crossings, Moment
from tests.acceptance.killing_life import AfarOrder, moments_of
from tests.discord.bot import DiscordBot

FORM = "form"
EDIT = "PATCH /channels/{}/messages/{}"
MANY_EDITS = 2

LEAVES_NOTHING = frozenset({"POST /users/@me/channels", "PUT /applications/{}/commands"})
"""Calls, beside those that only read, after which everything is as it was before: done twice they are done once."""

_API = re.compile(r"[^:]*://[^/]*/api/v10(/[^?]*)")
_ANSWER = re.compile(r"/interactions/(\d+)/[^/]+/callback")
_TOKEN = re.compile(r"(/webhooks/\d+/)[^/]+")


def make(order: AfarOrder, kept: Storage, clock: MovableClock, delivery: DeliverySettings) -> DiscordBot:
    return DiscordBot(kept, clock, order.texts, order.api_url, rounds=order.rounds, delivery=delivery, kinds={})


def moments_to_die_at(chapters: Sequence[Mapping[str, int]]) -> list[list[Moment]]:
    return moments_of(chapters, is_another=_is_another, is_idle=_is_idle)


def _is_idle(moment: Moment) -> bool:
    name = moment.call.partition(" ")[2]
    return name.startswith("GET ") or name in LEAVES_NOTHING


def _is_another(moment: Moment) -> bool:
    direction, _, name = moment.call.partition(" ")
    match direction:
        case "in":
            # its answer is between, or the end of the work; and nothing was done yet: as after the answer before it
            return moment.is_after or (name != FORM and moment.nth > 1)
        case "answer" if moment.is_after:
            return moment.nth > 1  # all was done before it
        case "answer":
            return False
        case _ if name == EDIT:
            # before it: as before it was wanted; and each is like the other, for done twice it is done once
            return not moment.is_after or moment.nth > MANY_EDITS
        case _:
            return _is_idle(moment) and moment.nth > 1


# what crosses ---------------------------------------------------------------------------------------------------


def count(crossings: Crossings) -> None:
    """Every request, by its kind; what people do, and the answer to it, by what it is.

    For good: this process has no other bot.
    """
    kinds: dict[str, str] = {}
    _count_requests(crossings, kinds)
    _count_events(crossings, kinds)


def _count_requests(crossings: Crossings, kinds: Mapping[str, str]) -> None:
    calls: Any = ClientSession._request

    async def request(self: ClientSession, method: str, url: Any, **more: Any) -> ClientResponse:
        call = _call(method, str(url), kinds)
        if not call:
            return await calls(self, method, url, **more)  # type: ignore[no-any-return]
        nth = crossings.before(call)
        answer: ClientResponse = await calls(self, method, url, **more)
        await answer.read()
        crossings.after(call, nth)
        return answer

    _replace(ClientSession, "_request", request)


def _call(method: str, url: str, kinds: Mapping[str, str]) -> str:
    """Of what is asked for; none of a socket that is opened."""
    found = _API.match(url)
    if found is None:
        return ""
    if answered := _ANSWER.match(found[1]):
        return f"answer {kinds[answered[1]]}"
    return f"out {method} " + re.sub(r"/\d+", "/{}", _TOKEN.sub(r"\1{}", found[1]))


def _count_events(crossings: Crossings, kinds: dict[str, str]) -> None:
    takes, reads = Listeners.interaction, Listeners.message

    async def interaction(self: Listeners, event: discord.Interaction) -> None:
        kinds[str(event.id)] = name = Kind(event.type.value).name.lower()
        crossings.before(f"in {name}")
        await takes(self, event)

    async def message(self: Listeners, event: discord.Message) -> None:
        if not event.author.bot:
            crossings.before("in message")
        await reads(self, event)

    _replace(Listeners, "interaction", interaction)
    _replace(Listeners, "message", message)


def _replace(where: type, name: str, by: object) -> None:
    setattr(where, name, by)
