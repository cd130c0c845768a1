"""One request of the bot, read: its kind, the ids in its path, its body and files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from tests.discord.world import Json

_IDS = {
    "applications": "application",
    "channels": "channel",
    "messages": "message",
    "guilds": "guild",
    "members": "user",
    "users": "user",
    "thread-members": "user",
    "roles": "role",
    "commands": "command",
}


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


@dataclass(slots=True)
class Request:
    method: str
    path: str  # below `/api/v10`
    query: dict[str, str]
    body: Json | list[Json] | None
    kind: str = ""  # "POST /channels/{}/messages"
    ids: dict[str, str] = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)

    @property
    def args(self) -> Json:
        """Body and ids in one, for whoever looks for a request."""
        return {**(self.body if isinstance(self.body, dict) else {}), **self.ids}

    @property
    def told(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}

    @property
    def major(self) -> str:
        """Of its bucket."""
        return next((self.ids[name] for name in ("channel", "guild", "token") if name in self.ids), "")


async def read(request: web.Request, path: str) -> Request:
    body, files = await _body(request)
    made = Request(request.method, path, dict(request.query), body, files=files)
    parts = path.strip("/").split("/")
    if parts[0] in ("webhooks", "interactions") and len(parts) > 2:
        made.ids |= {"id": parts[1], "token": parts[2]}
        if len(parts) > 4:
            made.ids["message"] = parts[4]
            parts[4] = "@original" if parts[4] == "@original" else "{}"
        made.kind = f"{request.method} /{parts[0]}/{{}}/{{}}" + "".join(f"/{part}" for part in parts[3:])
        return made
    named = []
    before = ""
    for part in parts:
        if re.fullmatch(r"\d+", part):
            made.ids[_IDS.get(before, before)] = part
            named.append("{}")
        else:
            named.append(part)
        before = part
    made.kind = f"{request.method} /{'/'.join(named)}"
    return made


async def _body(request: web.Request) -> tuple[Json | list[Json] | None, dict[int, File]]:
    if not request.can_read_body:
        return None, {}
    if not request.content_type.startswith("multipart/"):
        text = await request.text()
        return (json.loads(text) if text else None), {}
    body: Json = {}
    files = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        name = part.name or ""
        content = bytes(await part.read())
        if name == "payload_json":
            body = json.loads(content)
        elif found := re.fullmatch(r"files\[(\d+)\]", name):
            files[int(found[1])] = File(part.filename or "", content)
    return body, files
