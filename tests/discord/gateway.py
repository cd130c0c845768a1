"""The gateway: sessions that are resumed with what they missed, intents that are enforced, closes with their codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.discord import payloads
from tests.discord.world import APP, BOT, DM, GUILD, TOKEN, Json, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME = 0, 1, 2, 3, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | MESSAGE_CONTENT | 1 << 8

NEEDS = {
    "GUILD_CREATE": GUILDS,
    "GUILD_DELETE": GUILDS,
    "GUILD_ROLE_UPDATE": GUILDS,
    "GUILD_ROLE_DELETE": GUILDS,
    "CHANNEL_UPDATE": GUILDS,
    "CHANNEL_DELETE": GUILDS,
    "THREAD_CREATE": GUILDS,
    "THREAD_UPDATE": GUILDS,
    "THREAD_DELETE": GUILDS,
    "GUILD_MEMBER_ADD": GUILD_MEMBERS,
    "GUILD_MEMBER_UPDATE": GUILD_MEMBERS,
    "GUILD_MEMBER_REMOVE": GUILD_MEMBERS,
}
"""Event -> intent; messages are told apart by their channel. Interactions need none."""

BAD_TOKEN, NOT_AUTHENTICATED, BAD_SEQUENCE, TOO_FAST, BAD_INTENTS = 4004, 4003, 4007, 4008, 4014
MOST_SENT = 120  # in 60 s


@dataclass(slots=True)
class Session:
    id: str
    intents: int
    ws: web.WebSocketResponse | None = None
    sent: list[Json] = field(default_factory=list)  # all of it, for replay
    is_over: bool = False


class Gateway:
    def __init__(self, world: World, complain: Callable[[str], None]) -> None:
        self._world = world
        self._complain = complain
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.refuses_resume = False
        self.hears_heartbeats = True
        self.heartbeat_every = 41_250  # ms
        self.identified = 0
        self.resumed = 0
        self.is_revoked = False
        self.refuses_connections = False
        self._changed = asyncio.Event()
        self._open: set[web.WebSocketResponse] = set()

    # the bot's side

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.refuses_connections:
            return web.Response(status=503)
        for name, value in (("v", "10"), ("encoding", "json")):
            if request.query.get(name) != value:
                self._complain(f"gateway: {name} is {request.query.get(name)}")
        ws = web.WebSocketResponse(max_msg_size=4096)  # longer ones are closed with 4002
        await ws.prepare(request)
        self._open.add(ws)
        session: Session | None = None
        sent = 0
        try:
            await ws.send_json({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_every}, "s": None, "t": None})
            async for message in ws:
                if message.type is not WSMsgType.TEXT:
                    continue
                told = json.loads(message.data)
                sent += told["op"] != HEARTBEAT
                if sent > MOST_SENT:
                    self._complain("gateway: more than 120 events on one connection")
                    await ws.close(code=TOO_FAST)
                session = await self._hear(ws, session, told) or session
        finally:
            self._open.discard(ws)
            if session and session.ws is ws:
                session.ws = None
                session.is_over |= ws.close_code in (1000, 1001)
            self._changed.set()
            self._world.changed()
        return ws

    async def _hear(self, ws: web.WebSocketResponse, session: Session | None, told: Json) -> Session | None:
        match told["op"]:
            case 1:
                if self.hears_heartbeats:
                    await ws.send_json({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
            case 2:
                return await self._identify(ws, told["d"])
            case 6:
                return await self._resume(ws, told["d"])
            case 8 if session:
                await self._members(session, told["d"])
            case 3 | 4:
                pass
            case _:
                await ws.close(code=NOT_AUTHENTICATED if session is None else 4001)
        return None

    async def _identify(self, ws: web.WebSocketResponse, told: Json) -> Session | None:
        self.identified += 1
        if told["token"] != TOKEN or self.is_revoked:
            await ws.close(code=BAD_TOKEN)
            return None
        allowed = (GUILD_MEMBERS if self._world.has_members_intent else 0) | (
            MESSAGE_CONTENT if self._world.has_content_intent else 0
        )
        if told["intents"] & PRIVILEGED & ~allowed:
            await ws.close(code=BAD_INTENTS)
            return None
        session = Session(self._world.fresh(), told["intents"], ws)
        self.sessions[session.id] = session
        ready: Json = {
            "v": 10,
            "user": payloads.user(self._world.people[BOT]) | {"verified": True, "mfa_enabled": False, "flags": 0},
            "guilds": [{"id": GUILD, "unavailable": True}] if self._world.is_in else [],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "application": {"id": APP, "flags": payloads.application(self._world)["flags"]},
            "private_channels": [],
        }
        await self._send(session, "READY", ready | ({"shard": told["shard"]} if "shard" in told else {}))
        if self._world.is_in and session.intents & GUILDS:
            await self._send(session, "GUILD_CREATE", payloads.guild(self._world, whole=True))
        self._changed.set()
        return session

    async def _resume(self, ws: web.WebSocketResponse, told: Json) -> Session | None:
        session = self.sessions.get(told["session_id"])
        if told["token"] != TOKEN or self.is_revoked:
            await ws.close(code=BAD_TOKEN)
            return None
        if session is None or session.is_over or self.refuses_resume:
            await ws.send_json({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return None
        if told["seq"] is None or told["seq"] > len(session.sent):
            await ws.close(code=BAD_SEQUENCE)
            return None
        self.resumed += 1
        session.ws = ws
        for missed in session.sent[told["seq"] :]:
            await ws.send_json(missed)
        await self._send(session, "RESUMED", {"_trace": []})
        self._changed.set()
        return session

    async def _members(self, session: Session, told: Json) -> None:
        if told.get("query") == "" and not session.intents & GUILD_MEMBERS:
            self._complain("gateway: the member list without its intent")
            return
        wanted = {str(id) for id in told.get("user_ids") or ()}
        people = [one for one in self._world.members() if not wanted or one.id in wanted]
        found = [payloads.member(one) for one in people if one.username.startswith(told.get("query") or "")]
        chunks = [found[at : at + 1000] for at in range(0, len(found), 1000)] or [[]]
        for number, chunk in enumerate(chunks):
            told_back: Json = {"guild_id": GUILD, "members": chunk, "chunk_index": number, "chunk_count": len(chunks)}
            told_back["not_found"] = sorted(wanted - {one.id for one in people})
            await self._send(session, "GUILD_MEMBERS_CHUNK", told_back | {"nonce": told.get("nonce")})

    async def _send(self, session: Session, event: str, data: Json) -> None:
        told = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
        session.sent.append(told)
        if session.ws is not None and not session.ws.closed:
            try:
                await session.ws.send_json(told)
            except (ConnectionError, RuntimeError):
                session.ws = None  # it is replayed when the session is resumed

    # the world's side

    async def dispatch(self, event: str, data: Json) -> None:
        """To every session; one that is not connected has it replayed."""
        for session in list(self.sessions.values()):
            if not session.is_over and self._hears(session, event, data):
                await self._send(session, event, self._readable(session, event, data))

    def _hears(self, session: Session, event: str, data: Json) -> bool:
        if event.startswith("MESSAGE_"):
            channel = self._world.channels.get(data["channel_id"])
            is_private = channel is not None and channel.type == DM
            return bool(session.intents & (DIRECT_MESSAGES if is_private else GUILD_MESSAGES))
        return not (needed := NEEDS.get(event, 0)) or bool(session.intents & needed)

    def _readable(self, session: Session, event: str, data: Json) -> Json:
        """Without its intent, the words of others' messages in channels are empty."""
        is_elsewhere = event.startswith("MESSAGE_") and "guild_id" in data
        if is_elsewhere and not session.intents & MESSAGE_CONTENT and data.get("author", {}).get("id") != BOT:
            return data | {"content": "", "embeds": [], "attachments": [], "components": []}
        return data

    @property
    def live(self) -> list[Session]:
        return [one for one in self.sessions.values() if one.ws is not None and not one.is_over]

    async def until_gone(self) -> None:
        while self.live:
            self._changed.clear()
            await self._changed.wait()

    async def until_connected(self, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while not self.live:
                self._changed.clear()
                await self._changed.wait()

    async def until_identified(self, times: int, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while self.identified < times or not self.live:
                self._changed.clear()
                await self._changed.wait()

    async def until_joined(self, times: int, within: float = 10.0) -> None:
        """Identified or resumed so often in all."""
        async with asyncio.timeout(within):
            while self.identified + self.resumed < times or not self.live:
                self._changed.clear()
                await self._changed.wait()

    async def until_resumed(self, times: int = 1, within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while self.resumed < times:
                self._changed.clear()
                await self._changed.wait()

    # faults

    async def reconnect(self) -> None:
        """Opcode 7: asks every connection to resume."""
        for session in self.live:
            assert session.ws is not None
            await session.ws.send_json({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate(self) -> None:
        """Opcode 9: no session may be resumed."""
        for session in self.live:
            assert session.ws is not None
            session.is_over = True
            await session.ws.send_json({"op": INVALID_SESSION, "d": False, "s": None, "t": None})

    async def drop(self, code: int = 4000) -> None:
        for session in self.live:
            assert session.ws is not None
            await session.ws.close(code=code)

    async def cut(self) -> None:
        """Breaks every connection without a close frame."""
        for session in self.live:
            ws, session.ws = session.ws, None
            transport = ws._req.transport if ws is not None and ws._req else None
            if transport:
                transport.abort()

    async def malformed(self) -> None:
        """An event that discord.py's parser cannot read."""
        for session in self.live:
            await self._send(session, "MESSAGE_CREATE", {"id": "1"})

    async def close(self) -> None:
        for ws in list(self._open):
            await ws.close(code=1001)
