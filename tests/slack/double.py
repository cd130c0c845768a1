"""A test double of Slack: real HTTP and real Socket Mode on loopback, strict in all that Slack promises.

Whatever the bot does that Slack would refuse, or that the seal forbids, is in `violations`: empty at the end of a test.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from tests.slack import blocks as rules
from tests.slack.contract import wrong_call
from tests.slack.delivery import HttpDelivery, SocketDelivery
from tests.slack.faults import STORES, Fault, Faults, How
from tests.slack.hands import Hands
from tests.slack.methods import Methods
from tests.slack.responding import Responding
from tests.slack.sealing import Seal
from tests.slack.workspace import Json, Refused, Workspace

BOT_TOKEN = "xoxb-double"
APP_TOKEN = "xapp-double"
SIGNING_SECRET = "double-secret"

TO_READERS = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update", "files.completeUploadExternal"})
VIEWS = frozenset({"views.open", "views.push", "views.update", "views.publish"})
AS_JSON = frozenset({"blocks", "view", "metadata", "files", "attachments"})


@dataclass(frozen=True, slots=True)
class Call:
    """One outbound call of the bot."""

    method: str
    args: Json
    at: datetime  # by the double's clock
    answer: str  # "ok", an error, or how it was struck


class SlackDouble:
    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.workspace = Workspace(now)
        self.faults = Faults()
        self.seal = Seal()
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.before_call: Callable[[str, Json], Awaitable[None]] | None = None
        self.revoked = False
        self.ahead = timedelta()  # of its own clock, whose time each answer bears
        self.tells_time = True
        self.sockets = SocketDelivery(self.complain)
        self.hands = Hands(self.workspace, self.complain, self.seal, self.sockets.deliver)
        self._responding = Responding(self.workspace, self.complain, self.seal)
        self._methods = Methods(self.workspace, lambda id: f"{self.url}/upload/{id}")
        self._tickets: set[str] = set()
        self._http: HttpDelivery | None = None
        self.url = ""
        self.port = 0  # any that is free

    def complain(self, violation: str) -> None:
        self.violations.append(violation)

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.on_response_prepare.append(self._date)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self._link)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/response/{id}", self._respond)
        app.router.add_route("*", "/{rest:.*}", self._elsewhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.hands.response_url = f"{self.url}/response"

    async def _date(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer bears the time of Slack's own clock (RFC 9110, 6.6.1)."""
        told = format_datetime(self.workspace.now() + self.ahead, usegmt=True)
        response.headers["Date"] = told if self.tells_time else "no date"

    async def stop(self) -> None:
        await self.sockets.close()
        await self.hang_up()
        await self._runner.cleanup()

    async def call_at(self, url: str) -> None:
        """From now on what people do is sent to this address, signed; no longer over sockets."""
        await self.hang_up()
        self._http = HttpDelivery(url, SIGNING_SECRET)
        self.hands.deliver = self._http.deliver

    async def hang_up(self) -> None:
        if self._http:
            await self._http.close()
            self._http = None
        self.hands.deliver = self.sockets.deliver

    @property
    def http(self) -> HttpDelivery:
        assert self._http is not None, "this bot is reached over sockets"
        return self._http

    # the Web API

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        if self.before_call:
            await self.before_call(method, args)
        if refusal := self._unauthorised(method, request, args):
            return self._answered(method, args, {"ok": False, "error": refusal})
        for wrong in wrong_call(method, args):
            self.complain(wrong)
        fault = self.faults.of(method, args)
        if fault and fault.how not in STORES:
            return self._struck(request, method, args, fault)
        answer = self._call(method, args)
        if fault:
            return self._struck(request, method, args, fault)
        return self._answered(method, args, answer)

    def _unauthorised(self, method: str, request: web.Request, args: Json) -> str:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.get("token", "")
        if not given:
            return "not_authed"
        if given != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            return "invalid_auth"
        return "token_revoked" if self.revoked else ""

    def _call(self, method: str, args: Json) -> Json:
        if method == "apps.connections.open":
            ticket = self.workspace.fresh("ticket")
            self._tickets.add(ticket)
            return {"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id=A"}
        found = self._methods.find(method)
        if found is None:
            return {"ok": False, "error": "unknown_method"}
        if wrong := list(self._wrong(method, args)):
            self.violations.extend(f"{method}: {one}" for one in wrong)
            return {"ok": False, "error": "invalid_arguments" if method in VIEWS else "invalid_blocks"}
        try:
            return {"ok": True, **found(args)}
        except Refused as no:
            if no.error.endswith("_trigger_id") and not no.more.get("is_repeated"):
                self.complain(f"{method}: {no.error}")
            return {"ok": False, "error": no.error}
        except (KeyError, TypeError, ValueError):
            return {"ok": False, "error": "invalid_arguments"}

    def _wrong(self, method: str, args: Json) -> Any:
        if method in VIEWS:
            yield from rules.wrong_view(args.get("view"))
            if isinstance(args.get("view"), dict):
                yield from self.seal.leaks_of_view(args["view"], self._reader(method, args))
        elif method in TO_READERS:
            yield from rules.wrong_words(args)
            yield from rules.wrong_metadata(args)
            yield from self.seal.leaks(args)

    def _reader(self, method: str, args: Json) -> str:
        """The person who is shown a view; nobody if the view is stored by Slack (Home)."""
        if method == "views.publish":
            return ""
        trigger = self.workspace.triggers.get(args.get("trigger_id") or "")
        if trigger:
            return trigger.user
        try:
            return self.workspace.view(args.get("view_id") or "", args.get("external_id") or "").user
        except Refused:
            return ""

    def _answered(self, method: str, args: Json, answer: Json) -> web.Response:
        self.calls.append(Call(method, args, self.workspace.now(), "ok" if answer["ok"] else answer["error"]))
        return web.json_response(answer)

    def _struck(self, request: web.Request, method: str, args: Json, fault: Fault) -> web.Response:
        self.calls.append(Call(method, args, self.workspace.now(), fault.how.value))
        match fault.how:
            case How.RATE_LIMITED:
                limited = {"ok": False, "error": "ratelimited"}
                return web.json_response(limited, status=429, headers={"Retry-After": str(fault.retry_after)})
            case How.SERVER_ERROR | How.SERVER_ERROR_AFTER:
                return web.Response(status=503, text="<html>Service unavailable</html>", content_type="text/html")
            case How.FATAL_AFTER:
                return web.json_response({"ok": False, "error": "fatal_error"})
            case How.ERROR:
                return web.json_response({"ok": False, "error": fault.error})
            case How.RESET_BEFORE | How.RESET_AFTER:
                if request.transport:
                    request.transport.abort()
                return web.Response()

    # files, sockets, response urls, and whatever else

    async def _upload(self, request: web.Request) -> web.Response:
        args = {"file": request.match_info["file"]}
        content = await _file_in(request)
        fault = self.faults.of("upload", args)
        if fault and fault.how not in STORES:
            return self._struck(request, "upload", args, fault)
        file = self.workspace.files.get(args["file"])
        if file is None:
            return web.Response(status=404)
        if len(content) != file.length:
            self.complain(f"upload: {len(content)} bytes, {file.length} were announced")
        for leak in self.seal.leaks(content.decode("utf-8", "replace")):
            self.complain(f"upload: {leak}")
        file.content = content
        if fault:
            return self._struck(request, "upload", args, fault)
        self.calls.append(Call("upload", args, self.workspace.now(), "ok"))
        return web.Response(text=f"OK - {len(content)}")

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:  # each address is good for one handshake
            return web.Response(status=408)
        self._tickets.remove(ticket)
        fault = self.faults.of("handshake", {})
        if fault:
            self.calls.append(Call("handshake", {}, self.workspace.now(), fault.how.value))
            return web.Response(status=503)
        return await self.sockets.serve(request)

    async def _respond(self, request: web.Request) -> web.Response:
        args = {"id": request.match_info["id"], **await request.json()}
        fault = self.faults.of("response_url", args)
        if fault and fault.how not in STORES:
            return self._struck(request, "response_url", args, fault)
        answer = self._responding.respond(args)
        if fault:
            return self._struck(request, "response_url", args, fault)
        self.calls.append(Call("response_url", args, self.workspace.now(), answer))
        if answer == "ok":
            return web.Response(text="ok")
        return web.json_response({"ok": False, "error": answer}, status=404)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.complain(f"{request.method} {request.path}: Slack has nothing there")
        return web.Response(status=404)

    # the bot's calls, for whoever counts them

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]


async def _arguments(request: web.Request) -> Json:
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json() if await request.text() else {}
    elif request.can_read_body:
        args |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    for name in AS_JSON & args.keys():
        if isinstance(args[name], str):
            args[name] = json.loads(args[name])
    return args


async def _file_in(request: web.Request) -> bytes:
    """As the SDK sends it: multipart, or the bare bytes."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    async for part in await request.multipart():
        return bytes(await part.read())  # type: ignore[union-attr]
    return b""


@asynccontextmanager
async def slack_double(now: Callable[[], datetime] | None = None) -> AsyncIterator[SlackDouble]:
    """Fails the test if there were violations."""
    double = SlackDouble(now)
    await double.start()
    try:
        yield double
    finally:
        await double.stop()
    assert not double.violations, "\n".join(double.violations)
