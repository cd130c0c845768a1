"""Pages of our own for a test, over real HTTP on loopback: with which the tools are tried, and a stranger attacks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import PurePath

from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)


@asynccontextmanager
async def serving(pages: Mapping[str, str], *, policy: str | None = POLICY) -> AsyncIterator[str]:
    """`pages`: path -> the whole text. Yields the address, without a slash at its end."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/favicon.ico":
            return web.Response(status=204)
        if request.path not in pages:
            raise web.HTTPNotFound
        kind = {".js": "text/javascript", ".css": "text/css"}.get(PurePath(request.path).suffix, "text/html")
        headers = {"Content-Security-Policy": policy} if policy and kind == "text/html" else {}
        return web.Response(text=pages[request.path], content_type=kind, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def page(body: str, *, head: str = "") -> str:
    head = f'<title>A page</title><meta name="viewport" content="width=device-width">{head}'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
