"""Names with a direction of their own: what stands between isolates changes the order of nothing around it."""

from __future__ import annotations

import re

FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
"""Unicode UAX #9."""

_ISOLATES = re.compile("[\u2066-\u2069]")


def isolated(text: str) -> str:
    """The name between isolates of its own. Isolates in it go: one too many would open or close ours."""
    return f"{FIRST_STRONG_ISOLATE}{without_isolates(text)}{POP_DIRECTIONAL_ISOLATE}"


def without_isolates(text: str) -> str:
    """As it was before: names that people copy from a message bring ours along."""
    return _ISOLATES.sub("", text)
