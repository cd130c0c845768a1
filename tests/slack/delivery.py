"""How what people do reaches the bot: envelopes over Socket Mode, or signed requests; acknowledged in three seconds."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web
from slack_sdk.signature import SignatureVerifier

from tests.slack.workspace import APP, Json

ACK_WITHIN = 3.0
"""Seconds: the platform's deadline for commands, presses, forms and events."""

RETRIES_OF_EVENTS = 3


@dataclass(frozen=True, slots=True)
class Ack:
    """The bot's acknowledgement. `is_missing`: none came within three seconds."""

    body: Json = field(default_factory=dict)
    is_missing: bool = False


@dataclass(slots=True, eq=False)
class Socket:
    ws: web.WebSocketResponse
    hears: bool = True  # False: it stands open, and nothing comes or goes


@dataclass(slots=True)
class _Waiting:
    left: int
    socket: Socket | None = None  # over which it went
    done: asyncio.Event = field(default_factory=asyncio.Event)
    bodies: list[Json] = field(default_factory=list)


class SocketDelivery:
    """The far end of the bot's sockets."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self.sockets: list[Socket] = []
        self.connected = asyncio.Event()
        self.accepted = 0
        self._accepted = asyncio.Event()
        self._waiting: dict[str, _Waiting] = {}
        self._next = 0
        self.sent: Callable[[], None] | None = None  # called once, when the next envelope is on its way

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        socket = Socket(ws)
        self.sockets.append(socket)
        self.accepted += 1
        self._accepted.set()
        await ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.sockets),
                "connection_info": {"app_id": APP},
                "debug_info": {"host": "double", "approximate_connection_time": 18_060},
            }
        )
        self.connected.set()
        try:
            async for message in ws:
                if message.type is WSMsgType.PING and socket.hears:
                    await ws.pong(message.data)
                elif message.type is WSMsgType.TEXT and socket.hears:
                    self._hear(message.data)
        finally:
            self._drop(socket)
        return ws

    async def accepted_at_least(self, count: int, within: float = 10.0) -> None:
        """Until so many sockets have been opened in all. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self.accepted < count:
                self._accepted.clear()
                await self._accepted.wait()

    def _drop(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)
        if not self.sockets:
            self.connected.clear()
            for waiting in self._waiting.values():
                if waiting.socket is socket:  # nobody is left who could acknowledge it
                    waiting.done.set()

    def _hear(self, data: str) -> None:
        if data.startswith(("ping", "Ping")):
            return
        told = json.loads(data)
        waiting = self._waiting.get(told.get("envelope_id", ""))
        if waiting is None:
            self._complain("late ack: an envelope was acknowledged after its three seconds")
            return
        waiting.bodies.append(told.get("payload") or {})
        waiting.left -= 1
        if not waiting.left:
            waiting.done.set()

    async def deliver(self, kind: str, payload: Json, envelope: str, copies: int, retry: int = 0) -> Ack:
        waiting = self._waiting[envelope] = _Waiting(copies)
        told: Json = {
            "type": kind,
            "envelope_id": envelope,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            told |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        try:
            for _ in range(copies):
                waiting.socket = await self._send(told)
            async with asyncio.timeout(ACK_WITHIN):
                await waiting.done.wait()
        except TimeoutError:
            pass
        finally:
            del self._waiting[envelope]
        return Ack(is_missing=not waiting.bodies, body=waiting.bodies[0] if waiting.bodies else {})

    async def _send(self, told: Json) -> Socket:
        """Sends to one of the sockets; waits until there is one. Raises TimeoutError."""
        async with asyncio.timeout(ACK_WITHIN):
            await self.connected.wait()
        self._next += 1
        socket = self.sockets[self._next % len(self.sockets)]
        if socket.hears:
            await socket.ws.send_json(told)
        if self.sent:
            self.sent()
            self.sent = None
        return socket

    async def disconnect(self, reason: str) -> None:
        """Asks every socket to be replaced, as before a refresh: `warning`, `refresh_requested`, `link_disabled`."""
        for socket in list(self.sockets):
            await socket.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "double"}})

    async def cut(self) -> None:
        """Breaks every socket without a close frame."""
        for socket in list(self.sockets):
            self._drop(socket)
            transport = socket.ws._req.transport if socket.ws._req else None
            if transport:
                transport.abort()

    def deafen(self) -> None:
        """Keeps every socket open and passes nothing on (a half-open connection)."""
        for socket in list(self.sockets):
            socket.hears = False
            self._drop(socket)

    async def close(self) -> None:
        for socket in list(self.sockets):
            await socket.ws.close()


class HttpDelivery:
    """Signed requests to the bot's public address."""

    def __init__(self, url: str, signing_secret: str) -> None:
        self.url = url
        self._verifier = SignatureVerifier(signing_secret)
        self._session = aiohttp.ClientSession()

    async def deliver(self, kind: str, payload: Json, envelope: str, copies: int, retry: int = 0) -> Ack:
        try:
            async with asyncio.timeout(ACK_WITHIN):
                acks = await asyncio.gather(*(self._send(kind, payload, retry) for _ in range(copies)))
        except (TimeoutError, aiohttp.ClientError):
            return Ack(is_missing=True)
        return next((ack for ack in acks if not ack.is_missing), acks[0])

    async def _send(self, kind: str, payload: Json, retry: int) -> Ack:
        body, headers = self.request(kind, payload)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        async with self._session.post(self.url, data=body, headers=headers) as answer:
            text = await answer.text()
            if answer.status != 200:
                return Ack(is_missing=True)
            if "json" in answer.headers.get("Content-Type", "") and text:
                return Ack(json.loads(text))
            return Ack({"text": text} if text else {})

    def request(self, kind: str, payload: Json, at: int | None = None) -> tuple[str, dict[str, str]]:
        """Body and headers, signed as of then."""
        match kind:
            case "slash_commands":
                body, content = urlencode(payload), "application/x-www-form-urlencoded"
            case "events_api":
                body, content = json.dumps(payload), "application/json"
            case _:
                body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        stamp = str(at if at is not None else int(time.time()))
        signature: Any = self._verifier.generate_signature(timestamp=stamp, body=body)
        return body, {
            "Content-Type": content,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature,
        }

    async def close(self) -> None:
        await self._session.close()
