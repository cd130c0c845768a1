"""What nobody's Slack would send to the public address of the bot: bytes, charsets, headers and lengths that are wrong.

Each goes over a socket to the real server. It is answered by 4xx, quickly; nothing is logged with a traceback.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.slack.settings import SlackSettings
from bot.text import Texts
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.running import serving
from coproduce.sections import WebSettings
from tests.attacks.requests import FORM, JSON, free_port, post, send, signed
from tests.contract.made_before import made_before, storage_in
from tests.slack.double import BOT_TOKEN, SIGNING_SECRET, slack_double

GOOD = b'{"type":"url_verification","challenge":"c"}'
DEEP = b"[" * 100_000 + b"]" * 100_000
DEEP_OBJECT = b'{"event":' * 50_000 + b"1" + b"}" * 50_000
NOW = "now"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request. `headers` are added after those of a signed one, or replace them."""

    body: bytes = GOOD
    content: str = JSON
    headers: Sequence[tuple[str, bytes]] = ()
    without: frozenset[str] = frozenset()
    at: str = NOW
    expected: frozenset[int] = field(default_factory=lambda: frozenset({400, 401}))


def press(fields: str) -> bytes:
    return f'payload={{"type":"block_actions","team":{{"id":"T1"}},"user":{{"id":"U1"}},{fields}}}'.encode()


def submission(fields: str) -> bytes:
    return f'payload={{"type":"view_submission","team":{{"id":"T1"}},"user":{{"id":"U1"}},{fields}}}'.encode()


