"""How long the answers take to read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil

from bot.answers import Level
from bot.rounds import Perspective

WORDS_A_MINUTE = 160
"""Words a minute. A slow pace, because people read these texts carefully."""

WORDS_A_CHARACTER = 0.6
"""How many words one character counts for, in scripts without spaces between words."""

_SPACELESS = re.compile(r"[\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def minutes_to_read(voices: Iterable[Perspective]) -> int:
    """Estimated minutes to read everything; 0 if there is nothing to read."""
    words = sum(_words(voice.answers.of(level)) for voice in voices for level in Level)
    return ceil(words / WORDS_A_MINUTE)


def _words(text: str) -> float:
    if text.isascii():
        return len(text.split())
    spaceless = len(_SPACELESS.findall(text))
    return len(_SPACELESS.sub(" ", text).split()) + spaceless * WORDS_A_CHARACTER
