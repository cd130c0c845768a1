"""Starts the chat as a process of its own, and ends it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path


class ChatProcess:
    """A chat on `file`. Its socket has a short path (the system allows about 100 characters).

    It ends by itself when this process does, however that ends.
    """

    def __init__(self, file: Path, *, patience: float = 10.0) -> None:
        self._file = file
        self._patience = patience
        self._folder = tempfile.mkdtemp(prefix="chat-")
        self._process: Process | None = None

    @property
    def socket(self) -> str:
        return os.path.join(self._folder, "s")

    async def start(self) -> None:
        """Returns when it listens. Raises OSError where it does not come up."""
        words = ["--socket", self.socket, "--file", str(self._file), "--patience", str(self._patience)]
        module = ["-m", "adapters.playground.chat", *words, "--while-read"]
        # Ctrl-C in the terminal is for this process, which then ends the chat when all is told.
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *module, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        said = self._process.stdout
        if said is None or not await said.readline():
            raise OSError(f"the chat did not start: exit code {await self._process.wait()}")

    async def stop(self) -> None:
        await self._end(kill=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def kill(self) -> None:
        """At once, in the middle of whatever it does. `start` brings it back with its journal."""
        await self._end(kill=True)

    async def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if self._process.returncode is None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
        await self._process.communicate()
        self._process = None
