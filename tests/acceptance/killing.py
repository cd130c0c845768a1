"""The warm parent: it has loaded everything and lived a round itself; the bots of every run are forked from it."""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine

from bot.text import Texts
from coproduce.config import Settings
from storage.database import database
from storage.migrations import migrate
from storage.settings import StorageSettings
from storage.words.seal import add_key
from tests.acceptance.killing_bot import Order, Standby, run, stand_by
from tests.acceptance.killing_chat import scene
from tests.acceptance.killing_checks import problems
from tests.acceptance.killing_crossings import Moment
from tests.acceptance.killing_story import ROUNDS, Promised, Round, Story
from tests.warming import settle

PATIENCE = 60.0
"""Seconds that a run may take before it is given up."""

CHAPTERS = range(5)
DATABASE, KEY = "play.db", "play.key"


def folder_in_memory() -> Path:
    """A run writes for the file system's cache only, never for a disk."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="kill-", dir=shared if os.access(shared, os.W_OK) else None))


def compile_once() -> None:
    """Every process makes engines of its own; what our statements compile to is the same in all of them."""
    made: list[Engine] = []

    def engine(url: str, **more: Any) -> Engine:
        new = create_engine(url, **more)
        if made:
            new.dialect, new._compiled_cache = made[0].dialect, made[0]._compiled_cache
        else:
            made.append(new)
        return new

    vars(database)["create_engine"] = engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The bot hears no answer to every other call of the chat, from this one on. What it asked for was done, or not."""

    first: int
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A round at the beginning of a chapter: its database, what stands in the chat, and what people were promised."""

    folder: Path
    promised: Promised


@dataclass(slots=True, kw_only=True)
class Run:
    """How one run ended."""

    problems: Sequence[str] = ()
    deaths: Sequence[str] = ()  # in words
    counts: Mapping[str, int] = field(default_factory=dict)  # calls of the bot that lived to the end
    promised: Promised = field(default_factory=Promised)
    lost: int = 0  # answers of the chat


class Parent:
    """To be made, and used, in a process without threads: it forks."""

    def __init__(self, story: Story) -> None:
        compile_once()
        self._folder = folder_in_memory()
        self._texts = Texts.load()
        self._story = story
        self._runs = 0
        start = self._folder / "start"
        start.mkdir()
        add_key(start / KEY)
        migrate(f"sqlite:///{start / DATABASE}")
        self._stations = [Station(folder=start, promised=Promised())]
        self._warm_up()

    def _warm_up(self) -> None:
        """Lives a whole round in this process: whatever is loaded late is loaded now."""
        order = self._order(self._stations[0])
        self._live(self._stations[0], order, [Standby.here()], CHAPTERS)
        shutil.rmtree(order.folder)
        settle()

    def dry(self) -> Iterator[Run]:
        """A chapter at a time in which nobody dies; where each begins is kept for the runs."""
        assert len(self._stations) == 1, "once"
        for chapter in CHAPTERS:
            station = self._stations[-1]
            run = self._run(
                station, [None], None, range(chapter, chapter + 1), keep_in=self._folder / f"after-{chapter}"
            )
            self._stations.append(Station(folder=self._folder / f"after-{chapter}", promised=run.promised))
            yield run

    def run(self, chapter: int, *moments: Moment, lost: Lost | None = None) -> Run:
        """From the beginning of a chapter to the end. The first bot dies at the first moment, the second …

        The last, which does not die, lives in this process: a process of its own would cost as much as half a round."""
        return self._run(self._stations[chapter], moments, Standby.here(), range(chapter, CHAPTERS.stop), lost=lost)

    def whole(self) -> Run:
        """The whole round, in which nobody dies."""
        return self._run(self._stations[0], [None], None, CHAPTERS)

    def close(self) -> None:
        shutil.rmtree(self._folder)

    def _run(
        self,
        station: Station,
        moments: Sequence[Moment | None],
        last: Standby | None,
        chapters: range,
        *,
        lost: Lost | None = None,
        keep_in: Path | None = None,
    ) -> Run:
        order = self._order(station)
        waiting = [stand_by(order, moment) for moment in moments] + ([last] if last else [])
        try:
            return self._live(station, order, waiting, chapters, lost)
        finally:
            for each in waiting:
                each.end()
            if keep_in:
                order.folder.rename(keep_in)
            else:
                shutil.rmtree(order.folder)

    def _order(self, station: Station) -> Order:
        self._runs += 1
        folder = self._folder / str(self._runs)
        shutil.copytree(station.folder, folder)
        storage = StorageSettings(url=f"sqlite:///{folder / DATABASE}", key_file=folder / KEY)
        return Order(settings=Settings(storage=storage), rounds=ROUNDS, texts=self._texts, folder=folder, live=run)

    def _live(
        self, station: Station, order: Order, waiting: Sequence[Standby], chapters: range, lost: Lost | None = None
    ) -> Run:
        told = Run(promised=copy.deepcopy(station.promised))
        try:
            asyncio.run(self._lived(told, order, waiting, chapters, lost))
        except Exception:
            told.problems = [traceback.format_exc()]
        return told

    async def _lived(
        self, told: Run, order: Order, waiting: Sequence[Standby], chapters: range, lost: Lost | None
    ) -> None:
        async with asyncio.timeout(PATIENCE), scene(order, waiting, self._story.everybody) as here:
            told.deaths = here.bots.deaths
            if lost is not None:
                here.lose_answers(lost.first, is_done=lost.is_done)
            await Round(here, self._story, told.promised).live(chapters)
            told.counts = here.bots.counts
            told.lost = here.lost
        if chapters.stop == CHAPTERS.stop:
            told.problems = problems(here, self._story, told.promised, order.settings.storage.file)
