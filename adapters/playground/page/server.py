"""The page of the playground: its routes, and one pair of eyes for each person whose page is open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web
from aiohttp.typedefs import Middleware

from adapters.playground.chat.wire import Cut, TurnedDown
from adapters.playground.page import shared_files
from adapters.playground.page.desk import Desk, Move
from adapters.playground.page.drawing import Drawing, stopped
from adapters.playground.page.eyes import Eyes
from adapters.playground.page.guards import TOKEN, Guard, dress
from adapters.playground.page.posts import Malformed, Posts, sent
from adapters.playground.page.seen import INBOX, Sight, href
from adapters.playground.page.statics import Static
from adapters.playground.page.stream import Panel, Stream, entry_event
from bot.errors import where
from bot.messages import line
from bot.text import Texts

log = logging.getLogger(__name__)

EVENTS = "events"
OPS = ("command", "press", "fill", "keep", "leave", "type", "say")

MOVED_WITHIN = 8.0
"""Seconds that a press on the clock waits; then it goes on without the page's waiting."""

LONGEST_SEARCH = 1_000
"""Characters that are searched for in what the server holds."""


class PageServer:
    """Its routes need `guards` before them. `start` before they are served; `stop` before the server is."""

    STREAMS = frozenset({EVENTS})
    """Names of the routes whose answers have no end."""

    def __init__(self, socket: str, texts: Texts, desk: Desk, token: str) -> None:
        self._socket = socket
        self._texts = texts
        self._desk = desk
        self._token = token
        self._guard = Guard(token=token, refuse=self._refused)
        self._static = Static.read()
        self._eyes: dict[str, Eyes] = {}
        self._opening = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._streams: set[Stream] = set()
        self._moves: set[asyncio.Task[bool]] = set()

    def guards(self) -> tuple[Middleware, ...]:
        return self._guard.middlewares()

    def routes(self) -> list[web.RouteDef]:
        mine = "/as/{person}"
        return [
            web.get("/", self._enter),
            web.get(mine, self._page),
            web.get(f"{mine}/events", self._events, name=EVENTS, allow_head=False),
            web.get(f"{mine}/standing", self._standing),
            *(web.post(f"{mine}/{op}", self._does(op)) for op in OPS),
            web.get(f"{mine}/files/{{id}}/{{name}}", self._file),
            web.get("/held", self._held),
            web.get("/due", self._due),
            web.get("/steps", self._steps),
            web.post("/clock", self._clock),
            web.get("/static/{version}/{name}", self._static.serve),
        ]

    def address(self, port: int) -> str:
        """Of the first visit."""
        return f"http://127.0.0.1:{port}/?{TOKEN}={self._token}"

    def address_once(self, port: int) -> str:
        """Of one visit, to start a browser with: other users of the machine can see with what a program is started."""
        return f"http://127.0.0.1:{port}/?{TOKEN}={self._guard.ticket()}"

    async def start(self) -> None:
        self._desk.watch(self._changed)

    async def stop(self) -> None:
        """All open streams end at once."""
        self._stopping.set()
        for stream in self._streams:
            stream.bell.set()
        for moving in self._moves:
            moving.cancel()
        await asyncio.gather(*self._moves, return_exceptions=True)
        await asyncio.gather(*(eyes.stop() for eyes in self._eyes.values()))

    # pages

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPSeeOther(href(self._desk.first))

    async def _page(self, request: web.Request) -> web.Response:
        drawing = await self._drawing(request)
        me = drawing.sight.me.id
        self._desk.was_here(me)
        guide, due = await self._desk.guide(me), await self._desk.due(me)
        chosen = self._chosen(drawing.sight, request.query.get("place", ""))
        return _html(drawing.page(chosen, guide, self._desk.clock(), due))

    async def _standing(self, request: web.Request) -> web.Response:
        """All that stands there, as the events would bring it."""
        drawing = await self._drawing(request)
        sight = drawing.sight
        seen = [one for root in sight.roots() for one in (replace(root, replies=()), *root.replies)]
        entries = [entry_event(drawing, one, is_edit=False) for one in seen]
        form = drawing.dialog(sight.eyes.form) or None
        return web.json_response({"number": sight.eyes.number, "entries": entries, "form": form})

    async def _file(self, request: web.Request) -> web.Response:
        eyes = await self._seen_by(request)
        try:
            return shared_files.served(await eyes.ask("file", id=request.match_info["id"]))
        except TurnedDown as no:
            raise (web.HTTPServiceUnavailable if no.code == "down" else web.HTTPNotFound) from None
        except Cut:
            raise web.HTTPServiceUnavailable from None

    async def _held(self, request: web.Request) -> web.Response:
        words = request.query.get("words", "")[:LONGEST_SEARCH]
        drawing = await self._drawing(request, request.query.get("person") or self._desk.first)
        return _html(drawing.held(await self._desk.held(words), words))

    async def _due(self, request: web.Request) -> web.Response:
        drawing = await self._drawing(request, request.query.get("person") or self._desk.first)
        return _html(drawing.due(await self._desk.due(drawing.sight.me.id)))

    async def _steps(self, request: web.Request) -> web.Response:
        drawing = await self._drawing(request, request.query.get("person") or self._desk.first)
        return _html(drawing.steps(await self._desk.guide(drawing.sight.me.id)))

    # what people do

    def _does(self, op: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def does(request: web.Request) -> web.Response:
            drawing = await self._drawing(request)
            try:
                told = await Posts(drawing.sight.eyes, drawing).do(op, await sent(request))
            except Malformed:
                return self._refused(request, 400, "malformed")
            return web.json_response(told)

        return does

    async def _clock(self, request: web.Request) -> web.Response:
        try:
            ((name, do),) = await sent(request)
            move = Move(do) if name == "do" else None
        except (Malformed, ValueError):
            move = None
        if move is None:
            return self._refused(request, 400, "malformed")
        moving = asyncio.create_task(self._moved(move))
        self._moves.add(moving)
        moving.add_done_callback(self._moves.discard)
        done, _ = await asyncio.wait({moving}, timeout=MOVED_WITHIN)
        has_failed = any(one.result() is False for one in done)
        error = self._texts.line(line("playground.refused.clock")) if has_failed else None
        return web.json_response({"form": None, "entry": None, "error": error})

    async def _moved(self, move: Move) -> bool:
        try:
            await self._desk.move(move)
        except Exception as error:
            log.warning("clock_not_moved", extra={"error": where(error)})
            return False
        return True

    # the stream

    async def _events(self, request: web.Request) -> web.StreamResponse:
        drawing = await self._drawing(request)
        eyes = drawing.sight.eyes
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        dress(response)
        await response.prepare(request)
        stream = Stream(
            eyes=eyes,
            drawing=drawing,
            panels=lambda: self._panels(drawing),
            stopping=self._stopping,
            bell=asyncio.Event(),
            stale=asyncio.Event(),
            at=_resumed(request, eyes),
        )
        self._streams.add(stream)
        eyes.bells.add(stream.bell)
        try:
            await stream.send(response)
        except (ConnectionError, TimeoutError):  # the tab went, or takes nothing any more
            pass
        except Exception as error:  # it has begun, so no other answer can be given: the tab comes back
            log.warning("stream_ended", extra={"error": where(error)})
        finally:
            eyes.bells.discard(stream.bell)
            self._streams.discard(stream)
        response.force_close()
        return response

    async def _panels(self, drawing: Drawing) -> list[Panel]:
        me, clock = drawing.sight.me.id, self._desk.clock()
        guide, due = await self._desk.guide(me), await self._desk.due(me)
        steps, dues = drawing.steps(guide), drawing.due(due)
        shown = {
            "html": drawing.clock(clock, due),
            "now": clock.now.isoformat(),
            "rate": clock.rate,
            "is_running": clock.rate > 0,
        }
        # a running clock is told when its hands move, and not when others do something
        key = (drawing.sight.eyes.hands, clock.rate, due[0] if due else None, clock.can_jump_to_deadline)
        return [
            Panel(name="clock", data=shown, key=key),
            Panel(name="steps", data={"html": steps}, key=steps),
            Panel(name="due", data={"html": dues}, key=dues),
        ]

    async def _changed(self) -> None:
        for stream in self._streams:
            stream.stale.set()
            stream.bell.set()

    # whose page it is

    async def _drawing(self, request: web.Request, person: str = "") -> Drawing:
        return Drawing(Sight(await self._seen_by(request, person), self._texts, self._desk.group), self._static)

    async def _seen_by(self, request: web.Request, person: str = "") -> Eyes:
        """Raises HTTPNotFound and HTTPServiceUnavailable."""
        person = person or request.match_info["person"]
        async with self._opening:
            if person not in self._eyes:
                eyes = Eyes(self._socket, person)
                try:
                    await eyes.start()
                except TurnedDown as no:
                    raise (web.HTTPServiceUnavailable if no.code == "down" else web.HTTPNotFound) from None
                except (OSError, Cut):
                    raise web.HTTPServiceUnavailable from None
                if eyes.me.id != person:  # asked for by name
                    await eyes.stop()
                    raise web.HTTPSeeOther(href(eyes.me.id))
                self._eyes[person] = eyes
            return self._eyes[person]

    def _chosen(self, sight: Sight, place: str) -> str:
        """The place that was asked for, else the inbox where anything stands in it, else the channel of the round."""
        eyes = sight.eyes
        if place == INBOX or place in eyes.channels:
            return place
        has_mail = any(sight.place_of(one) == INBOX for one in eyes.entries.values())
        return INBOX if has_mail or self._desk.place not in eyes.channels else self._desk.place

    def _refused(self, request: web.Request, status: int, what: str) -> web.Response:
        if request.method in ("GET", "HEAD"):
            return _html(stopped(self._texts, self._static, what), status)
        error = self._texts.line(line(f"playground.stopped.{what}"))
        return web.json_response({"form": None, "entry": None, "error": error}, status=status)


def _html(text: str, status: int = 200) -> web.Response:
    """A lone surrogate, which UTF-8 does not hold, is shown as what cannot be shown."""
    return web.Response(body=text.encode("utf-8", "replace"), status=status, content_type="text/html", charset="utf-8")


def _resumed(request: web.Request, eyes: Eyes) -> int | None:
    """Where the tab left off: a browser says it after a break, our script when it opens a stream."""
    told = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    return eyes.after(int(told)) if told.isascii() and told.isdigit() and len(told) < 16 else None
