"""Plays a script through people's hands: the organiser sets the round up, everybody answers in their time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from adapters.playground.chat.state import Entry, Kind
from adapters.playground.playing.players import Answered, OpenForm, Players
from adapters.playground.playing.script import Deed, Player, Script
from bot.acts import FormKind
from bot.rounds import GROUPS

AT_ONCE = 8
"""The most people who press at the same time. More would only queue in front of the bot."""

TRIES = 5
"""Presses of one button that got no answer, before somebody gives up."""

A_WHILE = 30.0
"""Seconds of the machine's clock that somebody waits for what must come."""


class NotPlayed(Exception):
    """The round could not be played. `why` is the sentence that somebody was shown."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Waits(Protocol):
    """How the moments of a script come."""

    async def until(self, at: datetime) -> None:
        """Returns when the bot's clock shows `at`."""


@dataclass(slots=True, kw_only=True)
class Standing:
    """The progress of the play; an observer may read it at any time."""

    of: int
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    replied: set[str] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)  # who, what they were told


class Director:
    def __init__(
        self,
        people: Players,
        script: Script,
        pace: Waits,
        changed: Callable[[Standing], None] = lambda standing: None,
        *,
        is_leaping: bool = False,
        did: Callable[[str], None] = lambda name: None,
    ) -> None:
        """`is_leaping`: the clock is moved on, and must leave nobody behind who is still pressing.

        `did`: told of each person who has done one more thing of the script.
        """
        self._people = people
        self._script = script
        self._pace = pace
        self._changed = changed
        self._is_leaping = is_leaping
        self._did = did
        self._done: Mapping[str, int] = {}
        self._code = ""
        self._hands = asyncio.Semaphore(AT_ONCE)
        self.standing = Standing(of=len(script.players))

    @property
    def code(self) -> str:
        """Of the round, once it is set up."""
        return self._code

    async def play(self) -> None:
        """Returns when everybody has done what the script says. Raises NotPlayed."""
        await self.gather_people()
        await self.open()
        await self.let_them_write()

    # the team

    async def gather_people(self) -> None:
        """Everybody of the script, and a channel they all read."""
        script = self._script
        for player in script.players:
            await self._people.add_person(player.name, tz=player.time_zone, locale=player.locale)
        names = [player.name for player in script.players]
        if script.organiser not in names:
            await self._people.add_person(script.organiser, tz=script.time_zone, locale=script.locale)
            names.append(script.organiser)
        await self._people.add_channel(script.channel, names)

    # the organiser

    def resume(self, code: str, opened_at: datetime, done: Mapping[str, int]) -> None:
        """The round runs already. `done`: how much of the script each has done."""
        self._code, self._done = code, done
        self.standing.opened_at, self.standing.closes_at = opened_at, opened_at + self._script.closes_in

    async def open(self, *, runs_on: bool = True) -> None:
        """From `new` to the moment everybody is asked. The clock stands still meanwhile: lengths count from here.

        `runs_on`: it runs then.
        """
        await self._people.stop_clock()
        await self._set_up()
        await self._see(self._script.organiser, "preview")
        # it stands before anybody is looked up, and has this button once they are
        await self._people.wait_until(lambda: self._has_button(self._script.organiser, "rehearse"), patience=A_WHILE)
        self._accepted(await self._press(self._script.organiser, "open"))
        await self._people.wait_until(self._is_everybody_asked, patience=A_WHILE + 0.2 * self.standing.of)
        self.standing.opened_at = await self._people.now()
        self.standing.closes_at = self.standing.opened_at + self._script.closes_in
        self._changed(self.standing)
        if runs_on:
            await self._people.run_clock()

    async def _set_up(self) -> None:
        organiser, script = self._script.organiser, self._script
        shown = await self._command(organiser, f"new {script.service}")
        seconds = int(script.closes_in.total_seconds())
        values: dict[str, Sequence[str]] = {name: [value] for name, value in script.fields.items()}
        values |= {"service": [script.service], "channel": [script.channel], "closes_at": [f"in {seconds} seconds"]}
        values |= {"time_zone": [script.time_zone]}
        groups = {_box_of(group): list(names) for group, names in script.groups.items()}
        if isinstance(shown, OpenForm):
            self._code = shown.code
            boxes = {name: value for name, value in values.items() if name in shown.boxes}
            shown = self._accepted(await self._fill(organiser, boxes | groups))
        if isinstance(shown, OpenForm):
            raise NotPlayed(" ".join(box.error for box in shown.boxes.values() if box.error))

    def _has_button(self, person: str, verb: str) -> bool:
        return any(
            control.id.split(":")[1] == verb for entry in self._people.sees(person) for control in entry.controls
        )

    def _accepted(self, shown: Answered) -> Answered:
        if isinstance(shown, Entry) and shown.kind in (Kind.REFUSED, Kind.FAILED):
            raise NotPlayed(shown.text)
        return shown

    def _is_everybody_asked(self) -> bool:
        asked = {shown.person for shown in self._people.state.shown if shown.kind == "question"}
        if refusal := next((shown for shown in self._people.state.shown if shown.kind == "not_opened"), None):
            raise NotPlayed(refusal.text)
        return all(self._people.id(player.name) in asked for player in self._script.players)

    # everybody else

    async def let_them_write(self) -> None:
        """All deeds of the script, in their time; what one person does keeps its order."""
        opened_at = self.standing.opened_at
        if opened_at is None:
            raise NotPlayed("")
        last = {player.name: asyncio.create_task(_nothing()) for player in self._script.players}
        for at, player, deed in self._agenda():
            if self._is_leaping:
                await asyncio.gather(*last.values())
            await self._pace.until(opened_at + at)
            last[player.name] = asyncio.create_task(self._after(last[player.name], player, deed))
            await asyncio.sleep(0)
        await asyncio.gather(*last.values())

    def _agenda(self) -> Iterator[tuple[timedelta, Player, Deed]]:
        every = [
            (deed.at, player, deed)
            for player in self._script.players
            for deed in player.deeds[self._done.get(player.name, 0) :]
        ]
        yield from sorted(every, key=lambda one: one[0])

    async def _after(self, before: asyncio.Task[None], player: Player, deed: Deed) -> None:
        await before
        async with self._hands:
            await self._do(player, deed)

    async def _do(self, player: Player, deed: Deed) -> None:
        try:
            shown = await self._act(player, deed)
        except LookupError:  # no button for it: what was to be taken back was never held
            self.standing.refused.append((player.name, ""))
        else:
            self._note(player, deed, shown)
        await self._people.leave(player.name)
        self._did(player.name)

    async def _act(self, player: Player, deed: Deed) -> Answered:
        match deed.do:
            case "withdraw" | "decline":
                pressed = await self._press(player.name, f"coproduce:{deed.do}:{self._code}")
                return await self._confirmed(player.name, pressed)
            case _:
                return await self._write(player, deed)

    async def _write(self, player: Player, deed: Deed) -> Answered:
        shown = await self._opened_form(player.name, is_late=deed.at >= self._script.closes_in)
        if not isinstance(shown, OpenForm):
            return shown
        boxes = {name: text for name, text in deed.boxes.items() if name in shown.boxes}
        if deed.sign is not None and "sign" in shown.boxes:
            boxes["sign"] = "name" if deed.sign else "group"
        if "seen" in shown.boxes and not shown.boxes["seen"].values:
            boxes["seen"] = "none"
        return await self._fill(player.name, boxes)

    async def _opened_form(self, name: str, *, is_late: bool) -> Answered:
        """A late one answers before reading, once the answers are open; who finds no button types the command."""
        if is_late:
            try:
                await self._people.wait_for(name, "opened", patience=A_WHILE)
            except TimeoutError:
                return await self._command(name, f"answer {self._code}")
        verb = "late" if is_late and self._has_button(name, "late") else "answer"
        return await self._press(name, verb)

    async def _confirmed(self, name: str, shown: Answered) -> Answered:
        if isinstance(shown, Entry) and shown.kind == Kind.CONFIRM:
            return await self._press(name, shown.controls[0].id)
        return shown

    def _note(self, player: Player, deed: Deed, shown: Answered) -> None:
        standing = self.standing
        # a form that comes back was refused, but for the one that holds the receipt
        if isinstance(shown, Entry) and shown.kind in (Kind.REFUSED, Kind.FAILED):
            standing.refused.append((player.name, shown.text))
        elif isinstance(shown, OpenForm) and shown.kind != FormKind.RECEIPT:
            standing.refused.append((player.name, ""))
        elif deed.do in ("reply", "edit"):
            standing.replied.add(player.name)
        else:
            standing.replied.discard(player.name)
        self._changed(standing)

    # one press: who gets no answer presses again

    async def _command(self, person: str, text: str) -> Answered:
        return await self._again(lambda: self._people.command(person, text, self._script.channel))

    async def _press(self, person: str, control: str) -> Answered:
        return await self._again(lambda: self._people.press(person, control))

    async def _fill(self, person: str, boxes: Mapping[str, str | Sequence[str]]) -> Answered:
        return await self._again(lambda: self._people.fill(person, boxes))

    async def _again(self, press: Callable[[], Awaitable[Answered]]) -> Answered:
        for _ in range(TRIES - 1):
            shown = await press()
            if not (isinstance(shown, Entry) and shown.kind == Kind.FAILED):
                return shown
        return await press()

    async def _see(self, person: str, kind: str) -> Entry:
        return await self._people.wait_for(person, kind, patience=A_WHILE)


def _box_of(group: str) -> str:
    """The box of the set-up in which the people of a group stand."""
    return group if group in GROUPS else f"group:{group}"


async def _nothing() -> None:
    return