def only(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"

REQUESTS: Mapping[str, Sent] = {
    # bytes and charsets
    "a body that is not UTF-8": Sent(content=FORM, body=b"payload=\xff\xfe", expected=only(400)),
    "JSON that is not UTF-8": Sent(body=b'{"type": "\xff"}', content=JSON, expected=only(400)),
    "a charset that does not exist": Sent(content=f"{JSON}; charset=bogus"),
    "a charset with a NUL": Sent(content=f"{JSON}; charset=utf-8%00"),
    "UTF-16": Sent(body=GOOD.decode().encode("utf-16"), content=f"{JSON}; charset=utf-16"),
    "UTF-7": Sent(body=b'{"type": "+AGE-"', content=f"{JSON}; charset=utf-7", expected=only(400)),
    "a codec that is none of text": Sent(content=f"{JSON}; charset=rot13"),
    "no content type": Sent(content="", body=b"\x00\x01"),
    "multipart": Sent(content="multipart/form-data; boundary=x", body=b"--x\r\n\r\n--x--"),
    # signatures
    "no signature": Sent(without=frozenset({SIGNATURE}), expected=only(401)),
    "no timestamp": Sent(without=frozenset({STAMP}), expected=only(401)),
    "neither": Sent(without=frozenset({STAMP, SIGNATURE}), expected=only(401)),
    "an empty signature": Sent(without=frozenset({SIGNATURE}), headers=((SIGNATURE, b""),), expected=only(401)),
    "a signature that is not ASCII": Sent(
        without=frozenset({SIGNATURE}), headers=((SIGNATURE, b"v0=\xc3\xa9"),), expected=only(400, 401)
    ),
    "a signature of other bytes": Sent(
        without=frozenset({SIGNATURE}), headers=((SIGNATURE, b"v0=\xff\xfe"),), expected=only(400, 401)
    ),
    "two signatures, the second false": Sent(headers=((SIGNATURE, b"v0=" + b"0" * 64),), expected=only(401)),
    "two timestamps": Sent(headers=((STAMP, b"1"),), expected=only(401)),
    "a signature of another version": Sent(
        without=frozenset({SIGNATURE}), headers=((SIGNATURE, b"v1=" + b"0" * 64),), expected=only(401)
    ),
    "a signature of another body": Sent(
        without=frozenset({SIGNATURE}), headers=((SIGNATURE, b"v0=" + b"0" * 64),), expected=only(401)
    ),
    # timestamps
    "a timestamp that is no number": Sent(at="yesterday", expected=only(401)),
    "an empty timestamp": Sent(at="", expected=only(401)),
    "a timestamp of another script": Sent(at="١٢٣", expected=only(400, 401)),
    "a timestamp with a fraction": Sent(at="1700000000.5", expected=only(401)),
    "not a number": Sent(at="nan", expected=only(401)),
    "a huge timestamp": Sent(at="9" * 5_000, expected=only(401)),
    "a negative timestamp": Sent(at="-1700000000", expected=only(401)),
    "of the year one": Sent(at="0", expected=only(401)),
    # content, rightly signed
    "an empty body": Sent(body=b"", expected=only(400)),
    "a payload that is not JSON": Sent(content=FORM, body=b"payload=%7Bnot+json", expected=only(400)),
    "an empty payload": Sent(content=FORM, body=b"payload=", expected=only(400)),
    "a payload that is an array": Sent(content=FORM, body=b"payload=%5B1%5D", expected=only(400)),
    "a payload that is a number": Sent(content=FORM, body=b"payload=7", expected=only(400)),
    "a payload of null": Sent(content=FORM, body=b"payload=null", expected=only(400)),
    "JSON that is an array": Sent(body=b"[1]", content=JSON, expected=only(400)),
    "JSON that is a text": Sent(body=b'"x"', content=JSON, expected=only(400)),
    "JSON that is cut off": Sent(body=b'{"type": ', content=JSON, expected=only(400)),
    "NaN": Sent(body=b'{"type": NaN}', content=JSON, expected=only(400)),
    "a huge number": Sent(body=b'{"type": ' + b"9" * 10_000 + b"}", content=JSON, expected=only(400)),
    "deep arrays": Sent(body=DEEP, content=JSON, expected=only(400)),
    "deep objects": Sent(body=DEEP_OBJECT, content=JSON, expected=only(400)),
    "a deep payload": Sent(content=FORM, body=b"payload=" + DEEP, expected=only(400)),
    "an object of nothing": Sent(body=b"{}", content=JSON, expected=only(400)),
    "an event that is a list": Sent(body=b'{"type": "event_callback", "event": []}', content=JSON, expected=only(400)),
    "an event that is a text": Sent(body=b'{"type": "event_callback", "event": "x"}', content=JSON, expected=only(400)),
    "a team that is a list": Sent(
        content=FORM, body=b"payload=" + b'{"type":"block_actions","team":[],"user":[],"actions":7}', expected=only(400)
    ),
    "a press without actions": Sent(content=FORM, body=press('"actions":[]'), expected=only(400)),
    "a press of nothing": Sent(content=FORM, body=press('"actions":[{}]'), expected=only(400)),
    "a submission without a view": Sent(content=FORM, body=submission('"x":1'), expected=only(400)),
    "a submission whose view is a list": Sent(content=FORM, body=submission('"view":[]'), expected=only(400)),
    "a submission whose view has no id": Sent(
        content=FORM, body=submission('"view":{"callback_id":"coproduce"}'), expected=only(400)
    ),
    "response addresses that are none": Sent(
        content=FORM,
        body=b'payload={"type":"view_submission","response_urls":[7],"view":{"callback_id":"coproduce"}}',
        expected=only(400),
    ),
    "lone surrogates": Sent(
        content=FORM, body=b'payload={"type":"block_actions","user":{"id":"\\ud800"},"actions":[]}', expected=only(400)
    ),
    # lengths and encodings
    "more than a mebibyte": Sent(content=FORM, body=b"payload=" + b"x" * 2_000_000, expected=only(400, 413)),
    "compressed": Sent(body=gzip.compress(GOOD), headers=(("Content-Encoding", b"gzip"),)),
    "said to be compressed": Sent(headers=(("Content-Encoding", b"gzip"),)),
    "compressed by a method nobody knows": Sent(headers=(("Content-Encoding", b"zstd-of-mine"),)),
    "compressed a thousandfold": Sent(
        body=gzip.compress(b"0" * 50_000_000), headers=(("Content-Encoding", b"gzip"),), expected=only(400, 401, 413)
    ),
}


@asynccontextmanager
async def bot_on(folder: Path, port: int) -> AsyncIterator[None]:
    async with slack_double() as double:
        slack = SlackSettings.model_validate(
            {"mode": "http", "bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET, "api_url": double.api_url}
        )
        made_before(folder)
        settings = Settings(storage=storage_in(folder), slack=slack, web=WebSettings(port=port))
        async with serving(settings, Texts.load(), SystemClock()) as is_up:
            assert is_up
            yield


def head_of(sent: Sent) -> list[tuple[str, bytes]]:
    stamp = str(int(time.time())) if sent.at == NOW else sent.at
    head = [("Content-Type", sent.content.encode())] if sent.content else []
    head += [(STAMP, stamp.encode()), (SIGNATURE, signed(stamp, sent.body))]
    return [(name, value) for name, value in head if name not in sent.without] + list(sent.headers)


async def test_what_slack_would_never_send_is_refused_and_nothing_breaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    wrong: dict[str, object] = {}
    async with bot_on(tmp_path, port):
        for name, sent in REQUESTS.items():
            caplog.clear()
            began = time.monotonic()
            async with asyncio.timeout(20):
                status = await post(port, head_of(sent), sent.body)
            if status not in sent.expected:
                wrong[name] = status
            if time.monotonic() - began > 3:
                wrong[f"{name}: seconds"] = time.monotonic() - began
            if traces := [record.getMessage()[:200] for record in caplog.records if record.exc_info]:
                wrong[f"{name}: traceback"] = traces
        assert await post(port, head_of(Sent()), GOOD) == 200, "what is right is taken"
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


LINES = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "garbage": b"\x00\xff\x1b[31m\r\n\r\n",
    "a method of spaces": b"   /slack/events HTTP/1.1\r\n\r\n",
    "a version of another world": b"POST /slack/events HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a name": b"POST /slack/events HTTP/1.1\r\n: x\r\n\r\n",
    "a header of a mebibyte": b"POST /slack/events HTTP/1.1\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a negative length": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a chunk of no size": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
    "a path that is not text": b"POST /slack/%ff%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a host that is none": b"GET /healthz HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
}


async def test_what_is_not_even_http_is_refused_without_a_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    wrong: dict[str, object] = {}
    async with bot_on(tmp_path, port):
        for name, lines in LINES.items():
            caplog.clear()
            status = await send(port, lines)
            if status >= 500:
                wrong[name] = status
            if traces := [record.getMessage()[:200] for record in caplog.records if record.exc_info]:
                wrong[f"{name}: traceback"] = traces
        assert await post(port, head_of(Sent()), GOOD) == 200, "what is right is taken"
    assert not wrong, "\n".join(f"{name}: {what}" for name, what in wrong.items())


@pytest.mark.parametrize("length", [len(GOOD) + 7, len(GOOD) - 7, 0])
async def test_a_length_that_is_a_lie_is_no_failure_of_ours(
    length: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Too long: the connection ends in the middle of the body. Too short: the signature is of another body."""
    caplog.set_level(logging.INFO)
    port = free_port()
    async with bot_on(tmp_path, port):
        assert await post(port, head_of(Sent()), GOOD, length) in (0, 400, 401)
        assert await post(port, head_of(Sent()), GOOD) == 200, "what is right is taken"
    assert not [record.getMessage() for record in caplog.records if record.exc_info]
