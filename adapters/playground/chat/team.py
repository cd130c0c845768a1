"""One team's chat: each event is journalled, then sent to all watchers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from adapters.playground.chat.faults import Faults
from adapters.playground.chat.journal import Journal
from adapters.playground.chat.state import Event, Person, State
from adapters.playground.chat.wire import Json, TurnedDown, Wire

WORKSPACE = "play"

LONGEST_MESSAGE = 4_000
"""Characters, as on the chat platforms that this one stands in for."""

Watcher = Callable[[Event], None]


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
        self.forms: dict[str, Json] = {}  # person -> the form open before them; gone with this process

    @property
    def now(self) -> datetime:
        return self.state.hands.now(self.machine())

    def record(self, event: Event) -> None:
        self._journal.add(event)
        self._take(event)
        for watcher in list(self._watchers):
            watcher(event)

    def watch(self, watcher: Watcher) -> list[Event]:
        """Everything so far; what follows is told."""
        self._watchers.append(watcher)
        return list(self._events)

    def forget(self, watcher: Watcher) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def person(self, ref: str) -> Person:
        """By id, else by name. Raises TurnedDown."""
        found = self.state.person(ref)
        if found is None:
            raise TurnedDown("no_such_person", ref=ref)
        return found

    def close(self) -> None:
        self._journal.close()

    def _take(self, event: Event) -> None:
        self.state.apply(event)
        self._events.append(event)


def token() -> str:
    return secrets.token_hex(8)


def machine() -> datetime:
    return datetime.now(UTC)
