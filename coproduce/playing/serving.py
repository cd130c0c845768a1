"""Serves the playground as a page on this machine, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import tempfile
import threading
import webbrowser
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.playground.chat.team import LONGEST_MESSAGE
from adapters.playground.page.server import PageServer
from adapters.playground.playing.director import NotPlayed
from adapters.playground.playing.script import Script
from bot.errors import AlreadyRunning, CannotListen
from bot.messages import Fact, Pace, line
from bot.text import Texts
from coproduce.config import PlayOptions, Settings
from coproduce.exits import DONE, FAILED, WRONG
from coproduce.playing.desk import PlayDesk
from coproduce.playing.moments import Moments
from coproduce.playing.notes import NOTES, Notes, notes_beside, notes_of, read_notes
from coproduce.playing.scene import Scene
from coproduce.playing.staging import DATABASE, FOLDER, Stage, journal_beside, staged
from coproduce.terminal import complain, say
from coproduce.web import listening
from storage.database.lock import Lock

HOST = "127.0.0.1"

BETWEEN_POSTS = 0.4
"""Seconds, so that a reveal arrives message by message."""


async def serve(settings: Settings, options: PlayOptions, script: Script, texts: Texts) -> int:
    """Until SIGTERM or SIGINT: then it ends at once, whatever pages are open. Returns the exit code."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    serving = asyncio.create_task(_Serving(settings, options, script, texts).run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if serving.done():
        return serving.result()
    serving.cancel()
    await asyncio.wait({serving})
    return DONE


class _Serving:
    def __init__(self, settings: Settings, options: PlayOptions, script: Script, texts: Texts) -> None:
        self._settings = settings
        self._options = options
        self._script = script
        self._texts = texts

    async def run(self) -> int:
        """Raises CoproduceError."""
        if not self._is_free():
            return FAILED
        with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
            db = self._options.db
            notes = notes_of(db) if db else read_notes(Path(folder) / NOTES)
            if not self._goes_on(notes):
                return WRONG
            try:
                return await self._play(notes, Path(folder))
            except AlreadyRunning:
                self._complain("beside_db", address=notes.address)
            except CannotListen as error:
                self._complain("port_taken", port=str(self._options.port), reason=str(error.facts["reason"]))
            except (NotPlayed, TimeoutError) as error:
                self._complain("stuck", why=error.why if isinstance(error, NotPlayed) else "")
        return FAILED

    def _goes_on(self, notes: Notes) -> bool:
        """What is kept must be a playground of this script. One that was never ready is begun anew."""
        db, told = self._options.db, " ".join((self._script.service, *(one.name for one in self._script.players)))
        if db is not None and db.exists() and not notes.is_known:
            self._complain("not_ours", file=str(db))
            return False
        if notes.is_ready and notes.script != told:
            self._complain("other_script", file=str(db))
            return False
        if db is not None and notes.is_ready and not journal_beside(db).exists():
            self._complain("chat_missing", file=str(db), chat=str(journal_beside(db)))
            return False
        notes.script = told
        return True

    async def _play(self, notes: Notes, folder: Path) -> int:
        db = self._options.db
        scene = Scene(self._script, notes, datetime.now(UTC))
        rounds = replace(self._settings.rounds, largest=max(self._settings.rounds.largest, len(self._script.players)))
        pace = Pace(longest_message=LONGEST_MESSAGE, seconds_between_posts_in_one_conversation=BETWEEN_POSTS)
        staging = staged(
            replace(self._settings, rounds=rounds),
            db,
            self._texts,
            folder,
            pace=pace,
            anew=not notes.is_ready,
            before=scene.set_clock,
        )
        async with staging as stage, AsyncExitStack() as ends:
            moments = Moments(stage)
            ends.push_async_callback(scene.end)
            await scene.begin(stage, moments)
            await self._open(stage, scene, moments, ends)
            await asyncio.Event().wait()
        return DONE

    async def _open(self, stage: Stage, scene: Scene, moments: Moments, ends: AsyncExitStack) -> None:
        """The page is there when this returns."""
        desk = PlayDesk(stage, scene, moments)
        await ends.enter_async_context(desk.watching())
        page = PageServer(stage.socket, self._texts, desk, scene.notes.token)
        await page.start()
        server = await listening(
            page.routes(), HOST, self._options.port, middlewares=page.guards(), streams=page.STREAMS
        )
        ends.push_async_callback(server.cleanup)
        ends.push_async_callback(page.stop)
        port = server.server.sockets[0].getsockname()[1]
        scene.notes.address = page.address(port)
        scene.notes.save()
        self._say("page", address=scene.notes.address, name=scene.you.name)
        if self._options.db is None:
            self._say("not_kept")
        if not self._options.no_open:
            # every user of this machine can read the command line of the browser: the token is not for it
            self._show(page.address_once(port))

    def _show(self, address: str) -> None:
        """In a browser. Some come back only when they are closed: nothing waits for that."""
        loop = asyncio.get_running_loop()

        def show() -> None:
            with suppress(RuntimeError):  # the loop has ended by then
                if webbrowser.open(address):
                    return
                loop.call_soon_threadsafe(self._say, "open_it")

        threading.Thread(target=show, daemon=True).start()

    def _is_free(self) -> bool:
        """Asked first: what comes before the page takes seconds."""
        port = self._options.port
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HOST, port))
                return True
            except OSError as error:
                reason = os.strerror(error.errno or 0)
        db = self._options.db
        if address := _address_on(db) if db else _address_at(port):
            self._complain("beside_db" if db else "beside", address=address)
        else:
            self._complain("port_taken", port=str(port), reason=reason)
        return False

    def _say(self, key: str, **facts: Fact) -> None:
        say(self._texts.line(line(f"play.{key}", **facts)))

    def _complain(self, key: str, **facts: Fact) -> None:
        complain(self._texts.line(line(f"play.{key}", **facts)))


def _address_on(db: Path) -> str:
    """Of the playground that runs on this file; empty: none does."""
    return read_notes(notes_beside(db)).address if _runs(db) else ""


def _address_at(port: int) -> str:
    """Of a playground of ours that is kept in no file and has that port; empty: none is known."""
    for file in Path(tempfile.gettempdir()).glob(f"{FOLDER}*/{NOTES}"):
        try:
            is_ours = file.stat().st_uid == os.getuid()
        except OSError:
            continue
        address = read_notes(file).address if is_ours else ""
        if f":{port}/" in address and _runs(file.with_name(DATABASE)):
            return address
    return ""


def _runs(database: Path) -> bool:
    """One that was killed left its notes behind."""
    held = Lock(database)
    try:
        held.share()
    except AlreadyRunning:
        return True
    held.free()
    return False
