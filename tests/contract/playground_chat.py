"""The playground as a `Chat`: the chat in a process of its own, the bot in this one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from adapters.playground.chat.faults import How
from adapters.playground.chat.process import ChatProcess
from adapters.playground.chat.state import Entry, Kind
from adapters.playground.clock import MovableClock
from adapters.playground.link import Link
from adapters.playground.listeners import Listeners
from adapters.playground.platform import NAME, PlaygroundPlatform
from adapters.playground.playing.players import Answered as Shown
from adapters.playground.playing.players import OpenForm, Players
from bot.acts import FormKind
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage, open_storage
from coproduce.config import Settings
from tests.contract.chat import CAST, NOT_THERE, PLACE, START, Answered, Fault, Seen, Sheet
from tests.contract.made_before import made_before, storage_in
from tests.isolates import as_read

OWN = frozenset(Kind)
"""Kinds that are words said at once, and not owed messages."""


class PlaygroundChat:
    def __init__(self, folder: Path, rounds: RoundSettings) -> None:
        self._settings = Settings(storage=storage_in(folder), rounds=rounds)
        self._rounds = rounds
        made_before(folder)
        self._process = ChatProcess(folder / "chat.jsonl")
        self._clock = MovableClock()
        self._texts = Texts.load()
        self._is_refused = False

    async def start(self) -> None:
        await self._process.start()
        self._people = await Players.connect(self._process.socket)
        for name, standing in CAST.items():
            await self._people.add_person(name, id="".join(name.lower().split()), standing=standing)
        await self._people.add_channel(PLACE, [name for name in CAST if name not in NOT_THERE], id="place")
        await self._people.stop_clock(START)
        await self._start_bot()

    @property
    def socket(self) -> str:
        return self._process.socket

    async def stop(self) -> None:
        await self._stop_bot()
        await self._people.close()
        await self._process.stop()

    async def _start_bot(self) -> None:
        self._link = Link(self._process.socket, self._clock)
        platform = PlaygroundPlatform(self._link, self._texts)
        self._kept: Storage = await open_storage(self._settings, self.now)
        await self._link.start()
        platforms = {NAME: platform}
        delivery = DeliverySettings()
        self._bot = Bot(self._kept, platforms, self._clock, self._texts, rounds=self._rounds, delivery=delivery)
        await self._bot.start()
        self._listeners = Listeners(self._link, platform, self._bot.service, self._texts, self._clock)
        self._listeners.start()

    async def _stop_bot(self) -> None:
        await self._listeners.stop()
        await self._bot.stop()
        await self._link.stop()
        await self._kept.close()

    # hands

    async def command(self, person: str, text: str) -> Answered:
        return self._answered(await self._hand(lambda: self._people.command(person, text, PLACE)))

    async def press(self, person: str, control: str, argument: str | None = None) -> Answered:
        id = control if ":" in control else self._people.button(person, control, argument).id
        return self._answered(await self._hand(lambda: self._people.press(person, id)))

    pages = 1

    async def fill(
        self, person: str, fields: Mapping[str, str | Sequence[str]], *, each_page_takes: timedelta = timedelta()
    ) -> Answered:
        while True:
            form = await self._people.form(person)
            assert form is not None, f"no form is open before {person}"
            on_this_page = {
                name: value
                for name, value in fields.items()
                if name in form.boxes or (form.kind == FormKind.SETUP and name.startswith("group:"))
            }
            if each_page_takes:
                await self.pass_time(each_page_takes)
            shown = await self._hand(partial(self._people.fill, person, on_this_page))
            if not isinstance(shown, OpenForm) or shown.kind == FormKind.RECEIPT:
                return self._answered(shown)
            if any(box.error for box in shown.boxes.values()):
                return self._answered(shown)

    async def leaf(self, person: str) -> Sheet:
        """A form is one page here."""
        sheet = await self.form(person)
        assert sheet is not None
        return sheet

    async def begin(self, person: str, fields: Mapping[str, str]) -> None:
        await self._hand(partial(self._people.keep, person, fields))

    def takes(self, box: str, words: str | Sequence[str]) -> bool:
        """Everything is typed here."""
        return True

    async def type(self, person: str, text: str) -> Answered:
        return self._answered(await self._hand(lambda: self._people.type(person, text)))

    async def twice(self, person: str) -> None:
        await self._people.fault("act", How.TWICE, person=self._people.id(person))

    async def _hand(self, press: Callable[[], Awaitable[Shown]]) -> Shown:
        """One press."""
        return await press()

    def _answered(self, shown: Shown) -> Answered:
        return _sheet(shown) if isinstance(shown, OpenForm) else self._seen(shown)

    # eyes

    def seen(self, person: str) -> Sequence[Seen]:
        return [self._seen(entry) for entry in self._people.sees(person)]

    def _seen(self, entry: Entry) -> Seen:
        return Seen(
            place="inbox" if entry.person else "channel",
            text=as_read(entry.text),
            controls=tuple(control.id for control in entry.controls),
            kind=None if entry.kind in OWN else entry.kind,
            is_in_thread=entry.thread is not None,
            files=tuple(self._people.state.uploads[file].name for file in entry.files),
        )

    async def form(self, person: str) -> Sheet | None:
        form = await self._people.form(person)
        return _sheet(form) if form else None

    # the world

    async def fault(self, fault: Fault, nth: int = 1, *, kind: str | None = None, person: str | None = None) -> None:
        more = {"person": self._people.id(person)} if person else {}
        await self._people.fault("post", How(fault.value), nth=nth, kind=kind, seconds=60.0, **more)

    async def change_place(
        self,
        *,
        is_public: bool | None = None,
        lets_bot_in: bool | None = None,
        is_archived: bool | None = None,
    ) -> None:
        asked = {"is_public": is_public, "lets_bot_in": lets_bot_in, "is_archived": is_archived}
        await self._people.change_channel(PLACE, **{name: wish for name, wish in asked.items() if wish is not None})

    async def rename_place(self, name: str, *, was: str = PLACE) -> None:
        await self._people.change_channel(was, name=name)
        await self.settle()

    async def add_place(self, name: str, people: Sequence[str], *, is_public: bool = False) -> None:
        await self._people.add_channel(name, people, is_public=is_public)

    async def restart(self, *, away: timedelta = timedelta()) -> None:
        await self._stop_bot()
        await self._people.advance(away)
        await self._start_bot()
        await self.settle()

    async def pass_time(self, time: timedelta) -> None:
        end = self.now + time
        while True:
            next_at = await self._idle()
            if self.now >= end:
                break
            step = min(end, next_at) if next_at and next_at > self.now else end
            await self._people.advance(step - self.now)
        await self.settle()

    async def settle(self) -> None:
        await self._idle()
        await self._people.now()  # what the chat told until here has been heard

    @property
    def now(self) -> datetime:
        return self._people.state.hands.now(datetime.now(UTC))

    async def _idle(self) -> datetime | None:
        """Waits until nothing is due at this time; returns when something is due next."""
        return await self._bot.idle()


def _sheet(form: OpenForm) -> Sheet:
    return Sheet(
        title=as_read(form.title),
        notes=as_read("\n".join(form.notes)),
        values={name: box.values for name, box in form.boxes.items()},
        labels={name: as_read(box.label) for name, box in form.boxes.items()},
        errors={name: as_read(box.error) for name, box in form.boxes.items() if box.error},
    )


@asynccontextmanager
async def playground(folder: Path, rounds: RoundSettings | None = None) -> AsyncIterator[PlaygroundChat]:
    chat = PlaygroundChat(folder, rounds or RoundSettings(time_zone="UTC"))
    await chat.start()
    try:
        yield chat
    finally:
        await chat.stop()
