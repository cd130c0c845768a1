"""A connection between two programs: requests and notifications both ways, one JSON object per line."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

Json = dict[str, Any]

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes. A report of a thousand voices travels as one line."""

AGAIN = 0.2
"""Seconds between two tries to reach the chat. It is on this machine."""

Serve = Callable[[str, Json], Awaitable[Json]]
Hear = Callable[[Json], None]


class WireError(Exception):
    """How a request can fail."""


class Cut(WireError):
    """The connection ended before an answer came."""


class TurnedDown(WireError):
    """The other side answered no. `facts` say more."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


async def _serve_nothing(op: str, what: Json) -> Json:
    raise TurnedDown("no_such_op", op=op, given=sorted(what))


def _hear_nothing(told: Json) -> None:
    del told


class Wire:
    """One end. `serve` answers requests of the other side concurrently; `hear` takes its notifications in order."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        serve: Serve = _serve_nothing,
        hear: Hear = _hear_nothing,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._serve = serve
        self._hear = hear
        self._asked: dict[int, asyncio.Future[Json]] = {}
        self._count = 0
        self._at_work: set[asyncio.Task[None]] = set()
        self.is_open = True

    async def ask(self, op: str, **what: Any) -> Json:
        """Raises Cut, TurnedDown."""
        if not self.is_open:
            raise Cut
        self._count += 1
        number = self._count
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self._send({"ask": op, "n": number, "what": what})
            return await answer
        finally:
            self._asked.pop(number, None)

    def tell(self, told: Json) -> None:
        """Sends a notification; does nothing if the connection is closed."""
        if self.is_open:
            self._send({"tell": told})

    async def run(self) -> None:
        """Reads until the connection ends, then fails all pending requests with Cut."""
        try:
            while line := await self._reader.readline():
                if not line.endswith(b"\n"):
                    break
                self._take(json.loads(line))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.close()

    async def finish(self) -> None:
        """Waits for the requests of the other side that are in flight."""
        while self._at_work:
            await asyncio.wait(self._at_work)

    def close(self) -> None:
        """Requests being served go on; only their answers are lost."""
        if not self.is_open:
            return
        self.is_open = False
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Cut())
                answer.exception()  # nobody may be waiting any more
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            self._writer.close()

    def _take(self, message: Json) -> None:
        if "ask" in message:
            task = asyncio.ensure_future(self._answer(message["ask"], message["n"], message["what"]))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        elif "tell" in message:
            self._hear(message["tell"])
        else:
            answer = self._asked.get(message["n"])
            if answer is None or answer.done():
                return
            if "no" in message:
                answer.set_exception(TurnedDown(message["no"], **message["facts"]))
            else:
                answer.set_result(message["yes"])

    async def _answer(self, op: str, number: int, what: Json) -> None:
        try:
            answer: Json = {"n": number, "yes": await self._serve(op, what)}
        except TurnedDown as no:
            answer = {"n": number, "no": no.code, "facts": no.facts}
        if self.is_open:
            self._send(answer)

    def _send(self, message: Json) -> None:
        self._writer.write(as_line(message))


def as_line(message: object) -> bytes:
    """JSON and a newline. A lone surrogate is no text, but somebody may type one, and it must travel."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


async def connect(socket: str, *, serve: Serve = _serve_nothing, hear: Hear = _hear_nothing) -> Wire:
    """Raises OSError where nobody listens. The caller runs the wire."""
    reader, writer = await asyncio.open_unix_connection(socket, limit=LONGEST_LINE)
    return Wire(reader, writer, serve=serve, hear=hear)
