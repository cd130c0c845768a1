"""The files that stand in the chat. A report opens in a frame that can do nothing; all others are saved."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

from aiohttp import web

from adapters.playground.chat.wire import Json
from adapters.playground.page.seen import REPORT

SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "  # not for people
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"  # not for people
)
"""Of each file. The report's own policy, in its head, lets in no style but its own."""

MEDIA_TYPES = frozenset({"text/html", "text/csv", "text/markdown", "text/plain", "application/json", "application/pdf"})
"""As which a file may be served. Any other is bytes to save."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")


def served(file: Json) -> web.Response:
    """`file`: name, media_type, content (base64)."""
    media_type = file["media_type"].partition(";")[0].strip()
    known = media_type if media_type in MEDIA_TYPES else "application/octet-stream"
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Content-Disposition": disposition(file["name"], is_shown=known == REPORT),
    }
    is_text = known.startswith("text/") or known == "application/json"
    return web.Response(
        body=base64.b64decode(file["content"]),
        content_type=known,
        charset="utf-8" if is_text else None,
        headers=headers,
    )


def disposition(name: str, *, is_shown: bool) -> str:
    """RFC 6266: the name in ASCII for old readers, and whole. Without folders, and never hidden."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join(character for character in last if character.isprintable()).lstrip(". ") or "file"
    plain = _UNSAFE.sub("_", last)
    how = "inline" if is_shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='', errors='replace')}"
