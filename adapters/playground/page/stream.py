"""What happens before somebody's eyes, as server-sent events to one of their tabs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.playground.page.drawing import Drawing
from adapters.playground.page.eyes import Eyes, Heard
from adapters.playground.page.seen import SeenEntry

HEARTBEAT = 15.0
"""Seconds between two comments, by which both ends find out that the other has gone."""

WRITTEN_WITHIN = 15.0
"""Seconds that a tab gets to take what was written. One that was put to sleep comes back and resumes."""

SETTLED = 0.25
"""Seconds after which the panels are drawn again: a reveal changes them with each of its messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Something beside the chat. It is sent where `key` differs from before."""

    name: str
    data: dict[str, Any]
    key: object


Panels = Callable[[], Awaitable[list[Panel]]]


def entry_event(drawing: Drawing, entry: SeenEntry, *, is_edit: bool) -> dict[str, Any]:
    return {
        "id": entry.id,
        "place": entry.place,
        "thread": entry.thread,
        "kind": entry.kind,
        "html": drawing.entry(entry),
        "said": entry.said,
        "is_edit": is_edit,
    }


@dataclass(slots=True, kw_only=True, eq=False)
class Stream:
    """One tab. `at`: how far into the history it is; None: what it missed is not known, so it reads all again."""

    eyes: Eyes
    drawing: Drawing
    panels: Panels
    stopping: asyncio.Event
    bell: asyncio.Event
    stale: asyncio.Event  # the panels may be other ones
    at: int | None
    _sent: dict[str, object] = field(default_factory=dict)

    async def send(self, response: web.StreamResponse) -> None:
        """Until the tab goes or the server stops."""
        await self._write(response, ": \n\n", *self._first(), *self._news())
        await self._write(response, *await self._panels())
        loop = asyncio.get_running_loop()
        beat, drawn = loop.time() + HEARTBEAT, loop.time()
        while not self.stopping.is_set():
            wait = beat - loop.time()
            if self.stale.is_set():
                wait = min(wait, drawn + SETTLED - loop.time())
            await self._rung(max(wait, 0.0))
            await self._write(response, *self._news())
            if self.stale.is_set() and loop.time() >= drawn + SETTLED:
                drawn = loop.time()
                await self._write(response, *await self._panels())
            if loop.time() >= beat:  # at its own times: when it comes says nothing of what others do
                beat += HEARTBEAT
                await self._write(response, ": \n\n")

    async def _rung(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.bell.wait()
        except TimeoutError:
            return
        self.bell.clear()

    def _first(self) -> Iterator[str]:
        """What may have changed since the page was drawn. A form that went is left alone: somebody may write in it."""
        if self.at is None:
            yield from self._again()
        if self.eyes.form is not None:
            yield self._form()

    def _news(self) -> Iterator[str]:
        assert self.at is not None  # noqa: S101 - for the type checker: `_first` has set it
        since = self.eyes.since(self.at)
        if since is None:
            yield from self._again()
            return
        for heard in since:
            if heard.at > self.at:
                self.at = heard.at
                yield from self._told(heard)

    def _told(self, heard: Heard) -> Iterator[str]:
        match heard.what:
            case "entry" | "edit":
                entry = self.drawing.sight.one(heard.id)
                if entry is not None:  # else it was removed since, which is told next
                    is_edit = heard.what == "edit"
                    yield event("entry", entry_event(self.drawing, entry, is_edit=is_edit), heard.number)
            case "remove":
                yield event("remove", {"id": heard.id}, heard.number)
            case "form":
                yield self._form()
            case "people":
                yield event("people", {"html": self.drawing.people()}, heard.number)
            case "places":
                yield event("places", {"html": self.drawing.places()}, heard.number)
            case "clock":
                self.stale.set()
                yield event("number", {}, heard.number)
            case _:  # "again"
                yield from self._again()

    def _again(self) -> Iterator[str]:
        """All that stands there is to be read again, and includes whatever else was heard until now."""
        self.at = self.eyes.heard
        yield event("people", {"html": self.drawing.people()})
        yield event("places", {"html": self.drawing.places()})
        yield event("again", {}, self.eyes.number)

    def _form(self) -> str:
        return event("form", {"html": self.drawing.dialog(self.eyes.form) or None})

    async def _panels(self) -> list[str]:
        self.stale.clear()
        told = await self.panels()
        changed = [one for one in told if one.name not in self._sent or self._sent[one.name] != one.key]
        self._sent = {one.name: one.key for one in told}
        return [event(one.name, one.data) for one in changed]

    async def _write(self, response: web.StreamResponse, *events: str) -> None:
        """Raises ConnectionError and TimeoutError: the tab has gone, or takes nothing."""
        for one in events:
            async with asyncio.timeout(WRITTEN_WITHIN):
                await response.write(one.encode("utf-8", "replace"))


def event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    """Without a number the browser keeps the one before."""
    id = "" if number is None else f"id: {number}\n"
    return f"{id}event: {name}\ndata: {json.dumps(data)}\n\n"
