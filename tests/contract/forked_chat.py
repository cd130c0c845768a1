"""The playground's chat in a process of its own, forked from a warm parent: a tenth of the time a new one takes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from adapters.playground.chat import serve

FORKS = multiprocessing.get_context("forkserver")
"""Forked from a process that has loaded everything and has no thread and no event loop."""

FORKS.set_forkserver_preload(["tests.contract.warm"])


def run_chat(socket: Path, file: Path, control: Connection) -> None:
    """Says `ready`; ends when the other end of `control` is closed."""
    listens = lambda: control.send("ready")  # noqa: E731
    asyncio.run(serve(socket, file, patience=10.0, listens=listens, life=control.fileno()))


class ForkedChat:
    """As `adapters.playground.process.ChatProcess`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folder = tempfile.mkdtemp(prefix="chat-")

    @property
    def socket(self) -> str:
        return os.path.join(self._folder, "s")

    async def start(self) -> None:
        self._control, theirs = FORKS.Pipe()
        self._process = FORKS.Process(target=run_chat, args=(Path(self.socket), self._file, theirs), daemon=True)
        self._process.start()
        theirs.close()
        await asyncio.to_thread(self._control.recv)

    async def stop(self) -> None:
        self._control.close()
        await asyncio.to_thread(self._process.join)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def kill(self) -> None:
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._control.close()
        os.unlink(self.socket)
