"""The files of the page that are the same for everybody, under an address with the hash of their contents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

import adapters.html
import adapters.playground.page

FOLDERS = tuple(Path(room.__path__[0]) / "static" for room in (adapters.html, adapters.playground.page))

MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""What is served. Nothing else in the folders is."""

FOR_GOOD = "private, max-age=31536000, immutable"
"""A changed file has another address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """Read once, at the start."""

    files: dict[str, bytes]
    version: str  # one of them all, as scripts name each other

    @classmethod
    def read(cls) -> Static:
        """All stand side by side, as scripts name each other: no two files may have one name."""
        found = (path for folder in FOLDERS for path in sorted(folder.glob("*")))
        files = {path.name: path.read_bytes() for path in found if path.suffix in MEDIA_TYPES}
        return cls(files=files, version=hashlib.sha256(b"".join(files.values())).hexdigest()[:16])

    def address(self, name: str) -> str:
        """Raises KeyError."""
        if name not in self.files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self.files or request.match_info["version"] != self.version:
            raise web.HTTPNotFound
        media_type = MEDIA_TYPES[Path(name).suffix]
        return web.Response(
            body=self.files[name], content_type=media_type, charset="utf-8", headers={"Cache-Control": FOR_GOOD}
        )
