"""What one person may do, and nobody in their name but them. A page of theirs can do nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict

from adapters.html.shapes import Paragraph, of_json
from adapters.playground.chat.presses import Presses
from adapters.playground.chat.state import Entry, Kind, Person, entry_json
from adapters.playground.chat.team import LONGEST_MESSAGE, Team, token
from adapters.playground.chat.wire import Json, TurnedDown

_Given = dict[str, str | dict[str, list[str]]]
"""What may come with a call: texts, and the boxes of a form."""


class PersonCalls:
    def __init__(self, team: Team, person: str) -> None:
        self._team = team
        self._person = person
        self._presses = Presses(team, marks_suffice=True)
        self._ops: Mapping[str, Callable[..., Json | Awaitable[Json]]] = {
            "command": self._command,
            "press": self._press,
            "fill": self._fill,
            "keep": self._keep,
            "leave": lambda: self._presses.leave(self._me),
            "type": lambda text: self._presses.type(self._me, text),
            "say": self._say,
            "form": lambda: self._presses.form(self._me),
            "file": self._file,
        }

    async def serve(self, op: str, what: Json) -> Json:
        if op not in self._ops:
            raise TurnedDown("no_such_op", op=op)
        try:
            inspect.signature(self._ops[op]).bind(**what)
            of_json(_Given, what)
        except (TypeError, ValueError):
            raise TurnedDown("bad_call", op=op) from None
        answer: Json | Awaitable[Json] = self._ops[op](**what)
        return await answer if inspect.isawaitable(answer) else answer

    @property
    def _me(self) -> Person:
        """As they are now. Raises TurnedDown."""
        me = self._team.person(self._person)
        if not me.reads:
            raise TurnedDown("account_closed")
        return me

    async def _command(self, text: str, channel: str = "") -> Json:
        return await self._presses.command(self._me, text, self._mine(channel))

    async def _press(self, control: str, channel: str = "") -> Json:
        return await self._presses.press(self._me, control, self._mine(channel))

    async def _fill(self, fields: dict[str, list[str]], form: str) -> Json:
        return await self._presses.fill(self._me, fields, form)

    async def _keep(self, fields: dict[str, list[str]], form: str) -> Json:
        return await self._presses.keep(self._me, fields, form)

    def _say(self, channel: str, text: str, thread: str = "") -> Json:
        """To everybody in a channel. The bot hears nothing of it, as on the platforms that this chat stands in for."""
        me, place = self._me, self._mine(channel)
        if self._team.state.channels[place].is_archived:
            raise TurnedDown("rejected", reason="archived")
        if not text.strip():
            raise TurnedDown("rejected", reason="no_text")
        if len(text) > LONGEST_MESSAGE:
            raise TurnedDown("rejected", reason="too_long")
        entry = Entry(
            id=f"M{token()}",
            at=self._team.now,
            kind=Kind.MESSAGE,
            paragraphs=(Paragraph(pieces=(text,), is_theirs=True),),
            channel=place,
            author=me.id,
            thread=self._root(thread, place) if thread else None,
        )
        self._team.record({"what": "entry", "entry": entry_json(entry)})
        return {"entry": entry_json(entry)}

    def _file(self, id: str) -> Json:
        state = self._team.state
        if not any(id in entry.files for entry in state.standing_for(self._me.id)) or id not in state.uploads:
            raise TurnedDown("no_such_file")
        return {**asdict(state.uploads[id]), "size": state.uploads[id].size}

    def _mine(self, channel: str) -> str:
        """A channel that they read, or none."""
        if channel and not self._team.state.may_read(self._person, channel):
            raise TurnedDown("no_such_channel")
        return channel

    def _root(self, thread: str, channel: str) -> str:
        """A thread begins with what is itself in none."""
        entry = self._team.state.entries.get(thread)
        if entry is None or entry.channel != channel or entry.person is not None:
            raise TurnedDown("no_such_entry")
        return entry.thread or entry.id
