"""Beside the chat: the steps of the first minutes, the clock, what is due, and what the server holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from adapters.playground.page.desk import ClockState, Due, Guide, Held, Move, StepName
from adapters.playground.platform import account
from bot.errors import UnknownRound, where
from bot.messages import Line, line
from bot.rounds import Phase, Round, RoundCode
from bot.rules.moves import GRACE
from coproduce.playing import held
from coproduce.playing.coming import Coming
from coproduce.playing.moments import Moments
from coproduce.playing.scene import Scene
from coproduce.playing.staging import Stage
from coproduce.playing.steps import Steps
from storage.outbox.store import owed_later

log = structlog.get_logger(__name__)

FAST = 60
RATES = {Move.RUN: 1, Move.FAST: FAST}

TICK = 1.0
"""Seconds between two looks at what is due, while the clock runs."""

TOGETHER = 0.05
"""Seconds in which changes are told as one."""

DAYS = timedelta(days=8)
"""How far ahead it is listed what is due."""

BEFORE_THE_CLOSE = timedelta(seconds=1)

AT_ONCE = timedelta(seconds=15)
"""A message that waits no longer than this waits for a limit of the chat or for the pause between two edits."""


class PlayDesk:
    """`adapters.playground.page.desk.Desk`."""

    def __init__(self, stage: Stage, scene: Scene, moments: Moments) -> None:
        self._stage = stage
        self._scene = scene
        self._moments = moments
        self._watchers: list[Callable[[], Awaitable[None]]] = []
        self._changed = asyncio.Event()
        self._upcoming: Sequence[Due] = ()
        self._is_collecting = False
        self._files = held.Files(database=stage.file, chat=stage.journal)
        stage.clock.watch(self._changed.set)

    @property
    def first(self) -> str:
        return self._stage.people.id(self._scene.you.name)

    @property
    def place(self) -> str:
        found = self._stage.people.state.channel(self._scene.script.channel)
        return found.id if found else ""

    @property
    def _organiser(self) -> str:
        return self._stage.people.id(self._scene.script.organiser)

    def group(self, person: str) -> Line | None:
        name = self._stage.people.state.people[person].name if person in self._stage.people.state.people else ""
        if name == self._scene.script.organiser:
            return line("play.face.organiser")
        group = next((one.group for one in self._scene.script.players if one.name == name), None)
        return line("play.face.group", group=group) if group else None

    # the clock

    def clock(self) -> ClockState:
        hands = self._stage.clock.hands
        now = hands.now(datetime.now(UTC))  # as the chat shows it
        return ClockState(
            now=now,
            rate=hands.rate if hands.is_running else 0,
            can_jump_to_deadline=self._is_collecting,
        )

    async def move(self, do: Move) -> None:
        people, hands = self._stage.people, self._stage.clock.hands
        match do:
            case Move.PAUSE:
                await people.stop_clock()
            case Move.RUN | Move.FAST:
                await people.run_clock(RATES[do])
            case Move.NEXT:
                await self._look()
                if upcoming := next((due.at for due in self._upcoming if due.at > self.clock().now), None):
                    await self._moments.go(upcoming)
                    if hands.is_running:
                        await people.run_clock(hands.rate)
            case Move.DEADLINE:
                await self._to_the_deadline()
        self._changed.set()

    async def _to_the_deadline(self) -> None:
        """The clock runs then, so that the answers come one after the other."""
        closing = [each.closes_at for each in await self._rounds() if each.phase is Phase.COLLECTING]
        if soonest := min((at for at in closing if at is not None), default=None):
            await self._moments.go(soonest + GRACE - BEFORE_THE_CLOSE, is_done=False)
            await self._stage.people.run_clock()

    # the steps

    async def guide(self, person: str) -> Guide:
        steps = Steps(
            round_=await self._round(),
            you=self.first,
            your_name=self._scene.you.name,
            organiser=self._organiser,
            organiser_name=self._scene.script.organiser,
            taken=frozenset(self._scene.notes.steps),
        )
        return steps.told(person)

    def was_here(self, person: str) -> None:
        if person == self._organiser:
            self._take(StepName.ORGANISER)

    def _take(self, step: StepName) -> None:
        notes = self._scene.notes
        if step.value not in notes.steps:
            notes.steps.append(step.value)
            notes.save()
            self._changed.set()

    async def _round(self) -> Round | None:
        """The one that the page opened in; None: it is no more."""
        try:
            return await self._stage.kept.rounds.get(RoundCode(self._scene.notes.code))
        except UnknownRound:
            return None

    # what is due

    async def due(self, person: str) -> Sequence[Due]:
        return await self._due(await self._rounds(), person)

    async def _due(self, rounds: Sequence[Round], person: str) -> Sequence[Due]:
        now = self._stage.clock.now()
        found: list[Due] = []
        for round_ in rounds:
            coming = Coming(settings=self._stage.rounds, now=now, counts=round_.is_run_by(account(person)))
            found += coming.of(round_, await owed_later(self._stage.kept.database, round_.id, now))
        return sorted((due for due in found if due.at <= now + DAYS), key=lambda due: due.at)

    async def _rounds(self) -> list[Round]:
        kept = self._stage.kept.rounds
        return [await kept.get(id) for id in await kept.in_play()]

    async def _look(self) -> None:
        rounds = await self._rounds()
        self._upcoming = await self._due(rounds, "")
        self._is_collecting = any(each.phase is Phase.COLLECTING for each in rounds)

    # what the server holds

    async def held(self, words: str = "") -> Held:
        self._take(StepName.HELD)
        search = held.Search(words)
        url = self._stage.kept.database.url
        tables = await asyncio.to_thread(held.tables, url, search)
        files = await asyncio.to_thread(held.searched, self._files, search)
        round_ = await self._round()
        is_open = round_ is not None and round_.phase.is_open
        found = held.count(tables)
        return Held(tables=tables, files=files, found=found, note=held.note(search, tables, files, is_open=is_open))

    # telling

    def watch(self, changed: Callable[[], Awaitable[None]]) -> None:
        self._watchers.append(changed)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """While the page is served: whoever watches is told what may be another than before."""
        await self._look()
        tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._tell())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self) -> None:
        """Whatever happens in the chat may change what is due, and how many have answered."""
        while True:
            await self._stage.people.changed()
            self._changed.set()

    async def _tell(self) -> None:
        while True:
            await self._wait()
            await asyncio.sleep(TOGETHER)
            self._changed.clear()
            try:
                await self._deliver()
                await self._look()
                self._note_clock()
                for changed in self._watchers:
                    await changed()
            except Exception as error:  # the next change is told all the same
                log.error("page_not_told", error=where(error))

    async def _deliver(self) -> None:
        """What is owed within seconds goes out though the clock stands: whoever pressed would wait for it for ever."""
        while not self._stage.clock.hands.is_running and not self._moments.is_leaping:
            sends_at = await self._stage.bot.delivered()
            if sends_at is None or sends_at - self._stage.clock.now() > AT_ONCE or self._stage.clock.hands.is_running:
                return
            self._stage.clock.lead(sends_at)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(TICK if self._stage.clock.hands.is_running else None):
                await self._changed.wait()
        except TimeoutError:
            return

    def _note_clock(self) -> None:
        notes = self._scene.notes
        if notes.clock != (shown := self._stage.clock.now().isoformat()):
            notes.clock = shown
            notes.save()
