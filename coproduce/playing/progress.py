"""How far a played round is, on standard error while people write."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from adapters.playground.playing.director import Standing
from adapters.playground.playing.players import Players
from adapters.playground.playing.script import Script
from bot.messages import Fact, line
from bot.text import Texts
from coproduce.terminal import inert

EVERY = 1.0
"""Seconds between two looks at the countdown. Only a terminal shows it; a file gets a line for each change."""


class Progress:
    def __init__(self, script: Script, people: Players, texts: Texts) -> None:
        self._script = script
        self._people = people
        self._texts = texts
        self._standing: Standing | None = None
        self._refusals = 0
        self._is_live = sys.stderr.isatty()
        self._on_line = ""  # what stands on the line that is written over
        self._last = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._write(self._worded("setting_up", organiser=self._script.organiser))
        counting = asyncio.create_task(self._count())
        try:
            yield
        finally:
            counting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await counting
            self.end()

    def changed(self, standing: Standing) -> None:
        """Somebody has done something."""
        if self._standing is None:
            organiser, closes_in = self._script.organiser, self._script.closes_in
            self._write(self._worded("asked", organiser=organiser, count=standing.of, closes_in=closes_in))
        self._standing = standing
        for name, why in standing.refused[self._refusals :]:
            if why:
                self._write(self._worded("refused", name=name, why=why))
        self._refusals = len(standing.refused)
        self._show()

    def revealing(self) -> None:
        """Everybody has done what the script says."""
        self._show()

    def end(self) -> None:
        """Leaves the last line standing."""
        if self._on_line:
            sys.stderr.write("\n")
            self._on_line = ""
        sys.stderr.flush()

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self._show()

    def _show(self) -> None:
        """The one line that says where the round stands now."""
        standing = self._standing
        if standing is None or standing.closes_at is None:
            return
        left = standing.closes_at - self._people.state.hands.now(datetime.now(UTC))
        facts = {"replied": len(standing.replied), "count": standing.of}
        if any(shown.kind == "headline" for shown in self._people.state.shown):
            text = self._worded("revealing")
        elif left > timedelta():
            shown_left = timedelta(seconds=max(1, round(left.total_seconds())))
            text = self._worded("writing", **facts, left=shown_left)
        else:
            text = self._worded("closing", **facts)
        self._put(text)

    def _put(self, text: str) -> None:
        if not self._is_live:
            # without the countdown, which changes every second
            known = text.rsplit(".", 1)[0]
            if known != self._last:
                self._last = known
                self._write(text)
            return
        sys.stderr.write(f"\r\x1b[K{inert(text)}")
        sys.stderr.flush()
        self._on_line = text

    def _write(self, text: str) -> None:
        if self._on_line:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(f"{inert(text)}\n")
        if self._on_line:
            sys.stderr.write(self._on_line)
        sys.stderr.flush()

    def _worded(self, key: str, **facts: Fact) -> str:
        return self._texts.line(line(f"play.{key}", **facts))
