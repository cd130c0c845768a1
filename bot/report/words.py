"""Sentences of a report in the round's language, and `lang` and `dir` of people's own words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.formats import direction
from bot.messages import Fact, Line, line
from bot.rounds import Round
from bot.text import Escape, Texts

_LETTER = re.compile("[A-Za-z]")
_SPOKEN = {
    "HEBREW": "he",
    "ARABIC": "und-Arab",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CYRILLIC": "und-Cyrl",
    "GREEK": "el",
    "THAI": "th",
    "DEVANAGARI": "und-Deva",
}
"""Script (as in Unicode character names) -> BCP 47 language for screen readers."""

_WORD = re.compile(r"[^\W\d_]+")

CLEARLY = 3
"""That many common words of a language must be there: a wrong `lang` is read out worse than none."""

_COMMONEST = """
en: the and that this with have would for not are was they you what it is of to we my
de: der die das und ich nicht ist wir mit für auf ein eine den dem zu sich auch von es wird haben
fr: le les des est et je nous pas une pour dans que qui avec sur ce cette mais du au être
es: el los las que y es por para con una no se del como pero más muy nos lo al este
it: il che di è non per una sono con gli le della ma anche più come questo mi ci nel
nl: het een en van ik niet is dat we voor met zijn ook maar wij op te er deze worden
pt: o que não os as uma para com é do da em mas mais por isso nós se ao eu muito
pl: nie się i jest na to że w z do jak ale mnie dla co tak są by już nas
tr: ve bir bu için çok ama ile daha değil ne da de olarak gibi var biz ben sonra kadar şey
sv: och att det är jag inte som en på för med vi har av den till ett men om kan
"""  # not for people
"""The commonest words of languages in Latin script."""

_COMMON: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, _, words in (row.partition(": ") for row in _COMMONEST.strip().splitlines())
}


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
        return direction(self.texts.nearest(self.round_.locale))

    def key(self, key: str, **facts: Fact) -> str:
        return self(line(key, **facts))


def spoken(text: str) -> str:
    """The `lang` of the words, by their script and their commonest words; empty where these do not tell."""
    start = text[:400]
    if start.isascii():
        return _latin(start)
    found: dict[str, int] = {}
    for char in start:
        if char.isalpha():
            script = unicodedata.name(char, "").partition(" ")[0]
            found[script] = found.get(script, 0) + 1
    if {"HIRAGANA", "KATAKANA"} & found.keys():
        return "ja"
    most = max(found, key=lambda script: found[script], default="")
    if most == "CJK":
        return _chinese(start)
    return _latin(start) if most == "LATIN" else _SPOKEN.get(most, "")


def _chinese(text: str) -> str:
    """Traditional or simplified, by which of the two national character sets holds more of it; `zh` if neither does."""
    traditional, simplified = (sum(_is_in(char, codec) for char in text) for codec in ("big5", "gb2312"))
    return "zh" if traditional == simplified else "zh-Hant" if traditional > simplified else "zh-Hans"


def _is_in(char: str, codec: str) -> bool:
    try:
        return bool(char.encode(codec))
    except UnicodeEncodeError:
        return False


def _latin(text: str) -> str:
    """The language whose commonest words are clearly more often there than any other's; empty where none's are."""
    said = Counter(_WORD.findall(text.lower()))
    counted = sorted((sum(said[word] for word in words), language) for language, words in _COMMON.items())
    (second, _), (most, language) = counted[-2:]
    return language if most >= CLEARLY and most >= 2 * second else ""


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
