"""Worded messages and forms as data: what is drawn as HTML, and what crosses the line to a chat of our own.

The times and channels in a sentence stay data, so that whoever draws it can write a time for the reader's own language
and zone, and a channel under the name that it has now. People's own words are one piece of text that nothing is found
in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time in a sentence. `style`: of `bot.formats.DATES`; `text`: as the bot worded it for the addressee."""

    at: datetime
    style: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel in a sentence, and its last known name, without `#`."""

    id: str
    name: str


Piece = str | Moment | Channel
Prose = tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """`is_theirs`: people's own words, one piece of text, shown in full; `locale`: of these words, where known."""

    pieces: Prose = field(repr=False)
    is_theirs: bool = False
    heading: Prose = ()
    locale: str | None = None

    @property
    def text(self) -> str:
        """As the bot worded it, heading included, as lines."""
        return "\n".join(part for part in (plain(self.heading), plain(self.pieces)) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`id`: as `bot.messages.Control.id`."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box of a form. `kind`: a value of `bot.acts.FieldKind`. `label` and `hint` may be somebody's own wording."""

    name: str
    kind: str
    label: Paragraph
    hint: Paragraph | None = None
    values: tuple[str, ...] = field(default=(), repr=False)
    choices: tuple[Choice, ...] = ()
    error: Prose = ()
    optional: bool = False
    longest: int = 0  # characters; 0: no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form. `kind`, `code` and `page` are given back when it is sent."""

    kind: str
    code: str
    page: str
    title: Prose
    notes: tuple[Paragraph, ...]
    boxes: tuple[Box, ...]
    submit: str
    locale: str = "en"  # of our sentences in it


def plain(prose: Prose) -> str:
    """As the bot worded it: one text."""
    return "".join(_plain(piece) for piece in prose)


def _plain(piece: Piece) -> str:
    match piece:
        case Moment():
            return piece.text
        case Channel():
            return f"#{piece.name}"
        case str():
            return piece


def text_of(paragraphs: Iterable[Paragraph]) -> str:
    """All of it as lines, as the bot worded it."""
    return "\n".join(text for one in paragraphs if (text := one.text))


def renamed(paragraphs: tuple[Paragraph, ...], names: Mapping[str, str]) -> tuple[Paragraph, ...]:
    """With the channels under the names that they have now. `names`: id -> name."""
    return tuple(
        replace(one, pieces=renamed_in(one.pieces, names), heading=renamed_in(one.heading, names)) for one in paragraphs
    )


def renamed_in(prose: Prose, names: Mapping[str, str]) -> Prose:
    """As `renamed`."""
    return tuple(
        replace(piece, name=names[piece.id]) if isinstance(piece, Channel) and piece.id in names else piece
        for piece in prose
    )


def as_json(value: object) -> Any:
    """What `of_json` reads."""
    shape: Any = type(value)
    return _adapter(shape).dump_python(value, mode="json")


def of_json(shape: type[T], told: object) -> T:
    """Raises ValueError (pydantic's) where it is no such shape."""
    hashable: Any = shape
    found: T = _adapter(hashable).validate_python(told)
    return found


@cache
def _adapter(shape: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(shape)
