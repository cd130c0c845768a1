"""Sentences and people's words as HTML, for one reader's language and time zone.

Everything that is shown is text: no address in it becomes a link, and nothing in it is read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from markupsafe import Markup

from adapters.html.shapes import Channel, Moment, Paragraph, Piece, Prose, plain
from bot.formats import DATES, date, written_language, zone
from bot.isolates import FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE, without_isolates
from bot.report.html import passage, words
from bot.text import Texts

HIGHEST, DEEPEST = 1, 6
"""Levels of headings in HTML."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_ISOLATES = re.compile("([\u2066-\u2069])")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. An unknown locale falls back to the catalogue's own formats, an unknown time zone to UTC."""

    locale: str | None = None
    tz: str = "UTC"


def paragraphs_html(
    paragraphs: Iterable[Paragraph], reader: Reader, *, level: int = 3, is_titled: bool = False
) -> Markup:
    """Sentences as `<p>`, people's words as `<blockquote>` with their language, direction and line breaks.

    `level`: of their headings. `is_titled`: the first paragraph is a heading itself, and the others stand below it
    (`bot.text.TITLED`).
    """
    parts: list[Markup] = []
    for one in paragraphs:
        if is_titled and not parts:
            parts.append(_heading((*one.heading, *one.pieces), reader, level))
            level += 1
        else:
            parts += _paragraph(one, reader, level)
    return Markup("\n").join(parts)


def prose_html(prose: Prose, reader: Reader) -> Markup:
    """One of our sentences, to stand in an element of the caller's."""
    depth, found = 0, list[Markup]()
    for piece in prose:
        if isinstance(piece, str):
            depth, shown = _isolated(piece, depth)
            found.append(shown)
        else:
            found.append(_named(piece, reader))
    return Markup("").join([*found, Markup("</bdi>") * depth])


def words_html(words_: Paragraph, reader: Reader, tag: str) -> Markup:
    """A sentence, or people's own words with their language and direction, as one element."""
    if not words_.is_theirs:
        return _element(tag, prose_html(words_.pieces, reader))
    return passage(cleaned(plain(words_.pieces)), tag, written_language(words_.locale or ""))


def read_out(paragraphs: Iterable[Paragraph], reader: Reader) -> str:
    """As plain lines, for speech: the same times and channels as are seen, and no mark that is not read."""
    shown = (part for one in paragraphs for part in ((one.heading, False), (one.pieces, one.is_theirs)) if part[0])
    return "\n".join(
        cleaned(plain(prose) if is_theirs else without_isolates(_as_lines(prose, reader))) for prose, is_theirs in shown
    )


def text_html(text: str) -> Markup:
    """Any text, to stand in an element or in an attribute between double quotes: a parser gives it back unchanged."""
    return words(cleaned(text))


def cleaned(text: str) -> str:
    """Without lone surrogates, which UTF-8 cannot hold."""
    return _SURROGATES.sub("\ufffd", text)


def written(moment: Moment, reader: Reader) -> str:
    """The time for this reader; as it was worded, where its style or year is beyond us."""
    if moment.style not in DATES:
        return moment.text
    try:
        return date(_zoned(moment.at), moment.style, Texts.load().formats(reader.locale), zone(reader.tz))
    except OverflowError:  # the first and last days of the calendar
        return moment.text


def time_html(at: datetime, shown: str) -> Markup:
    """A time, and how it is shown."""
    return Markup(f'<time datetime="{_for_machines(at)}">{text_html(shown)}</time>')  # noqa: S704 - escaped


def _paragraph(one: Paragraph, reader: Reader, level: int) -> Iterator[Markup]:
    if one.heading:
        yield _heading(one.heading, reader, level)
    if one.pieces and one.is_theirs:
        yield words_html(one, reader, "blockquote")
    elif one.pieces:
        yield _element("p", prose_html(one.pieces, reader), 'class="said" dir="auto"')


def _heading(prose: Prose, reader: Reader, level: int) -> Markup:
    return _element(heading_tag(level), prose_html(prose, reader), 'dir="auto"')


def heading_tag(level: int) -> str:
    return f"h{min(max(level, HIGHEST), DEEPEST)}"


def _element(tag: str, content: Markup, attributes: str = "") -> Markup:
    """`attributes`: fixed ones of ours, never anything that somebody wrote."""
    return Markup(f"<{tag} {attributes}".rstrip() + f">{content}</{tag}>")  # noqa: S704 - the content is escaped


def _isolated(text: str, depth: int) -> tuple[int, Markup]:
    """Directional isolates as `<bdi>`, so that they are not copied along with a name.

    `depth`: how many are open; the result, likewise. One that opens or closes nothing goes.
    """
    found = list[Markup]()
    for part in _ISOLATES.split(text):
        if part == FIRST_STRONG_ISOLATE:
            depth += 1
            found.append(Markup("<bdi>"))
        elif part == POP_DIRECTIONAL_ISOLATE and depth:
            depth -= 1
            found.append(Markup("</bdi>"))
        elif not _ISOLATES.fullmatch(part):
            found.append(text_html(part))
    return depth, Markup("").join(found)


def _named(piece: Moment | Channel, reader: Reader) -> Markup:
    match piece:
        case Moment():
            return time_html(piece.at, written(piece, reader))
        case Channel():
            shown = text_html(f"#{without_isolates(piece.name)}")
            return Markup(f'<bdi class="channel">{shown}</bdi>')  # noqa: S704 - escaped


def _as_lines(prose: Prose, reader: Reader) -> str:
    return "".join(map(partial(_as_text, reader=reader), prose))


def _as_text(piece: Piece, reader: Reader) -> str:
    return written(piece, reader) if isinstance(piece, Moment) else plain((piece,))


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _for_machines(at: datetime) -> str:
    """In UTC: HTML knows no offset with seconds, as some zones of the past have it."""
    try:
        at = _zoned(at).astimezone(UTC)
    except OverflowError:  # the first and last days of the calendar
        at = at.replace(tzinfo=UTC)
    return at.isoformat(timespec="seconds")
