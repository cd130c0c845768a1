"""Contrasts: voices shown side by side, such as what leaders want and what the other groups believe they want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.answers import Level
from bot.messages import Line, Reveal, line
from bot.reveal.labels import of_group
from bot.rounds import Perspective


class ContrastKind(StrEnum):
    INTENTIONS = "intentions"
    THEMSELVES = "themselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One side of a contrast: the answers of some voices at one level, in reading order."""

    heading: Line
    level: Level
    voices: tuple[int, ...]  # Perspective.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    kind: ContrastKind
    title: Line
    columns: tuple[Column, ...]


def contrasts(reveal: Reveal) -> tuple[Contrast, ...]:
    """Built from voices sealed in time (late writers could have read the others), if both sides wrote something."""
    return (*_intentions(reveal), *_themselves(reveal))


def _intentions(reveal: Reveal) -> Iterator[Contrast]:
    """Leaders first: what they say they want; then what each group believes, in reading order."""
    if reveal.leaders is None:
        return
    want = _column(reveal, reveal.leaders, Level.INTENTIONS, "want")
    beliefs = [
        column
        for group in _shown(reveal)
        if group != reveal.leaders and (column := _column(reveal, group, Level.INTENTIONS, "believe"))
    ]
    if want and beliefs:
        yield Contrast(
            kind=ContrastKind.INTENTIONS,
            title=line("page.contrast.intentions", group=reveal.leaders),
            columns=(want, *beliefs),
        )


def _themselves(reveal: Reveal) -> Iterator[Contrast]:
    """Each group's level 1 beside the level 2 of those who plan or work for it: the groups read after it."""
    shown = _shown(reveal)
    for at, group in enumerate(shown):
        own = _column(reveal, group, Level.PERSONAL, "of_themselves")
        by_others = [
            column for other in shown[at + 1 :] if (column := _column(reveal, other, Level.OTHERS, "of_others"))
        ]
        if own and by_others:
            yield Contrast(
                kind=ContrastKind.THEMSELVES,
                title=of_group("page.contrast.themselves", group, reveal.statement.merged),
                columns=(own, *by_others),
            )


def _shown(reveal: Reveal) -> Sequence[str | None]:
    sealed = (voice.group for voice in reveal.perspectives if not voice.is_late)
    return tuple(dict.fromkeys(sealed))


def _column(reveal: Reveal, group: str | None, level: Level, says: str) -> Column | None:
    voices = tuple(voice.position for voice in reveal.perspectives if _speaks(voice, group, level))
    if not voices:
        return None
    heading = of_group(f"page.column.{says}", group, reveal.statement.merged)
    return Column(heading=heading, level=level, voices=voices)


def _speaks(voice: Perspective, group: str | None, level: Level) -> bool:
    said = voice.is_readable and bool(voice.answers.of(level).strip())
    return not voice.is_late and voice.group == group and said
