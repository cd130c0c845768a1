"""The warm parent on a platform whose double is reached over sockets: a round in which bot after bot is killed.

In every chapter of a run one bot dies, and the next finds the chat and the database as they were left. As a program
(`main`), one JSON line asks for the runs of a share, JSON lines answer.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.text import Texts
from coproduce.config import Settings
from tests.acceptance.killing import PATIENCE, compile_once, folder_in_memory
from tests.acceptance.killing_asked import answer, say
from tests.acceptance.killing_bot import Standby, stand_by
from tests.acceptance.killing_chapters import ROUNDS, KilledChat, Story, problems
from tests.acceptance.killing_crossings import Moment
from tests.acceptance.killing_life import AfarOrder, Count, Made, run
from tests.contract.made_before import made_before, storage_in
from tests.warming import settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One platform, as its bots are killed there."""

    chat: Callable[[Path], KilledChat]  # in a folder
    make: Made
    count: Count
    moments: Callable[[Sequence[Mapping[str, int]]], list[list[Moment]]]  # of each chapter's counts


class Parent:
    """To be made, and used, in a process without threads: it forks."""

    def __init__(self, killed: Killed) -> None:
        self._killed = killed
        compile_once()
        self._folder = folder_in_memory()
        self._texts = Texts.load()
        self._runs = 0
        # lives a whole round in this process: whatever is loaded late is loaded now
        self.problems = [*self.live([])["problems"]]
        settle()
        dry = self.live([None] * len(Story.CHAPTERS), is_counted=True)
        self.problems += dry["problems"]
        self.counts: Sequence[Mapping[str, int]] = dry["counts"]
        self.moments = killed.moments(self.counts)

    def runs(self) -> Iterator[list[Moment | None]]:
        """In each, the next moment of every chapter that has one left."""
        for number in range(max(map(len, self.moments))):
            yield [moments[number] if number < len(moments) else None for moments in self.moments]

    def live(self, moments: Sequence[Moment | None], *, is_counted: bool = False) -> dict[str, Any]:
        """A round, with the moment of each chapter at which the bot dies.

        The last bot lives in this process: one of its own would cost as much as half a round."""
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        made_before(folder)
        deaths = 1 if is_counted else sum(moment is not None for moment in moments)
        chat = self._killed.chat(folder)
        order = chat.reserve(
            lambda api_url: AfarOrder(
                settings=Settings(storage=storage_in(folder)),
                rounds=ROUNDS,
                texts=self._texts,
                folder=folder,
                live=run,
                api_url=api_url,
                make=self._killed.make,
                count=self._killed.count,
                parent=os.getpid(),
            )
        )
        _without_threads()
        waiting = [stand_by(order, None) for _ in range(deaths)] + ([] if is_counted else [Standby.here()])
        told: dict[str, Any] = {"problems": [], "deaths": [], "counts": []}
        try:
            asyncio.run(_lived(chat, waiting, moments, told, storage_in(folder).file))
        except Exception:
            told["problems"] = [traceback.format_exc()]
        finally:
            for each in waiting:
                each.end()
            shutil.rmtree(folder)
        return told

    def close(self) -> None:
        shutil.rmtree(self._folder)


def _without_threads() -> None:
    """A fork copies only the thread that forks."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(5)


async def _lived(
    chat: KilledChat,
    waiting: Sequence[Standby],
    moments: Sequence[Moment | None],
    told: dict[str, Any],
    database: Path,
) -> None:
    async with asyncio.timeout(PATIENCE):
        await chat.begin_with(waiting)
        try:
            story = Story(chat)
            for number, chapter in enumerate(story.chapters):
                if moments:
                    await chat.arm(moments[number])
                await chapter()
                told["counts"].append(dict(chat.bots.counts))
            told["problems"] = problems(chat, story, database)
            told["deaths"] = chat.bots.deaths
        finally:
            await chat.stop()


def main(killed: Killed) -> None:
    parent = Parent(killed)
    runs = list(parent.runs())
    total: dict[str, int] = {}
    for counts in parent.counts:
        total |= {call: total.get(call, 0) + count for call, count in counts.items()}
    kills = sum(map(len, parent.moments))
    say({"problems": parent.problems, "calls": total, "runs": len(runs), "kills": kills})
    try:
        answer(
            lambda asked: (
                {"asked": [str(moment) for moment in moments if moment], **parent.live(moments)}
                for moments in runs[asked["share"] :: asked["of"]]
            )
        )
    finally:
        parent.close()
