"""`coproduce play`: as a page, or without a screen, as a transcript of what everybody was shown."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from adapters.playground.playing import script as scripts
from adapters.playground.playing.director import Director, NotPlayed
from adapters.playground.playing.script import Problem, Script, ScriptWrong
from bot.errors import CoproduceError
from bot.messages import Fact, line
from bot.settings import RoundSettings
from bot.text import Texts
from coproduce.config import PlayOptions, Settings
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.memory import keep_private
from coproduce.playing import transcript
from coproduce.playing.browsers import can_open
from coproduce.playing.progress import Progress
from coproduce.playing.staging import FOLDER, Stage, staged
from coproduce.terminal import complain

EXAMPLE = Path(__file__).parent.parent / "examples" / "ward.toml"
"""Played where no script is named."""

SKIP_OVER = timedelta(minutes=1)
"""Gaps longer than this, in which nothing happens, are skipped."""

AFTER_THE_LAST = timedelta(seconds=5)
"""How long late replies are taken, beyond the last of the script, where it does not say."""


def play(settings: Settings, options: PlayOptions) -> int:
    """Opens the page. Without a browser it plays the script to its end: says on standard error how far it is, then what
    people saw. Returns the exit code.
    """
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
        if _is_for_a_page(options):
            from coproduce.playing.serving import serve

            return asyncio.run(serve(settings, options, script, texts))
        code = asyncio.run(perform(settings, options, script, texts))
        if code == DONE and not options.until_revealed:
            _say(texts, "no_browser")
        return code
    except CoproduceError as error:
        complain(texts.line(line(f"error.{error.code}", **error.facts)))
    except KeyboardInterrupt:
        complain("")
    return FAILED


def _is_for_a_page(options: PlayOptions) -> bool:
    """Else it is played as a transcript."""
    return options.no_open or (not options.until_revealed and can_open())


async def perform(
    settings: Settings, options: PlayOptions, script: Script, texts: Texts, *, skip_over: timedelta = SKIP_OVER
) -> int:
    """`skip_over`: longer gaps, in which nobody does anything, are skipped."""
    with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
        settings = replace(settings, rounds=_rounds(settings.rounds, script))
        async with staged(settings, options.db, texts, Path(folder)) as stage:
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
