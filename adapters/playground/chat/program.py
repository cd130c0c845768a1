"""The chat as a program of its own: `python -m adapters.playground.chat --socket PATH --file JOURNAL`.

It outlives the bot, so that killing the bot does not kill what people saw. It says `ready` on its standard output
when it listens, and ends with SIGTERM, or with its standard input where `--while-read` is given.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from adapters.playground.chat.bot_calls import BotCalls
from adapters.playground.chat.people_calls import PeopleCalls
from adapters.playground.chat.person_calls import PersonCalls
from adapters.playground.chat.state import Event
from adapters.playground.chat.team import WORKSPACE, Team, machine
from adapters.playground.chat.wire import LONGEST_LINE, Json, TurnedDown, Wire


class Visitor:
    """One connection: it says who it is first, the bot, people, or one person."""

    def __init__(self, team: Team, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._team = team
        self._calls: BotCalls | PeopleCalls | PersonCalls | None = None
        self._wire = Wire(reader, writer, serve=self._serve)

    async def run(self) -> None:
        try:
            await self._wire.run()
        finally:
            self._team.forget(self._tell)
            self._team.forget(self._wire.tell)
            if self._team.bot is self._wire:
                self._team.bot = None

    async def _serve(self, op: str, what: Json) -> Json:
        if op == "hello":
            return self._hello(**what)
        if self._calls is None:
            raise TurnedDown("say_hello_first")
        return await self._calls.serve(op, what)

    def _hello(self, role: str, person: str = "") -> Json:
        if self._calls is not None:
            raise TurnedDown("hello_was_said")  # nobody becomes somebody else
        match role:
            case "bot" if self._team.is_down:
                raise TurnedDown("down")
            case "bot":
                if self._team.bot is not None:
                    self._team.bot.close()  # the newest is the bot
                self._team.bot = self._wire
                self._calls = BotCalls(self._team)
                return {"workspace": WORKSPACE, "hands": self._team.state.hands.as_json()}
            case "people":
                self._calls = PeopleCalls(self._team)
                return {"events": self._team.watch(self._tell)}
            case "person":
                one = self._team.person(person)
                if not one.reads:
                    raise TurnedDown("account_closed")
                self._calls = PersonCalls(self._team, one.id)
                return self._team.watch_as(one, self._wire.tell)
            case _:
                raise TurnedDown("no_such_role")

    def _tell(self, event: Event) -> None:
        self._wire.tell({"event": event})


async def serve(
    socket: Path, file: Path, *, patience: float, listens: Callable[[], None], life: int | None = None
) -> None:
    """Runs the chat until SIGTERM, or until nobody writes to the file descriptor `life` any more."""
    catalogue = tomllib.loads((files("bot") / "locales" / "en.toml").read_text(encoding="utf-8"))
    team = Team(file, sentences=catalogue["playground"], patience=patience, machine=machine)

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Visitor(team, reader, writer).run()

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if life is not None:
        loop.add_reader(life, lambda: None if os.read(life, 1024) else stop.set())
    server = await asyncio.start_unix_server(visited, socket, limit=LONGEST_LINE)
    os.chmod(socket, 0o600)
    listens()
    try:
        await stop.wait()
    finally:
        server.close()
        team.close()


def _say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m adapters.playground.chat")
    words.add_argument("--socket", type=Path, required=True)
    words.add_argument("--file", type=Path, required=True)
    words.add_argument("--patience", type=float, default=10.0)
    words.add_argument("--while-read", action="store_true")
    given = words.parse_args()
    given.socket.unlink(missing_ok=True)  # of a chat that was killed
    try:
        life = sys.stdin.fileno() if given.while_read else None
        asyncio.run(serve(given.socket, given.file, patience=given.patience, listens=_say_ready, life=life))
    finally:
        given.socket.unlink(missing_ok=True)
