"""Worded messages and forms of `bot.text` as shapes.

Times and channels are marked in our own sentences while they are worded, and cut out afterwards. No name holds a mark,
and people's own words are never searched for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.html.shapes import Box, Button, Channel, Choice, Moment, Paragraph, Piece, Prose, Sheet
from bot import text
from bot.acts import Confirm, Refused, Said, ShowForm
from bot.messages import Line, Passage, Post
from bot.people import Place
from bot.text import Texts, WordedField

_MARK, _TIME, _CHANNEL, _REST = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKED = re.compile(f"{_MARK}([{_TIME}{_CHANNEL}])(.*?){_MARK}", re.DOTALL)
_MARKS = str.maketrans("", "", _MARK + _TIME + _CHANNEL + _REST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message or an outcome. `errors`: of a refusal, box -> what is wrong there."""

    paragraphs: tuple[Paragraph, ...]
    buttons: tuple[Button, ...] = ()
    errors: Mapping[str, Prose] = field(default_factory=dict)


def message(texts: Texts, told: Post | Said | Refused | Confirm) -> Message:
    if isinstance(told, Post):
        worded = texts.post(told, escape=_escape, moment=_moment, named=_named)
    else:
        worded = texts.outcome(told, escape=_escape, moment=_moment, named=_named)
    return Message(
        paragraphs=_paragraphs(worded.paragraphs),
        buttons=tuple(Button(id=one.id, label=one.label) for one in worded.buttons),
        errors={name: _prose(sentence) for name, sentence in worded.errors.items()},
    )


def paragraphs(texts: Texts, post: Post) -> tuple[Paragraph, ...]:
    return message(texts, post).paragraphs


def sheet(texts: Texts, shown: ShowForm) -> Sheet:
    worded = texts.form(shown, escape=_escape, moment=_moment, named=_named)
    return Sheet(
        kind=worded.form.kind.value,
        code=worded.form.code,
        page=worded.form.page,
        title=_prose(worded.title),
        notes=_paragraphs(worded.notes),
        boxes=tuple(_box(box) for box in worded.boxes),
        submit=worded.submit,
        locale=worded.locale,
    )


def sentence(texts: Texts, line: Line, locale: str | None = None, tz: str = "UTC") -> Paragraph:
    """One sentence of ours."""
    worded = texts.line(line, locale, tz, escape=_escape, moment=_moment, named=_named)
    return Paragraph(pieces=_prose(worded))


def _box(box: WordedField) -> Box:
    return Box(
        name=box.field.name,
        kind=box.field.kind.value,
        label=_part(box.field.label, box.label),
        hint=_part(box.field.hint, box.hint) if box.field.hint else None,
        values=tuple(box.field.values),
        choices=tuple(Choice(value=value, label=_prose(label)) for value, label in box.choices),
        error=_prose(box.error),
        optional=box.field.optional,
        longest=box.field.longest,
    )


def _part(part: Line | Passage, worded: str) -> Paragraph:
    """A label or a hint: a sentence of ours, or the organiser's own words."""
    if isinstance(part, Line):
        return Paragraph(pieces=_prose(worded))
    return Paragraph(pieces=(part.text,), is_theirs=True, locale=part.locale)


def _paragraphs(worded: Iterable[text.Paragraph]) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(
            pieces=(one.text,) if one.is_theirs else _prose(one.text),
            is_theirs=one.is_theirs,
            heading=_prose(one.heading),
            locale=one.locale,
        )
        for one in worded
    )


def _prose(worded: str) -> Prose:
    return tuple(piece for piece in _pieces(worded) if piece != "")


def _pieces(worded: str) -> Iterator[Piece]:
    at = 0
    for found in _MARKED.finditer(worded):
        yield worded[at : found.start()]
        yield _piece(found[1], found[2].split(_REST))
        at = found.end()
    yield worded[at:]


def _piece(what: str, facts: list[str]) -> Piece:
    if what == _CHANNEL:
        id, name = facts
        return Channel(id=id, name=name)
    at, style, written = facts
    return Moment(at=datetime.fromisoformat(at), style=style, text=written)


def _escape(fact: str) -> str:
    """No name looks like a mark."""
    return fact.translate(_MARKS)


def _moment(at: datetime, style: str, written: str) -> str:
    return f"{_MARK}{_TIME}{at.isoformat()}{_REST}{style}{_REST}{written}{_MARK}"


def _named(place: Place) -> str:
    id, name = place.address.channel, _escape(place.name)
    return f"{_MARK}{_CHANNEL}{_escape(id)}{_REST}{name}{_MARK}" if id else f"#{name}"
