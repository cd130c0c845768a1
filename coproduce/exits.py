"""Exit codes: a promise of the command line."""

from __future__ import annotations

from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2
"""Wrong usage, or a wrong configuration."""

REFUSED: Final = 3
"""Sealed, or not allowed."""
