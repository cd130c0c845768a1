"""Hands and eyes in the chat: press, type and fill as a person, see what they see, and wait for it without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from adapters.html.shapes import Box, Button, Sheet, of_json, plain
from adapters.playground.chat.faults import How
from adapters.playground.chat.state import Entry, Person, State, entry_of
from adapters.playground.chat.wire import Json, Wire, connect

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBox:
    """A box of a form, as it is read."""

    name: str
    kind: str
    label: str
    hint: str
    values: tuple[str, ...] = field(repr=False)
    choices: tuple[tuple[str, str], ...]
    error: str
    optional: bool
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """An open form, as somebody sees it."""

    id: str
    sheet: Sheet

    @property
    def kind(self) -> str:
        return self.sheet.kind

    @property
    def code(self) -> str:
        return self.sheet.code

    @property
    def title(self) -> str:
        return plain(self.sheet.title)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note.text for note in self.sheet.notes)

    @property
    def boxes(self) -> Mapping[str, FormBox]:
        return {box.name: _box(box) for box in self.sheet.boxes}


Answered = OpenForm | Entry
"""What a person is shown for one press: a form, or a word that only they see."""


class Players:
    """One connection that can act as anybody and see what anybody sees. It mirrors the state of the chat."""

    _wire: Wire

    def __init__(self) -> None:
        self.state = State()
        self._early: list[Json] | None = []  # told before the past was known
        self._changed = asyncio.Event()  # a new one for each change
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, socket: str) -> Players:
        """Raises OSError where no chat listens."""
        people = cls()
        people._wire = wire = await connect(socket, hear=people._hear)
        people._reading = asyncio.create_task(wire.run())
        past = (await wire.ask("hello", role="people"))["events"]
        early, people._early = people._early or [], None
        for told in past:
            people.state.apply(told)
        for told in early:
            people._hear(told)
        return people

    async def close(self) -> None:
        self._wire.close()
        if self._reading is not None:
            await self._reading

    # hands

    async def command(self, person: str, text: str = "", channel: str | None = None) -> Answered:
        """`/coproduce <text>`; people in it are written `@Ann`."""
        return await self._hand("command", person=person, text=text, channel=channel)

    async def press(self, person: str, control: str) -> Answered:
        """`control` is a verb (the newest such button before this person's eyes), or an id, as old messages hold it."""
        id = control if ":" in control else self.button(person, control).id
        return await self._hand("press", person=person, control=id)

    async def fill(self, person: str, fields: Mapping[str, str | Sequence[str]]) -> Answered:
        """Sends the form that is open; boxes that are not named stay as they are."""
        return await self._hand("fill", person=person, fields=_typed(fields))

    async def keep(self, person: str, fields: Mapping[str, str | Sequence[str]]) -> Answered:
        """Keeps what is typed in the form that is open, and sends nothing."""
        return await self._hand("keep", person=person, fields=_typed(fields))

    async def leave(self, person: str) -> None:
        """Closes the form that is open, if there is one."""
        await self._wire.ask("leave", person=person)

    async def type(self, person: str, text: str) -> Answered:
        """To the bot, in the private conversation."""
        return await self._hand("type", person=person, text=text)

    async def _hand(self, op: str, **what: Any) -> Answered:
        answer = await self._wire.ask(op, **what)
        return _form(answer["form"]) if "form" in answer else entry_of(answer["entry"])

    # eyes

    def person(self, ref: str) -> Person:
        """By name or id. Raises LookupError."""
        found = self.state.person(ref)
        if found is None:
            raise LookupError(ref)
        return found

    def id(self, person: str) -> str:
        return self.person(person).id

    def sees(self, person: str) -> list[Entry]:
        """All that this person can read now, in order."""
        return list(self.state.standing_for(self.id(person)))

    def button(self, person: str, verb: str, argument: str | None = None) -> Button:
        """The newest button of this verb before somebody's eyes. Raises LookupError."""
        for entry in reversed(self.sees(person)):
            for one in entry.controls:
                parts = one.id.split(":", 3)
                if parts[1] == verb and argument in (None, parts[3] if len(parts) > 3 else ""):
                    return one
        raise LookupError(f"{person} sees no button {verb}")

    async def form(self, person: str) -> OpenForm | None:
        """The form that is open before somebody, with what they wrote."""
        told = (await self._wire.ask("form", person=person))["form"]
        return _form(told) if told else None

    async def changed(self) -> None:
        """Until something happens."""
        await self._changed.wait()

    async def wait_until(self, seen: Callable[[], T | None], *, patience: float = 30.0) -> T:
        """Until `seen()` is true, asked whenever something happens. Raises TimeoutError."""
        async with asyncio.timeout(patience):
            while not (found := seen()):
                await self.changed()
            return found

    async def wait_for(self, person: str, kind: str, *, patience: float = 30.0) -> Entry:
        """The newest entry of this kind that this person reads."""

        def newest() -> Entry | None:
            return next((entry for entry in reversed(self.sees(person)) if entry.kind == kind), None)

        return await self.wait_until(newest, patience=patience)

    # who, where, what goes wrong, and the clock

    async def add_person(self, name: str, **more: str) -> str:
        return str((await self._wire.ask("person", name=name, **more))["id"])

    async def change_person(self, person: str, **more: str) -> None:
        await self._wire.ask("person", id=self.id(person), **more)

    async def add_channel(self, name: str, members: Iterable[str], **more: Any) -> str:
        return str((await self._wire.ask("channel", name=name, members=list(members), **more))["id"])

    async def change_channel(self, channel: str, **more: Any) -> None:
        found = self.state.channel(channel)
        if found is None:
            raise LookupError(channel)
        await self._wire.ask("channel", id=found.id, **more)

    async def fault(self, on: str, how: How, **more: Any) -> None:
        """`on`: a call of the bot's, or `act`; more: nth, times, kind, person, channel, seconds, everywhere."""
        await self._wire.ask("fault", on=on, how=how, **more)

    async def mend(self) -> None:
        await self._wire.ask("mend")

    async def down(self) -> None:
        await self._wire.ask("down")

    async def up(self) -> None:
        await self._wire.ask("up")

    async def stop_clock(self, at: datetime | None = None) -> datetime:
        now = await self._clock("stop")
        return now if at is None else await self._clock("set", at=at.isoformat())

    async def advance(self, by: timedelta) -> datetime:
        return await self._clock("advance", seconds=by.total_seconds())

    async def run_clock(self, rate: int = 1) -> datetime:
        """`rate` times as fast as the machine's."""
        return await self._clock("run", rate=rate)

    async def now(self) -> datetime:
        return await self._clock("read")

    async def _clock(self, do: str, **more: Any) -> datetime:
        return datetime.fromisoformat((await self._wire.ask("clock", do=do, **more))["now"])

    # the mirror

    def _hear(self, told: Json) -> None:
        if self._early is not None:
            self._early.append(told)
            return
        self.state.apply(told["event"])
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _typed(fields: Mapping[str, str | Sequence[str]]) -> Json:
    return {name: [value] if isinstance(value, str) else list(value) for name, value in fields.items()}


def _form(told: Json) -> OpenForm:
    return OpenForm(id=told["id"], sheet=of_json(Sheet, told))


def _box(box: Box) -> FormBox:
    return FormBox(
        name=box.name,
        kind=box.kind,
        label=box.label.text,
        hint=box.hint.text if box.hint else "",
        values=box.values,
        choices=tuple((one.value, plain(one.label)) for one in box.choices),
        error=plain(box.error),
        optional=box.optional,
        longest=box.longest,
    )
