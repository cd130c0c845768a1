"""Secrets that can be told apart wherever they turn up, every way of writing them down, and the places to look in."""

from __future__ import annotations

import base64
import gc
import json
import logging
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from adapters.playground.chat.wire import as_line
from coproduce import logs
from tests.acceptance.stage import Stage
from tests.logs_as_before import logs_as_before

RARE = "\u9f98\u0b94\u1f70\u2eba\u0d15\ua9c1\u16a0\u4dc0"
"""Letters that stand nowhere in our catalogue: their escapes are looked for as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """`plain` survives most ways of writing as it is; `rare` none of those that escape. `writer` may see it in a form.

    `is_typed`: outside of a form, and may be said back to its writer.
    """

    name: str
    writer: str
    plain: str
    rare: str
    is_typed: bool = False

    def sings(self, box: str = "") -> str:
        """Words so full of it that no excerpt of them is without."""
        return f"{self.plain}{self.rare} <{self.plain}> {box} \"{self.rare}\" & '{self.plain}' \\{self.rare}\n" * 2


def canary(name: str, writer: str, *, is_typed: bool = False) -> Canary:
    rare = "".join(secrets.choice(RARE) for _ in range(8))
    return Canary(name=name, writer=writer, plain=f"kx{secrets.token_hex(7)}", rare=rare, is_typed=is_typed)


def spellings(word: str) -> Iterator[tuple[str, bytes]]:
    """(how, bytes). Whatever stands before and after it."""
    raw = word.encode()
    yield "raw", raw
    yield "UTF-16 LE", word.encode("utf-16-le")
    yield "UTF-16 BE", word.encode("utf-16-be")
    yield "UTF-32 LE", word.encode("utf-32-le")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "percent", quote(raw).encode()
    yield "percent, every byte", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "percent, every byte, small", "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "JSON", json.dumps(word)[1:-1].encode()
    yield "JSON, every letter", "".join(f"\\u{ord(char):04x}" for char in word).encode()
    yield "JSON, every letter, capitals", "".join(f"\\u{ord(char):04X}" for char in word).encode()
    yield "JSON in JSON", json.dumps(json.dumps(word))[3:-3].encode()
    yield "HTML, decimal", "".join(f"&#{ord(char)};" for char in word).encode()
    yield "HTML, hexadecimal", "".join(f"&#x{ord(char):x};" for char in word).encode()
    yield "XML", word.encode("ascii", "xmlcharrefreplace")
    yield "repr of bytes", repr(raw)[2:-1].encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        first, last = (0, 2, 3)[shift], len(coded) - (0, 3, 2)[(len(raw) + shift) % 3] - 1
        yield f"base64 at {shift}", coded[first : last + 1]
        yield f"base64 for addresses at {shift}", base64.urlsafe_b64encode(b"\0" * shift + raw)[first : last + 1]


def hunt(places: Mapping[str, bytes], birds: Sequence[Canary]) -> list[str]:
    """Where which of them is heard, and how it was written there."""
    needles = [(bird.name, *one) for bird in birds for word in (bird.plain, bird.rare) for one in spellings(word)]
    found: list[str] = []
    for place, content in places.items():
        found += [f"{place}: {name}, {how}" for name, how, needle in needles if needle in content]
        small = content.lower()
        found += [f"{place}: {bird.name}, in any case" for bird in birds if bird.plain.encode() in small]
    return found


# where to look --------------------------------------------------------------------------------------------------


@dataclass
class Ears:
    """Everything that the bot writes down or says, by place. Programs that were run are added to `heard`."""

    stage: Stage
    logs: Mapping[str, Path]
    folder: Path  # with everything that anything of ours keeps, temporary files included
    heard: dict[str, bytes] = field(default_factory=dict)

    def places(self, *, but_to: Canary | None = None) -> dict[str, bytes]:
        """`but_to`: leaves out where this one may be heard, which is by its writer."""
        return {**self.kept(), **self.said(but_to=but_to)}

    def kept(self) -> dict[str, bytes]:
        gc.collect()  # of a task that failed and that nobody asked, the loop tells when it is gone
        logged = {f"log as {name}": file.read_bytes() for name, file in self.logs.items()}
        return {**logged, **self._files(), **self.heard}

    def said(self, *, but_to: Canary | None = None) -> dict[str, bytes]:
        return {
            "line to the chat": b"".join(_said(self.stage, but_to)),
            "journal of the chat": b"".join(_journal(self.stage, but_to)),
            "what everybody sees": b"".join(_seen(self.stage, but_to)),
        }

    def _files(self) -> dict[str, bytes]:
        """Of the bot: database, log, keys, lists, temporary ones. The chat's own file is looked at apart."""
        known = {*self.logs.values(), self.stage.folder / "chat.jsonl"}
        found = (file for file in self.folder.rglob("*") if file.is_file() and file not in known)
        return {str(file.relative_to(self.folder)): file.read_bytes() for file in found}


def _said(stage: Stage, but_to: Canary | None) -> Iterator[bytes]:
    """Line by line what went from the bot to the chat. Of an answer to its writer, their own boxes are left out."""
    asked = {told["n"]: told["what"]["act"] for told in map(json.loads, stage.tap.to_bot) if told.get("ask") == "act"}
    for line in stage.tap.to_chat:
        told = json.loads(line)
        actor = asked[told["n"]]["actor"]["id"] if "ask" not in told and told["n"] in asked else None
        if but_to is None or actor != but_to.writer:
            yield line
        elif not but_to.is_typed:
            for box in told.get("yes", {}).get("form", {}).get("boxes", ()):
                box["values"] = []
            yield as_line(told)


def _journal(stage: Stage, but_to: Canary | None) -> Iterator[bytes]:
    """The chat's own file. What somebody was told for what they typed is theirs."""
    with (stage.folder / "chat.jsonl").open("rb") as lines:
        for line in lines:
            told = json.loads(line)
            if not _is_theirs(told.get("entry", told).get("person"), but_to):
                yield line


def _seen(stage: Stage, but_to: Canary | None) -> Iterator[bytes]:
    state = stage.people.state
    for shown in state.shown:
        if not _is_theirs(shown.person, but_to):
            yield shown.text.encode("utf-8", "surrogatepass")
    for upload in state.uploads.values():
        yield base64.b64decode(upload.content)


def _is_theirs(person: str | None, bird: Canary | None) -> bool:
    return bird is not None and bird.is_typed and person == bird.writer


HELD_BY_US = ("sqlalchemy", "alembic", "asyncio", "aiosqlite")


@contextmanager
def everything_logged(folder: Path) -> Iterator[dict[str, Path]]:
    """At DEBUG, in both formats; and also what the program itself holds at WARNING."""
    with logs_as_before(*HELD_BY_US), _logged_to(folder) as files:
        yield files


@contextmanager
def _logged_to(folder: Path) -> Iterator[dict[str, Path]]:
    root = logging.getLogger()
    stderr, files = sys.stderr, {}
    handlers: list[logging.Handler] = []
    try:
        for style in ("json", "console"):
            files[style] = folder / f"log.{style}"
            sys.stderr = files[style].open("w", encoding="utf-8", errors="surrogatepass")
            logs.start(logs.LogSettings.model_validate({"level": "debug", "format": style}))
            handlers += root.handlers
        sys.stderr = stderr
        root.handlers[:] = handlers
        for name in HELD_BY_US:
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield files
    finally:
        sys.stderr = stderr
        for handler in handlers:
            handler.stream.close()  # type: ignore[attr-defined]
