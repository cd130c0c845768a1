"""Where a text may be cut: after a line, a sentence, a word; never inside what people see as one character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Measure = Callable[[str], int]

_ZWJ = "\u200d"
_ENDS = (
    re.compile(r"\n+"),
    re.compile(r"[.!?…।؟]['\")\]»”’]*\s+|[。！？｡]+[」』）”]*"),
    re.compile(r"\s+"),
)
_VIRAMA = 9
"""Combining class of the sign that ties two consonants together in the scripts of India."""


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
    # a single heap of marks longer than a message: it has to be cut somewhere
    return whole if whole > start else max(furthest, start + 1)


def _furthest(text: str, start: int, room: int, measure: Measure) -> int:
    low, high = start, min(len(text), start + max(room, 1))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[start:middle]) <= room else (low, middle - 1)
    while low > start and measure(text[start:low]) > room:  # a measure that is not quite steady
        low -= 1
    return low


def _last(end: re.Pattern[str], text: str, start: int, furthest: int) -> int | None:
    """The last such end in the later half of the piece; an earlier one would leave the message half empty."""
    half = start + (furthest - start) // 2
    ends = [found.end() for found in end.finditer(text, start, furthest) if found.end() > half]
    return next((at for at in reversed(ends) if is_between(text, at)), None)


def _whole(text: str, start: int, furthest: int) -> int:
    while furthest > start and not is_between(text, furthest):
        furthest -= 1
    return furthest


def is_between(text: str, at: int) -> bool:
    """True where `at` stands between two characters as people see them (grapheme clusters, and to spare)."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    return not (
        _clings(after)
        or before == _ZWJ
        or unicodedata.combining(before) == _VIRAMA
        or (before == "\r" and after == "\n")
        or _is_joined_pair(text, at)
    )


def _clings(char: str) -> bool:
    """Belongs to what stands before it: marks, joiners, direction marks, skin tones, tags, Hangul vowels."""
    point = ord(char)
    return (
        unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf")
        or 0x1F3FB <= point <= 0x1F3FF
        or 0x1160 <= point <= 0x11FF
        or 0xD7B0 <= point <= 0xD7FB
    )


def _is_joined_pair(text: str, at: int) -> bool:
    before, after = ord(text[at - 1]), ord(text[at])
    if 0xD800 <= before <= 0xDBFF and 0xDC00 <= after <= 0xDFFF:
        return True
    if 0x1100 <= before <= 0x115F and 0x1100 <= after <= 0x115F:
        return True
    if _is_regional(before) and _is_regional(after):  # a flag is two of these: count from where they begin
        first = at - 1
        while first > 0 and _is_regional(ord(text[first - 1])):
            first -= 1
        return (at - first) % 2 == 1
    return False


def _is_regional(point: int) -> bool:
    return 0x1F1E6 <= point <= 0x1F1FF
