"""Sentences of a report in the round's language, and `lang` and `dir` of people's own words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from babel import Locale

from bot.messages import Fact, Line, line
from bot.rounds import Round
from bot.text import Escape, Texts

_LETTER = re.compile("[A-Za-z]")
_SPOKEN = {
    "HEBREW": "he",
    "ARABIC": "und-Arab",
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "und-Cyrl",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "und-Deva",
}
"""Script (as in Unicode character names) -> BCP 47 language for screen readers. Latin script implies no language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words catalogue lines in the language and time zone of one round."""

    texts: Texts
    round_: Round
    escape: Escape = str
    said: dict[object, str] = field(default_factory=dict)
    """Cached: a report repeats most of its sentences."""

    def __call__(self, shown: Line) -> str:
        sentence = (shown.key, *shown.facts.items())
        words = self.said.get(sentence)
        if words is None:
            words = self.texts.line(shown, self.round_.locale, self.round_.time_zone, escape=self.escape)
            self.said[sentence] = words
        return words

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`: the direction of the report's own sentences."""
        return str(Locale.parse(self.texts.nearest(self.round_.locale).replace("-", "_")).text_direction)

    def key(self, key: str, **facts: Fact) -> str:
        return self(line(key, **facts))


def spoken(text: str) -> str:
    """The `lang` that the script of the words implies; empty where it implies none."""
    start = text[:400]
    if start.isascii():
        return ""
    found: dict[str, int] = {}
    for char in start:
        if char.isalpha():
            script = unicodedata.name(char, "").partition(" ")[0]
            found[script] = found.get(script, 0) + 1
    if {"HIRAGANA", "KATAKANA"} & found.keys():
        return "ja"
    most = max(found, key=lambda script: found[script], default="")
    return _SPOKEN.get(most, "")


def runs(text: str) -> str:
    """The `dir` of words: right to left from two fifths of such letters on (the threshold of Closure's bidi library).

    `dir="auto"` would follow the first strong letter alone, which is often a typing slip.
    """
    if text.isascii():
        return "ltr" if _LETTER.search(text) else "auto"
    kinds = [unicodedata.bidirectional(char) for char in text]
    left, right = kinds.count("L"), kinds.count("R") + kinds.count("AL")
    if not left and not right:
        return "auto"
    return "rtl" if right >= 0.4 * (left + right) else "ltr"
