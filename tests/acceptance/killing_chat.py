"""The chat, and the people in it: it outlives every bot. Who gets no answer to a press presses again."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files

from adapters.playground.chat.faults import How
from adapters.playground.chat.program import Visitor
from adapters.playground.chat.state import Entry, Kind
from adapters.playground.chat.team import Team
from adapters.playground.chat.wire import LONGEST_LINE
from adapters.playground.playing.players import Answered, OpenForm, Players
from tests.acceptance.killing_bot import LOOK_AFTER, Bots, Order, Standby

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
"""A Tuesday morning."""

PLACE = "repairs"
ORGANISER = "Sam Reed"

SOON = LOOK_AFTER + timedelta(seconds=1)
"""What falls due this soon is waited for before anybody does the next thing."""


POSTING = ("post", "upload", "share")
MANY = 100
"""More than there are calls of one kind in a round."""


@cache
def sentences() -> dict[str, str]:
    catalogue = tomllib.loads((files("bot") / "locales" / "en.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = catalogue["playground"]
    return found


def machine() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Scene:
    """One chat with its people, and the bots that come and go."""

    people: Players
    bots: Bots
    team: Team
    failed: list[str] = field(default_factory=list)  # presses that got no answer
    _laid: int = 0
    _is_quiet: bool = False
    _next_at: datetime | None = None

    # hands

    async def command(self, person: str, text: str) -> Answered:
        return await self._until_answered(person, lambda: self.people.command(person, text, PLACE))

    async def press(self, person: str, verb: str, argument: str | None = None) -> Answered:
        """`verb`: of the newest button; or an id, as messages of long ago hold it."""
        id = verb if ":" in verb else self.people.button(person, verb, argument).id
        return await self._until_answered(person, lambda: self.people.press(person, id))

    async def fill(self, person: str, fields: Mapping[str, str | Sequence[str]]) -> Answered:
        return await self._until_answered(person, lambda: self.people.fill(person, fields))

    async def _until_answered(self, person: str, hand: Callable[[], Awaitable[Answered]]) -> Answered:
        self._is_quiet = False
        while True:
            shown = await hand()
            if isinstance(shown, OpenForm) or shown.kind != Kind.FAILED:
                return shown
            self.failed.append(person)
            await self.bots.follow()

    # what goes wrong

    def lose_answers(self, first: int, *, is_done: bool) -> None:
        """Every other call that posts something gets no answer, from this one on."""
        how = How.LOSE_ANSWER if is_done else How.LOSE_POST
        faults = [{"on": op, "how": how, "nth": nth} for op in POSTING for nth in range(first, MANY, 2)]
        faults += [{"on": "edit", "how": how, "nth": 1, "kind": "headline_done"}]
        for fault in faults:
            self.team.faults.add(fault)
        self._laid = len(faults)

    @property
    def lost(self) -> int:
        """How many answers were."""
        return self._laid - len(self.team.faults._all)

    # the clock

    @property
    def now(self) -> datetime:
        return self.team.now

    async def settle(self) -> None:
        """Until nothing more happens at this moment, nor in the next seconds."""
        while (next_at := await self._idle()) is not None and next_at - self.now <= SOON:
            await self._advance_to(next_at)

    async def pass_until(self, at: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
        """Stops at each moment at which something is due, until all of it is done."""
        while True:
            next_at = await self._idle()
            if self.now >= at or is_over():
                return
            await self._advance_to(min(at, next_at) if next_at and next_at > self.now else at)

    async def _idle(self) -> datetime | None:
        """Until nothing is left to do at this moment: when there will be. Asked once: who did nothing needs not ask."""
        if not self._is_quiet:
            self._next_at = await self.bots.idle()
            self._is_quiet = True
        return self._next_at

    async def _advance_to(self, at: datetime) -> None:
        self._is_quiet = False
        await self.people.advance(max(at - self.now, timedelta()))

    # eyes

    def standing(self, *kinds: str, person: str | None = None) -> list[Entry]:
        """What stands in the channel, or in one person's inbox."""
        who = self.people.id(person) if person else None
        return [one for one in self.team.state.entries.values() if one.kind in kinds and one.person == who]


@asynccontextmanager
async def scene(order: Order, waiting: Sequence[Standby], names: Sequence[str]) -> AsyncIterator[Scene]:
    """A chat with these people and the organiser in it, at `START` or where its journal ends; and the first bot."""
    team = Team(order.folder / "chat.jsonl", sentences=sentences(), patience=30.0, machine=machine)

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Visitor(team, reader, writer).run()

    server = await asyncio.start_unix_server(visited, order.chat, limit=LONGEST_LINE)
    people = await Players.connect(os.fspath(order.chat))
    if not team.state.people:
        for name in (ORGANISER, *names):
            await people.add_person(name, id="".join(name.lower().split()))
        await people.add_channel(PLACE, [ORGANISER, *names], id="place")
        await people.stop_clock(START)
    bots = Bots(order, waiting, lambda: team.now)
    await bots.start()
    try:
        yield Scene(people, bots, team)
        await bots.stop()
    finally:
        await people.close()
        server.close()
        order.chat.unlink()
        team.close()
