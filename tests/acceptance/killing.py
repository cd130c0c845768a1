"""The warm parent: it has loaded everything and played a round itself, and forks the processes of every run."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.text import Texts
from coproduce.config import Settings
from storage.migrations import migrate
from storage.seal import add_key
from storage.settings import StorageSettings
from tests.acceptance.killing_bot import Order, Standby, stand_by
from tests.acceptance.killing_chat import scene
from tests.acceptance.killing_checks import problems
from tests.acceptance.killing_crossings import Moment
from tests.acceptance.killing_story import ROUNDS, Round, Story

PATIENCE = 60.0
"""Seconds that a run may take before it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one run ended."""

    problems: Sequence[str]
    deaths: Sequence[str]  # when, in words
    counts: dict[str, int]  # calls of the last bot


class Parent:
    """Holds a database that was migrated once. To be made, and used, in a process without threads."""

    def __init__(self, story: Story) -> None:
        shared = Path("/dev/shm")
        self._folder = Path(tempfile.mkdtemp(prefix="kill-", dir=shared if os.access(shared, os.W_OK) else None))
        self._story = story
        self._texts = Texts.load()
        migrate(f"sqlite:///{self._folder / 'template.db'}")
        add_key(self._folder / "key")
        self._runs = 0

    def rehearse(self) -> Run:
        """A run in this process, in which nobody dies: whatever is loaded late is loaded now."""
        order = self._order()
        told = asyncio.run(self._live(order, [Standby.here()]))
        gc.collect()
        gc.freeze()  # what is here stays: no child needs to look through it
        return told

    def run(self, *moments: Moment) -> Run:
        """A run of its own process, whose first bot dies at the first moment, the second at the second …"""
        order = self._order()
        reads, writes = os.pipe()
        if child := os.fork():
            os.close(writes)
            try:
                return _result(reads)
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                shutil.rmtree(order.chat.parent)
        os.close(reads)
        try:
            waiting = [stand_by(order, moment) for moment in (*moments, None)]
            told = asyncio.run(self._live(order, waiting))
            os.write(writes, json.dumps(asdict(told)).encode())
        except BaseException:
            told = Run(problems=[traceback.format_exc()], deaths=[], counts={})
            os.write(writes, json.dumps(asdict(told)).encode())
        finally:
            os._exit(0)

    def close(self) -> None:
        shutil.rmtree(self._folder)

    def _order(self) -> Order:
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        shutil.copy(self._folder / "template.db", folder / "play.db")
        storage = StorageSettings(url=f"sqlite:///{folder / 'play.db'}", key_file=self._folder / "key")
        return Order(settings=Settings(storage=storage), rounds=ROUNDS, texts=self._texts, chat=folder / "s")

    async def _live(self, order: Order, waiting: Sequence[Standby]) -> Run:
        folder = order.chat.parent
        async with scene(order, waiting, folder, self._story.everybody) as here:
            promised = await Round(here, self._story).live()
            counts = here.bots.counts
        found = problems(here, self._story, promised, order.settings.storage.file)
        return Run(problems=found, deaths=here.bots.deaths, counts=dict(counts))


def _result(reads: int) -> Run:
    told = b""
    while select.select([reads], [], [], PATIENCE)[0]:
        if not (piece := os.read(reads, 1 << 16)):
            os.close(reads)
            return Run(**json.loads(told))
        told += piece
    os.close(reads)
    return Run(problems=[f"no end after {PATIENCE} seconds"], deaths=[], counts={})
