"""The playground without a screen: a chat in a process of its own, the bot in this one, and a script's people."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters.playground.chat.process import ChatProcess
from adapters.playground.clock import MovableClock
from adapters.playground.link import Link
from adapters.playground.listeners import Listeners
from adapters.playground.platform import NAME, PlaygroundPlatform
from adapters.playground.playing import script as scripts
from adapters.playground.playing.director import Director, NotPlayed
from adapters.playground.playing.players import Players
from adapters.playground.playing.script import Problem, Script, ScriptWrong
from bot.errors import CoproduceError
from bot.messages import Fact, line
from bot.settings import RoundSettings
from bot.text import Texts
from coproduce import transcript
from coproduce.app import Bot, lock, open_storage
from coproduce.config import PlayOptions, Settings
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.memory import keep_private
from coproduce.progress import Progress
from coproduce.terminal import complain
from storage.settings import url_of

EXAMPLE = Path(__file__).parent.parent / "examples" / "ward.toml"
"""Played where no script is named."""

SKIP_OVER = timedelta(minutes=1)
"""Gaps longer than this, in which nothing happens, are skipped."""

AFTER_THE_LAST = timedelta(seconds=5)
"""How long late replies are taken, beyond the last of the script, where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that a played round needs."""

    bot: Bot
    people: Players
    clock: MovableClock


def play(settings: Settings, options: PlayOptions) -> int:
    """Plays a script to its end: says how far it is on standard error, then what people saw. Returns the exit code."""
    keep_private()
    texts = Texts.load()
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(encoding="utf-8", errors="backslashreplace")
    file = options.script or EXAMPLE
    if options.script is None and not file.exists():
        _say(texts, "needs_script")
        return WRONG
    try:
        script = scripts.read(file)
    except ScriptWrong as wrong:
        for problem in wrong.problems:
            complain(_sentence(problem, texts))
        return WRONG
    try:
        return asyncio.run(perform(settings, options, script, texts))
    except CoproduceError as error:
        complain(texts.line(line(f"error.{error.code}", **error.facts)))
    except KeyboardInterrupt:
        complain("")
    return FAILED


async def perform(
    settings: Settings, options: PlayOptions, script: Script, texts: Texts, *, skip_over: timedelta = SKIP_OVER
) -> int:
    """`skip_over`: longer gaps, in which nobody does anything, are skipped."""
    with tempfile.TemporaryDirectory(prefix="coproduce-") as folder:
        async with staged(settings, options, script, texts, Path(folder)) as stage:
            before = len(stage.people.state.shown)
            progress = Progress(script, stage.people, texts)
            async with progress.running():
                passing = _Passing(stage, skip_over)
                director = Director(stage.people, script, passing, progress.changed, is_leaping=not skip_over)
                try:
                    await director.play()
                    progress.revealing()
                    await _see_it_out(stage, script, passing)
                except (NotPlayed, TimeoutError) as error:
                    progress.end()
                    why = error.why if isinstance(error, NotPlayed) else ""
                    _say(texts, "stuck", why=why)
                    return FAILED
            shown = stage.people.state.shown[before:]
            if options.json:
                transcript.as_json(shown, stage.people.state, sys.stdout)
            else:
                transcript.as_read(shown, stage.people.state, texts, sys.stdout)
    return DONE


@asynccontextmanager
async def staged(
    settings: Settings, options: PlayOptions, script: Script, texts: Texts, folder: Path
) -> AsyncIterator[Stage]:
    """Chat, bot and people, connected; all of it ends with the block."""
    settings = replace(_kept_in(settings, options.db, folder), rounds=_rounds(settings.rounds, script))
    chat = ChatProcess(options.db.with_suffix(".chat.jsonl") if options.db else folder / "chat.jsonl")
    await chat.start()
    clock = MovableClock()
    link = Link(chat.socket, clock)
    platform = PlaygroundPlatform(link, texts)
    try:
        with lock(settings):
            kept = await open_storage(settings, clock.now())
            try:
                await link.start()
                bot = Bot(kept, {NAME: platform}, clock, texts, rounds=settings.rounds, delivery=settings.delivery)
                await bot.start()
                listeners = Listeners(link, platform, bot.service, texts, clock)
                listeners.start()
                people = await Players.connect(chat.socket)
                try:
                    yield Stage(bot=bot, people=people, clock=clock)
                finally:
                    await people.close()
                    await listeners.stop()
                    await bot.stop()
            finally:
                await link.stop()
                await kept.close()
    finally:
        await chat.stop()


def _kept_in(settings: Settings, db: Path | None, folder: Path) -> Settings:
    """In a folder that goes with the play, key and all, unless a file is named."""
    update: dict[str, object] = {"url": url_of(db or folder / "play.db")}
    if db is None:
        update["key_file"] = folder / "play.key"
    storage = settings.storage.model_copy(update=update)
    return replace(settings, storage=storage, key=settings.key if db else None)


def _rounds(settings: RoundSettings, script: Script) -> RoundSettings:
    """A script may be as quick and as large as it likes."""
    late_for = script.late_for or max(script.last_at - script.closes_in, timedelta()) + AFTER_THE_LAST
    return replace(
        settings,
        shortest=timedelta(seconds=1),
        largest=max(settings.largest, len(script.players)),
        late_for=late_for,
        quiet_hours=None,
    )


async def _see_it_out(stage: Stage, script: Script, passing: _Passing) -> None:
    """Until the reveal stands, or the end of the round where late replies come out then; then delivers what is owed."""
    while (next_at := await stage.bot.idle()) is not None and _is_something_to_come(stage, script):
        await passing.until(next_at)
    while (sends_at := await stage.bot.delivered()) is not None:
        # edits of a card are debounced: the last one is due some seconds after the reveal; nobody need wait for it
        await stage.people.advance(max(sends_at - stage.clock.now(), timedelta()))
    await stage.people.now()  # what the chat told until here has been heard


def _is_something_to_come(stage: Stage, script: Script) -> bool:
    """The reveal; then only late replies, which come out when the round ends."""
    kinds = {shown.kind for shown in stage.people.state.shown}
    return script.has_late_ones or not kinds & {"headline_done", "called_off"}


class _Passing:
    """Time as it passes for people who look on: in seconds it is waited for, long gaps are skipped."""

    def __init__(self, stage: Stage, skip_over: timedelta) -> None:
        self._stage = stage
        self._skip_over = skip_over

    async def until(self, at: datetime) -> None:
        clock = self._stage.clock
        while (left := at - clock.now()) > timedelta():
            if left <= self._skip_over:
                await asyncio.sleep(left.total_seconds())
                continue
            next_at = await self._stage.bot.idle()
            target = min(at, next_at) if next_at else at
            await self._stage.people.advance(max(target - clock.now(), timedelta()))


def _say(texts: Texts, key: str, **facts: Fact) -> None:
    complain(texts.line(line(f"play.{key}", **facts)))


def _sentence(problem: Problem, texts: Texts) -> str:
    facts = {"file": str(problem.file), "where": problem.key, "problem": texts.line(problem.line)}
    return texts.line(line("play.problem" if problem.key else "play.problem_of_file", **facts))
