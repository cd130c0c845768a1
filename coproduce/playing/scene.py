"""The round that the page opens in: people of a script over the days of a real round, one of whom is left to you."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from adapters.playground.chat.wire import WireError
from adapters.playground.playing.director import Director, NotPlayed
from adapters.playground.playing.players import Players
from adapters.playground.playing.script import Player, Script
from adapters.playground.playing.stretched import days_of, stretched
from bot.errors import where
from coproduce.playing.moments import Moments
from coproduce.playing.notes import Notes
from coproduce.playing.staging import Stage

log = structlog.get_logger(__name__)

LOOKED_AT = 0.8
"""Of the time of a round that is over before the day on which one would look at it."""

SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Scene:
    """`you`: whom the page is opened as. They do nothing by the script; half an answer of theirs is written."""

    def __init__(self, script: Script, notes: Notes, now: datetime) -> None:
        opens_at, self.looked_at, closes_at = days_of(now, script.time_zone)
        self.opens_at = datetime.fromisoformat(notes.opened_at) if notes.is_ready else opens_at
        self.script = stretched(script, self.opens_at, self.opens_at + (closes_at - opens_at))
        if self.looked_at >= self.opens_at + self.script.closes_in:  # its own length is shorter
            self.looked_at = self.opens_at + self.script.closes_in * LOOKED_AT
        self.you = _you(self.script)
        self.notes = notes
        self._writing: asyncio.Task[None] | None = None

    async def set_clock(self, people: Players) -> None:
        """Before the bot is there. A clock that ran when everything ended did not run since."""
        if not self.notes.is_ready:
            self.notes.save()  # from here on what is there was made by the page
            await people.stop_clock(self.opens_at)
        elif people.state.hands.is_running:
            newest = max((entry.at for entry in people.state.entries.values()), default=self.opens_at)
            await people.stop_clock(max(self.notes.shown(), newest))
        else:
            await people.stop_clock()

    async def begin(self, stage: Stage, moments: Moments) -> None:
        """Returns when the round is as one finds it; people of the script act from here on, as the clock goes.

        Raises NotPlayed, TimeoutError.
        """
        others = [replace(one, deeds=()) if one is self.you else one for one in self.script.players]
        cast = replace(self.script, players=tuple(others))
        director = Director(stage.people, cast, moments, is_leaping=True, did=self._did)
        if self.notes.is_ready:
            director.resume(self.notes.code, self.opens_at, self.notes.done)
            self._writing = asyncio.create_task(self._let_them_write(director, moments))
            return
        await director.gather_people()
        await director.open(runs_on=False)
        self._writing = asyncio.create_task(self._let_them_write(director, moments))
        await moments.go(self.looked_at)
        await _write_half(stage.people, self.you, director.code)
        await stage.bot.idle()
        self.notes.code, self.notes.opened_at = director.code, self.opens_at.isoformat()
        self.notes.clock = stage.clock.now().isoformat()
        self.notes.save()

    async def end(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _let_them_write(self, director: Director, moments: Moments) -> None:
        """Whatever becomes of them: the page goes on."""
        try:
            await director.let_them_write()
        except (NotPlayed, TimeoutError, WireError) as error:
            log.error("script_ended", error=where(error))
        finally:
            moments.over()

    def _did(self, name: str) -> None:
        self.notes.done[name] = self.notes.done.get(name, 0) + 1
        if self.notes.is_ready:
            self.notes.save()


def _you(script: Script) -> Player:
    """The first of the front line who writes something; else the first who does."""
    writing = [one for one in script.players if any(deed.boxes for deed in one.deeds)] or list(script.players)
    return next((one for one in writing if one.group == "frontline"), writing[0])


async def _write_half(people: Players, you: Player, code: str) -> None:
    words: Mapping[str, str] = next((deed.boxes for deed in you.deeds if deed.boxes), {})
    if half := half_of(words.get("personal", "")):
        await people.press(you.name, f"coproduce:answer:{code}")
        await people.keep(you.name, {"personal": half})
        await people.leave(you.name)


def half_of(words: str) -> str:
    """The first half of the sentences; of one sentence, half of its words."""
    sentences = SENTENCE.split(words)
    if len(sentences) > 1:
        return " ".join(sentences[: len(sentences) // 2])
    parts = words.split()
    return " ".join(parts[: len(parts) // 2])
