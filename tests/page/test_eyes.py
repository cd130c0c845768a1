"""How far back a tab can be brought up to date, without a chat."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.html.shapes import Paragraph
from adapters.playground.chat.hands import Hands
from adapters.playground.chat.state import Entry, entry_json
from adapters.playground.chat.wire import as_line
from adapters.playground.page.eyes import Eyes
from tests.builders import NOON

ANN = {"id": "ann", "name": "Ann", "tz": "UTC", "locale": "en", "standing": "member"}
PLACE = {
    "id": "C1",
    "name": "repairs",
    "members": ["ann"],
    "is_public": True,
    "lets_bot_in": True,
    "is_archived": False,
}


def hello(number: int, **more: Any) -> dict[str, Any]:
    told = {"me": ANN, "people": [ANN], "channels": [PLACE], "entries": [], "files": {}, "form": None}
    return {**told, "hands": Hands().as_json(), "number": number, **more}


def entry(id: str, **more: Any) -> dict[str, Any]:
    one = Entry(id=id, at=NOON, kind="page", paragraphs=(Paragraph(pieces=(id,)),), channel="C1")
    return entry_json(one) | more


@pytest.fixture
def eyes() -> Eyes:
    eyes = Eyes("nowhere", "ann")
    eyes._see(hello(5))
    return eyes


def hear(eyes: Eyes, *numbers: int) -> None:
    for number in numbers:
        eyes._hear({"event": {"what": "entry", "entry": entry(f"M{number}")}, "number": number})


def missed(eyes: Eyes, number: int) -> list[str] | None:
    at = eyes.after(number)
    if at is None:
        return None
    since: Iterator[Any] | None = eyes.since(at)
    return None if since is None else [one.id for one in since]


def test_a_tab_is_told_what_came_after_its_number(eyes: Eyes) -> None:
    hear(eyes, 6, 7, 8)
    assert missed(eyes, 5) == ["M6", "M7", "M8"]
    assert missed(eyes, 7) == ["M8"]
    assert missed(eyes, 8) == []


def test_what_was_before_our_own_start_or_never_was_is_not_guessed(eyes: Eyes) -> None:
    hear(eyes, 6)
    assert missed(eyes, 4) is None
    assert missed(eyes, 7) is None


def test_more_than_is_kept_is_read_again_and_not_told_in_part(eyes: Eyes) -> None:
    eyes._history = deque(eyes._history, maxlen=3)
    hear(eyes, 6, 7, 8, 9)
    assert missed(eyes, 5) is None
    assert missed(eyes, 6) == ["M7", "M8", "M9"]


def test_a_chat_that_comes_back_as_it_was_makes_nobody_read_again(eyes: Eyes) -> None:
    hear(eyes, 6)
    eyes._see(hello(6, entries=[entry("M6")]))
    assert missed(eyes, 5) == ["M6"]
    eyes._see(hello(7, entries=[entry("M6"), entry("M7")]))
    assert missed(eyes, 5) is None
    assert missed(eyes, 6) is None
    assert missed(eyes, 7) == []


def test_a_form_does_not_count_and_stays_before_ones_eyes_when_the_chat_loses_it(eyes: Eyes) -> None:
    form = {"id": "F1", "kind": "answer", "code": "R-2222", "page": "", "title": ["T"], "notes": [], "boxes": []}
    eyes._hear({"event": {"what": "form", "form": {**form, "submit": "Send", "locale": "en"}}, "number": 5})
    assert eyes.number == 5
    eyes._see(hello(5))
    assert eyes.form is not None
    assert eyes.form.id == "F1"


def test_what_is_for_somebody_else_is_not_taken_whoever_sends_it(eyes: Eyes) -> None:
    eyes._hear({"event": {"what": "entry", "entry": entry("M6", person="bob")}, "number": 6})
    eyes._see(hello(6, entries=[entry("M6", person="bob")]))
    assert not eyes.entries


@asynccontextmanager
async def chat_that_tells(folder: Path, *each: list[dict[str, Any]]) -> AsyncIterator[Eyes]:
    """A chat that answers each greeting with the next of these, all at once."""
    socket, left, visits = folder / "s", iter(each), list[asyncio.Task[None]]()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(await reader.readline())
        first, *rest = next(left)
        writer.write(b"".join(map(as_line, ({"n": asked["n"], "yes": first}, *({"tell": one} for one in rest)))))
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(lambda *ends: visits.append(asyncio.create_task(visited(*ends))), socket)
    eyes = Eyes(str(socket), "ann")
    await eyes.start()
    yield eyes
    await eyes.stop()
    await asyncio.gather(*visits)
    server.close()


def told_of(id: str, number: int, **more: Any) -> dict[str, Any]:
    return {"event": {"what": "entry", "entry": entry(id, **more)}, "number": number}


async def test_what_is_told_right_behind_the_greeting_is_not_lost(tmp_path: Path) -> None:
    async with chat_that_tells(tmp_path, [hello(5), told_of("M6", 6)]) as eyes:
        assert (eyes.number, list(eyes.entries)) == (6, ["M6"])


async def test_after_what_cannot_be_read_all_is_asked_for_again(tmp_path: Path) -> None:
    wrong = {"event": {"what": "entry", "entry": {"id": "M6"}}, "number": 6}
    async with asyncio.timeout(5), chat_that_tells(tmp_path, [hello(5)], [hello(6, entries=[entry("M6")])]) as eyes:
        with pytest.raises(KeyError):
            eyes._hear(wrong)
        assert eyes.number == 5
        bell = asyncio.Event()
        eyes.bells.add(bell)
        assert eyes._wire is not None
        eyes._wire.close()
        while "M6" not in eyes.entries:
            await bell.wait()
            bell.clear()
        assert missed(eyes, 5) is None
