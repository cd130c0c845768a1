"""Answers interactions: within three seconds, in messages that only the one who acted sees, or with a form.

Discord's limits of requests do not hold for these answers, and no post of the bot holds them up: they have a session of
their own. Their addresses hold a token, so they are in no log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import aiohttp

from adapters.discord.reading import Asked
from adapters.discord.screens import Screen
from adapters.discord.views import Told
from bot.errors import where

log = logging.getLogger(__name__)

Json = dict[str, Any]

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, COMPLETED, MODAL = 4, 5, 6, 7, 8, 9
"""Types of an answer. https://docs.discord.com/developers/interactions/receiving-and-responding"""

EPHEMERAL: Final = 1 << 6

UNKNOWN_INTERACTION: Final = 10062
ANSWERED_ALREADY: Final = 40060

PAUSES: Final = (0.1, 0.4, 1.0)
"""Seconds between attempts of one answer: it must arrive within three seconds of the press."""

LONGEST_PAUSE = 10.0
"""Seconds for which a message behind the first one waits where Discord asks for it."""

Found = TypeVar("Found")
Present = Callable[[Found, bool], Screen | None]
"""What is shown of an outcome, where a form can still be opened and where not. None: the form that was sent stays."""


class Responder:
    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url

    async def answer(
        self, asked: Asked, outcome: asyncio.Task[Found], present: Present[Found], patience: float
    ) -> None:
        """At once, or deferred where the outcome is slower than so many seconds: a form can be opened only at once."""
        await asyncio.wait({outcome}, timeout=patience)
        if outcome.done():
            screen = present(await outcome, True)
            if screen is not None and screen.modal is not None:
                await self._first(asked, {"type": MODAL, "data": screen.modal})
            elif screen is not None:
                await self._say(asked, screen.messages)
            return
        await self._defer(asked)
        screen = present(await outcome, False)
        if screen is not None:
            await self._fill(asked, screen.messages)

    async def complete(self, asked: Asked, choices: Sequence[Json]) -> None:
        await self._first(asked, {"type": COMPLETED, "data": {"choices": list(choices)}})

    async def _say(self, asked: Asked, messages: Sequence[Told]) -> None:
        """The first in the place of the message that was pressed, if only they see it; the others below."""
        first, *others = messages
        kind = UPDATE if asked.is_ephemeral else MESSAGE
        if await self._first(asked, {"type": kind, "data": _private(first)}):
            await self._follow(asked, others)

    async def _defer(self, asked: Asked) -> None:
        """For the fifteen minutes that follow it can be filled in."""
        later: Json = {"type": DEFERRED_MESSAGE, "data": {"flags": EPHEMERAL}}
        await self._first(asked, {"type": DEFERRED_UPDATE} if asked.is_ephemeral else later)

    async def _fill(self, asked: Asked, messages: Sequence[Told]) -> None:
        first, *others = messages
        original = f"/webhooks/{asked.application}/{asked.token}/messages/@original"
        if await self._send(asked, "PATCH", original, first.payload):
            await self._follow(asked, others)

    async def _first(self, asked: Asked, answer: Json) -> bool:
        return await self._send(asked, "POST", f"/interactions/{asked.id}/{asked.token}/callback", answer)

    async def _follow(self, asked: Asked, messages: Sequence[Told]) -> None:
        for told in messages:
            if not await self._send(asked, "POST", f"/webhooks/{asked.application}/{asked.token}", _private(told)):
                return

    async def _send(self, asked: Asked, method: str, path: str, body: Json) -> bool:
        """True: it stands. What cannot be shown is logged: the person can press again. Never raises."""
        for attempt in range(len(PAUSES) + 1):
            pause = PAUSES[attempt] if attempt < len(PAUSES) else None
            try:
                async with self._session.request(method, f"{self._api_url}{path}", json=body) as answer:
                    if answer.status < 300:
                        return True
                    told = await _told(answer)
                    if told.get("code") == ANSWERED_ALREADY:  # by the attempt whose own answer was lost
                        return attempt > 0
                    if pause is None or (answer.status < 500 and answer.status != 429):
                        _note(asked, answer.status, told.get("code"))
                        return False
                    pause = min(max(pause, float(told.get("retry_after") or 0)), LONGEST_PAUSE)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("not_answered", extra={"act": asked.id, "error": where(error)})
                if pause is None:
                    return False
            await asyncio.sleep(pause)
        return False


async def _told(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        told = await answer.json(content_type=None)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _note(asked: Asked, status: int, code: object) -> None:
    level = logging.WARNING if code == UNKNOWN_INTERACTION else logging.ERROR
    log.log(level, "not_shown", extra={"act": asked.id, "status": status, "code": code})


def _private(told: Told) -> Json:
    payload = told.payload
    return {**payload, "flags": payload["flags"] | EPHEMERAL}
