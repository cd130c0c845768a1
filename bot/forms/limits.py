"""What the boxes of forms have in common."""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages import Line

NO_ERRORS: Mapping[str, Line] = {}

LONGEST_LINE = 150
"""Maximum characters of a single-line box (a name, a contact or a time)."""
