"""Where a text may be cut: after a line, a sentence, a word; never inside what people see as one character."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import regex

Measure = Callable[[str], int]

_CHARACTER: Final = regex.compile(r"\X[\u200e\u200f\u061c\u202c\u2069]*")
"""A grapheme cluster with the marks that end its direction, which would otherwise act on the next message."""
_ENDS = (
    re.compile(r"\n+"),
    re.compile(r"[.!?…।؟]['\")\]»”’]*\s+|[。！？｡]+[」』）”]*"),
    re.compile(r"\s+"),
)


def cut(text: str, start: int, room: int, measure: Measure) -> int:
    """Where the piece that begins at `start` ends so that it measures at most `room`; one character at least."""
    if measure(text[start:]) <= room:
        return len(text)
    furthest = _furthest(text, start, room, measure)
    for end in _ENDS:
        found = _last(end, text, start, furthest)
        if found is not None:
            return found
    whole = _whole(text, start, furthest)
    # one grapheme cluster is longer than a message: cut inside it
    return whole if whole > start else max(furthest, start + 1)


def _furthest(text: str, start: int, room: int, measure: Measure) -> int:
    low, high = start, min(len(text), start + max(room, 1))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[start:middle]) <= room else (low, middle - 1)
    while low > start and measure(text[start:low]) > room:  # `measure` may not be monotonic
        low -= 1
    return low


def _last(end: re.Pattern[str], text: str, start: int, furthest: int) -> int | None:
    """The last match in the second half of the piece. An earlier cut would leave the message half empty."""
    half = start + (furthest - start) // 2
    ends = [found.end() for found in end.finditer(text, start, furthest) if found.end() > half]
    return next((at for at in reversed(ends) if is_between(text, at)), None)


def _whole(text: str, start: int, furthest: int) -> int:
    while furthest > start and not is_between(text, furthest):
        furthest -= 1
    return furthest


def is_between(text: str, at: int) -> bool:
    """Is `at` a boundary of grapheme clusters (UAX 29)?"""
    if at <= 0 or at >= len(text):
        return True
    # matching on the whole text takes milliseconds; a cluster spans two letters only if a joining mark connects them
    begin = next((near for near in range(at - 1, 0, -1) if text[near].isalnum() or text[near].isascii()), 0)
    found = _CHARACTER.match(text, begin)
    while found and found.end() < at:
        found = _CHARACTER.match(text, found.end())
    return found is not None and found.end() == at
