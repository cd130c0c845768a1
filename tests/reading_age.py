"""How hard English is to read, as a school grade."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d[\d:.,]*")
_END = re.compile(r"[.!?:;…]+(?=\s|$)|\n")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<![aeiouy])(?:es|ed|e)$")  # "moved", "notes", "time"
_SOUNDED = re.compile(r"(?:[td]ed|(?:[sxz]|ch|sh|[cg])es|[^aeiouy]le[sd]?)$")  # "ended", "changes", "table"


def grade(text: str) -> float:
    """The Flesch-Kincaid grade: the US school year in which it is understood; 7 is an age of about 12.

    0.39 · words per sentence + 11.8 · syllables per word - 15.59 (Kincaid, Fishburne, Rogers and Chissom 1975,
    "Derivation of new readability formulas for Navy enlisted personnel", Research Branch Report 8-75). As there, a
    colon and a semicolon end a sentence too. Syllables are counted by spelling.
    """
    words = words_of(text)
    sentences = sum(bool(_WORD.search(part)) for part in _END.split(text))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?…])\s+|\n", text) if _WORD.search(part)]


def syllables(word: str) -> int:
    """By its groups of vowels. A number counts as one: how it is read out is no matter of ours."""
    word = re.sub(r"['’](?:s|t|m|d|ll|re|ve)?$", "", word.lower())
    groups = len(_VOWELS.findall(word))
    if _SILENT.search(word) and not _SOUNDED.search(word):
        groups -= 1
    return max(groups, 1)
