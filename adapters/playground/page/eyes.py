"""One person's eyes and hands in the chat: one connection, which all tabs of that person share.

The chat tells this connection nothing that the person may not see, so there is nothing here that could leak.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from adapters.playground.chat.hands import Hands
from adapters.playground.chat.sheets import OpenSheet
from adapters.playground.chat.state import Channel, Entry, Person, channel_of, entry_of
from adapters.playground.chat.wire import AGAIN, Cut, Json, TurnedDown, Wire, connect
from bot.errors import where

log = logging.getLogger(__name__)

KEPT = 2_000
"""Events kept for tabs that come back. The reveal of a round of 200 people is about 250."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A change. `at`: its place in the history here; `number`: the chat's own, which a browser gives back."""

    at: int
    number: int
    what: str
    id: str = ""


class Eyes:
    """The state as this person sees it. `bells` ring at each change."""

    def __init__(self, socket: str, person: str) -> None:
        self._socket = socket
        self._ref = person
        self._wire: Wire | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._history: deque[Heard] = deque(maxlen=KEPT)
        self._base = 0  # the number from which on the history is whole
        self._early: list[Json] | None = None  # told behind the greeting, and not looked at yet
        self.heard = 0
        self.number = 0
        self.me = Person(id=person, name=person)
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.entries: dict[str, Entry] = {}
        self.files: dict[str, Json] = {}  # id -> name, media_type, size
        self.form: OpenSheet | None = None
        self.hands = Hands()
        self.bells: set[asyncio.Event] = set()

    async def start(self) -> None:
        """Returns when all is known that stands there. Raises TurnedDown (`no_such_person`), Cut and OSError."""
        wire, reading = await self._greet()
        self._keeping = asyncio.create_task(self._keep(wire, reading))

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        if self._wire is not None:
            self._wire.close()

    @property
    def is_up(self) -> bool:
        return self._wire is not None and self._wire.is_open

    async def ask(self, op: str, **what: Any) -> Json:
        """Raises TurnedDown (`down`: certainly not done) and Cut (done, or not)."""
        if self._wire is None or not self._wire.is_open:
            raise TurnedDown("down")
        return await self._wire.ask(op, **what)

    def since(self, at: int) -> Iterator[Heard] | None:
        """The changes after `at`, oldest first; None where they are not all known any more."""
        if (self._history and at < self._history[0].at - 1) or at > self.heard:
            return None
        return (one for one in list(self._history) if one.at > at)

    def after(self, number: int) -> int | None:
        """The place in the history after the event of this number; None where what followed is not known here."""
        if not self._base <= number <= self.number:
            return None
        return max((one.at for one in self._history if one.number <= number), default=self._before())

    def _before(self) -> int:
        return self._history[0].at - 1 if self._history else self.heard

    async def _greet(self) -> tuple[Wire, asyncio.Task[None]]:
        early: list[Json] = []
        self._early = early
        wire = await connect(self._socket, hear=self._hear)
        reading = asyncio.create_task(wire.run())
        try:
            self._see(await wire.ask("hello", role="person", person=self._ref))
        except BaseException:
            wire.close()
            reading.cancel()
            raise
        self._wire, self._early = wire, None
        for told in early:
            self._hear(told)
        return wire, reading

    async def _keep(self, wire: Wire, reading: asyncio.Task[None]) -> None:
        while True:
            try:
                await reading
            except Exception as error:  # what was told cannot be read: all is asked for again
                log.warning("not_understood", extra={"error": where(error)})
            finally:
                wire.close()
                reading.cancel()
            self._ring()
            while True:
                await asyncio.sleep(AGAIN)
                try:
                    wire, reading = await self._greet()
                    break
                except (OSError, Cut, TurnedDown):
                    log.debug("chat_away")

    def _see(self, told: Json) -> None:
        """All that stands there. What a form held before the chat went away is kept: somebody may be typing in it."""
        self.me = Person(**told["me"])
        self._ref = self.me.id
        self.people = {one["id"]: Person(**one) for one in told["people"]}
        self.channels = {one["id"]: channel_of(one) for one in told["channels"]}
        self.files = dict(told["files"])
        self.entries = {one["id"]: entry_of(one) for one in told["entries"] if self._is_mine(one)}
        self.hands = Hands.of_json(told["hands"])
        if told["form"] is not None:
            self._open(told["form"])
        was, self.number = self.number, told["number"]
        if was != self.number:  # what was missed is not told again
            self._history.clear()
            self._base = self.number
            self._note("again")
        self._ring()

    def _hear(self, told: Json) -> None:
        if self._early is not None:
            self._early.append(told)
            return
        was, self.number = self.number, told["number"]
        try:
            self._take(told["event"])
        except Exception:
            self.number = was  # it counts as not heard, and all is read again
            raise

    def _take(self, event: Json) -> None:
        match event["what"]:
            case "entry" | "edit":
                self.files |= event.get("files", {})
                self._enter(event["entry"])
            case "remove":
                self.entries.pop(event["id"], None)
                self._note("remove", event["id"])
            case "person":
                self._know(event["person"])
            case "channel":
                self._rename(channel_of(event["channel"]))
            case "left":
                self.channels.pop(event["channel"], None)
                self._note("places")
            case "form":
                self._form(event["form"])
            case "clock":
                self.hands = Hands.of_json(event["hands"])
                self._note("clock")
            case unknown:
                log.warning("unknown_event", extra={"what": unknown})

    def _enter(self, told: Json) -> None:
        if not self._is_mine(told):
            return
        entry = entry_of(told)
        is_new = entry.id not in self.entries
        self.entries[entry.id] = entry
        self._note("entry" if is_new else "edit", entry.id)

    def _know(self, told: Json) -> None:
        """Of others only their name and standing are told."""
        if told["id"] == self.me.id:
            self.me = replace(self.me, **told)
        self.people[told["id"]] = Person(**told)
        self._note("people")

    def _rename(self, channel: Channel) -> None:
        """A channel's name stands in many entries. What stands in one that is new to us is told after it."""
        known = self.channels.get(channel.id)
        self.channels[channel.id] = channel
        self._note("places")
        if known is not None and known.name != channel.name:
            self._note("again")

    def _form(self, told: Json | None) -> None:
        if told is None:
            self.form = None
        else:
            self._open(told)
        self._note("form")

    def _open(self, told: Json) -> None:
        self.form = OpenSheet.of_json(told)

    def _is_mine(self, entry: Json) -> bool:
        return entry["person"] in (None, self.me.id)

    def _note(self, what: str, id: str = "") -> None:
        self.heard += 1
        if len(self._history) == self._history.maxlen:
            self._base = self._history[0].number
        self._history.append(Heard(at=self.heard, number=self.number, what=what, id=id))
        self._ring()

    def _ring(self) -> None:
        for bell in self.bells:
            bell.set()
