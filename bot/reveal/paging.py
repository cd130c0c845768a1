"""The reveal cut into messages: one person, one message; long ones continue. No character is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.answers import Level
from bot.messages import Line, MessageKind, Page, Part, Reveal, line
from bot.reveal.contrasts import Contrast, contrasts
from bot.reveal.cutting import Measure, cut
from bot.reveal.labels import EVERYONE, labels, of_group
from bot.rounds import Perspective

ONE_THREAD_UP_TO = 20
"""Largest number of voices in one thread. With more, each group has its own post and thread."""

LINE_ALLOWANCE = 100
"""Characters reserved for each catalogue sentence (without its facts): this module does not know its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One box of one voice under its heading."""

    heading: Line
    voice: int
    box: Level
    text: str


def pages(reveal: Reveal, *, measure: Measure = len, longest: int, contrasts_up_to: int = 20) -> tuple[Page, ...]:
    """`longest` as `measure` counts, which may give more than one for a character that the platform escapes.

    Order: per group its voices (above 20 voices under a HEADING), then contrasts (up to so many people), then
    late voices.
    """
    cutter = Cutter(measure=measure, longest=longest)
    sealed = [voice for voice in reveal.perspectives if not voice.is_late]
    found = [*_sealed_pages(reveal, sealed, cutter)]
    if len(sealed) <= contrasts_up_to:
        for contrast in contrasts(reveal):
            pieces = _side_by_side(reveal, contrast)
            found += cutter.pages(MessageKind.CONTRASTS, contrast.title, pieces)
    return (*found, *_late_pages(reveal, cutter))


def heading_of(level: Level, voice: Perspective, leaders: str | None) -> Line:
    """The heading above a box when it is published. It differs for leaders: they wrote what they want.

    Where a late voice is shown without its group, it may be a leader's or not."""
    box = f"page.box.{level.value}"
    if level is not Level.INTENTIONS:
        return line(box)
    if voice.group is None:
        return line(f"{box}_of_anybody" if voice.is_late else box)
    return line(f"{box}_of_leaders" if voice.group == leaders else box)


def _sealed_pages(reveal: Reveal, sealed: Sequence[Perspective], cutter: Cutter) -> Iterator[Page]:
    named = labels(reveal.perspectives, reveal.statement.merged)
    by_group = [(group, list(voices)) for group, voices in groupby(sealed, key=lambda voice: voice.group)]
    for group, voices in by_group:
        under = ""
        if len(sealed) > ONE_THREAD_UP_TO:
            under = group or EVERYONE
            title = of_group("page.group", group, reveal.statement.merged, count=len(voices))
            yield Page(kind=MessageKind.HEADING, title=title, under=under)
        for voice in voices:
            pieces = _boxes(voice, reveal.leaders)
            # taken down before the reveal was planned again: keep the page, which then says that it was taken down
            first = () if voice.is_readable else (Part(voice=voice.position),)
            yield from cutter.pages(MessageKind.PAGE, named[voice.position], pieces, under=under, first=first)


def _late_pages(reveal: Reveal, cutter: Cutter) -> Iterator[Page]:
    named = labels(reveal.perspectives, reveal.statement.merged)
    for voice in reveal.perspectives:
        if voice.seen is not None:
            mark = Part(heading=line(f"page.late.{voice.seen.value}"))
            pieces = _boxes(voice, reveal.leaders)
            yield from cutter.pages(MessageKind.LATE_PAGE, named[voice.position], pieces, first=(mark,))


def _boxes(voice: Perspective, leaders: str | None) -> Iterator[Piece]:
    for level in Level:
        if (text := voice.answers.of(level)).strip():
            heading = heading_of(level, voice, leaders)
            yield Piece(heading=heading, voice=voice.position, box=level, text=text)


def _side_by_side(reveal: Reveal, contrast: Contrast) -> Iterator[Piece | Part]:
    named = labels(reveal.perspectives, reveal.statement.merged)
    by_position = {voice.position: voice for voice in reveal.perspectives}
    for column in contrast.columns:
        yield Part(heading=column.heading)
        for at in column.voices:
            text = by_position[at].answers.of(column.level)
            yield Piece(heading=named[at], voice=at, box=column.level, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """Packs text into messages of one platform's size limit."""

    measure: Measure
    longest: int

    def pages(
        self,
        kind: MessageKind,
        title: Line,
        pieces: Iterable[Piece | Part],
        *,
        under: str = "",
        first: tuple[Part, ...] = (),
    ) -> Iterator[Page]:
        """One page if it fits, else several numbered pages."""
        filled = self._fill(self.longest - self._cost(title) - LINE_ALLOWANCE, (*first, *pieces))
        for n, parts in enumerate(filled, start=1):
            which = Part(heading=line("page.part", part=n, parts=len(filled)))
            shown = (which, *parts) if len(filled) > 1 else tuple(parts)
            yield Page(kind=kind, title=title, parts=shown, under=under)

    def _fill(self, full: int, pieces: Iterable[Piece | Part]) -> list[list[Part]]:
        filled: list[list[Part]] = [[]]
        left = full
        for piece in pieces:
            if isinstance(piece, Part):
                filled[-1].append(piece)
                left -= self._cost(piece.heading) if piece.heading else 0
                continue
            start = 0
            while start < len(piece.text):
                space = left - self._cost(piece.heading)
                rest = self.measure(piece.text[start:])
                whole = full - self._cost(piece.heading)
                has_words = any(part.voice is not None for part in filled[-1])
                if rest > space and has_words and (rest <= whole or space < whole / 3):
                    carried = _headings_at_the_end(filled[-1])
                    filled.append(carried)
                    left = full - sum(self._cost(part.heading) for part in carried if part.heading)
                    continue
                end = cut(piece.text, start, max(space, 1), self.measure)
                filled[-1].append(
                    Part(heading=piece.heading, voice=piece.voice, box=piece.box.value, start=start, end=end)
                )
                left = space - self.measure(piece.text[start:end])
                start = end
        return filled

    def _cost(self, shown: Line) -> int:
        return LINE_ALLOWANCE + sum(self.measure(str(fact)) for fact in shown.facts.values())


def _headings_at_the_end(parts: list[Part]) -> list[Part]:
    """Removes a trailing heading from a message, so that it moves to the next message with its text."""
    at = len(parts)
    while at and parts[at - 1].voice is None:
        at -= 1
    carried = parts[at:]
    del parts[at:]
    return carried
