"""Text that is safe to write to a terminal, whoever wrote it: names of files, people, workspaces, faults."""

from __future__ import annotations

import re
import sys
from typing import TextIO

_PICTURES = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {127: "\u2421"}
_C1 = dict.fromkeys(range(128, 160), "\ufffd")
_TURNING = {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Directional embeddings, overrides, isolates (Unicode UAX #9): an open one reorders all that follows on the line."""

_NOT_TEXT = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
"""Surrogates: Python has them for bytes of a file's name that are not UTF-8, and no terminal takes them."""

_ISOLATED = re.compile("\u2068([^\u2066-\u2069\u202a-\u202e\n]*)\u2069")
"""A name between isolates of its own, closed on its line: it reorders nothing around it."""

_INERT = _PICTURES | _C1 | _TURNING | _NOT_TEXT


def inert(text: str) -> str:
    """Control characters are shown by visible ones (ESC as U+241B); line ends, tabs and isolated names stay."""
    parts = _ISOLATED.split(text)  # what stands between names, and names, in turns
    return "".join(
        f"\u2068{part.translate(_INERT)}\u2069" if at % 2 else part.translate(_INERT) for at, part in enumerate(parts)
    )


def width(text: str) -> int:
    """Characters that take a place on the line."""
    return len(_ISOLATED.sub(r"\1", text))


def one_line(text: str) -> str:
    """The same where a line end would begin a line that somebody else could have written."""
    return inert(text).replace("\n", "\u240a")


def say(text: str, out: TextIO | None = None, *, end: str = "\n") -> None:
    """To standard output, unless told otherwise."""
    out = out or sys.stdout
    out.write(inert(text) + end)
    out.flush()


def complain(text: str, *, end: str = "\n") -> None:
    """To standard error."""
    say(text, sys.stderr, end=end)


def escaped_in_json(text: str) -> str:
    """The same for JSON, which `json.dumps` has made with `ensure_ascii=False`: no value changes."""
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) in _INERT else sign for sign in text)
