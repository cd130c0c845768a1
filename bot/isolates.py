"""Names with a direction of their own: what stands between isolates changes the order of nothing around it."""

from __future__ import annotations

import re

FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
"""Unicode UAX #9."""

_ISOLATES = re.compile("[\u2066-\u2069]")


def isolated(text: str) -> str:
    """The name between isolates of its own. Isolates in it go: one too many would open or close ours."""
    return f"{FIRST_STRONG_ISOLATE}{without_isolates(text)}{POP_DIRECTIONAL_ISOLATE}"


def unrepeated(before: str, name: str) -> str:
    """The name without its first word, where what stands before it ends with that word: "the" + "the town board"."""
    first, _, rest = name.partition(" ")
    said = before.split()[-1:] if before[-1:].isspace() else []
    return rest if rest and said and said[0].casefold() == first.casefold() else name


def without_isolates(text: str) -> str:
    """As it was before: names that people copy from a message bring ours along."""
    return _ISOLATES.sub("", text)
