"""One team's chat: each event is journalled, then sent to all watchers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from adapters.playground.chat.faults import Faults
from adapters.playground.chat.journal import Journal
from adapters.playground.chat.sheets import OpenSheet
from adapters.playground.chat.sight import Sight
from adapters.playground.chat.state import Event, Person, State
from adapters.playground.chat.wire import Json, TurnedDown, Wire

WORKSPACE = "play"

LONGEST_MESSAGE = 4_000
"""Characters, as on the chat platforms that this one stands in for."""

Watcher = Callable[[Event], None]

Eyes = Callable[[Json], None]
"""Of one person: takes what `Sight` tells them, with its number."""


class Team:
    """The state, its journal, and the connections. It implements no calls."""

    def __init__(
        self, file: Path, *, sentences: dict[str, str], patience: float, machine: Callable[[], datetime]
    ) -> None:
        self._journal = Journal(file)
        self._watchers: list[Watcher] = []
        self.state = State()
        self._events: list[Event] = []
        for event in self._journal.read():
            self._take(event)
        self.faults = Faults()
        self.machine = machine
        self.sentences = sentences  # the chat's own few words
        self.patience = patience  # seconds that a press waits for the bot
        self.bot: Wire | None = None
        self.is_down = False
        self._sights: dict[str, Sight] = {}  # of those who ever looked
        self._eyes: list[tuple[str, Eyes]] = []
        self.forms: dict[str, OpenSheet] = {}  # person -> the form open before them; gone with this process

    @property
    def now(self) -> datetime:
        return self.state.hands.now(self.machine())

    def record(self, event: Event) -> None:
        self._journal.add(event)
        self._take(event)
        for watcher in list(self._watchers):
            watcher(event)
        for person, sight in self._sights.items():
            for told in sight.take(event, self.state):
                self._tell(person, told)

    def watch(self, watcher: Watcher) -> list[Event]:
        """Everything so far; what follows is told."""
        self._watchers.append(watcher)
        return list(self._events)

    def watch_as(self, person: Person, eyes: Eyes) -> Json:
        """What this person sees now; what follows is told, and nothing else."""
        if person.id not in self._sights:
            self._sights[person.id] = self._looked_back(person.id)
        self._eyes.append((person.id, eyes))
        form = self.forms.get(person.id)
        return {**self._sights[person.id].seen(self.state), "form": form.as_json() if form else None}

    def forget(self, watcher: Watcher | Eyes) -> None:
        self._watchers = [one for one in self._watchers if one != watcher]
        self._eyes = [(person, eyes) for person, eyes in self._eyes if eyes != watcher]

    def open_form(self, person: Person, form: OpenSheet | None) -> None:
        """None: closes it. It is in no journal, so it has no number of its own."""
        self.forms.pop(person.id, None)
        if form is not None:
            self.forms[person.id] = form
        if sight := self._sights.get(person.id):
            told = {"what": "form", "form": form.as_json() if form else None}
            self._tell(person.id, {"event": told, "number": sight.number})

    def person(self, ref: str) -> Person:
        """By id, else by name. Raises TurnedDown."""
        found = self.state.person(ref)
        if found is None:
            raise TurnedDown("no_such_person", ref=ref)
        return found

    def close(self) -> None:
        self._journal.close()

    def _looked_back(self, person: str) -> Sight:
        """Through all that happened, so that the numbers are those that a chat gives which never ended."""
        sight, past = Sight(person), State()
        for event in self._events:
            past.apply(event)
            sight.take(event, past)
        return sight

    def _tell(self, person: str, told: Json) -> None:
        for owner, eyes in list(self._eyes):
            if owner == person:
                eyes(told)

    def _take(self, event: Event) -> None:
        self.state.apply(event)
        self._events.append(event)


def token() -> str:
    return secrets.token_hex(8)


def machine() -> datetime:
    return datetime.now(UTC)
