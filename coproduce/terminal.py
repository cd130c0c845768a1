"""Text that is safe to write to a terminal, whoever wrote it."""

from __future__ import annotations

_PICTURES = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {127: "\u2421"}
_C1 = dict.fromkeys(range(128, 160), "\ufffd")
_EMBEDDINGS = {code: f"\\u{code:04x}" for code in range(0x202A, 0x202F)}
"""Directional embeddings and overrides (Unicode UAX #9): an open one reorders all that follows on the line."""

_INERT = _PICTURES | _C1 | _EMBEDDINGS


def inert(text: str) -> str:
    """Control characters are shown by visible ones (ESC as U+241B); line ends and tabs stay."""
    return text.translate(_INERT)


def escaped_in_json(text: str) -> str:
    """The same for JSON, which `json.dumps` has made with `ensure_ascii=False`: no value changes."""
    return "".join(f"\\u{ord(sign):04x}" if ord(sign) in _INERT else sign for sign in text)
