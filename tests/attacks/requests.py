"""Requests to the public address of a bot, byte by byte: aiohttp's client would put most of these right."""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import Iterable
from contextlib import closing

from tests.slack.double import SIGNING_SECRET

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def signed(stamp: str, body: bytes) -> bytes:
    """As Slack signs: over the bytes, whatever they are."""
    digest = hmac.new(SIGNING_SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, "sha256").hexdigest()
    return f"v0={digest}".encode()


async def post(port: int, head: Iterable[tuple[str, bytes]], body: bytes, length: int | None = None) -> int:
    """The status of the answer; 0: the connection was closed without one. `length`: what it is said to be."""
    lines = [
        b"POST /slack/events HTTP/1.1",
        b"Host: bot.example.org",
        b"Connection: close",
        b"Content-Length: %d" % (len(body) if length is None else length),
        *(name.encode() + b": " + value for name, value in head),
    ]
    is_cut = length is not None and length > len(body)
    return await send(port, b"\r\n".join(lines) + b"\r\n\r\n" + body, is_cut=is_cut)


async def send(port: int, lines: bytes, *, is_cut: bool = True) -> int:
    """The same for bytes of any kind. `is_cut`: nothing comes after them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(lines)
        if is_cut:
            writer.write_eof()
        async with asyncio.timeout(20):
            answer = await reader.readline()
        return int(answer.split()[1]) if answer else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()
