"""The words that times are made of: names of days and months, and numbers. Slips of one letter are known."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
TOMORROW = frozenset({"tomorrow", "tmrw", "tmr", "tmw", "tommorow", "tommorrow", "2moro"})
TODAY = frozenset({"today", "2day"})

_SHORT_DAYS = {"tues": 1, "wednes": 2, "weds": 2, "wensday": 2, "wendsday": 2, "thur": 3, "thurs": 3}
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen")
_NUMBERS = {name: number for number, name in enumerate(_ONES, start=1)}
_NUMBERS |= {"fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45}
_NUMBERS |= {"sixty": 60, "ninety": 90}

_DASHES = re.compile(r"[‐-―−]")
_QUOTES = re.compile(r"[‘’ʼ´]")
_SHORTEST_NAME = 4
"""Letters: in shorter names one letter is too much of the whole."""


def plain(text: str) -> str:
    """Lower case, single spaces, one kind of dash and apostrophe; no invisible characters, no quotes around it."""
    letters = (letter for letter in text if category(letter) != "Cf")
    seen = "".join(letter if category(letter) == "No" else normalize("NFKC", letter) for letter in letters).lower()
    seen = _QUOTES.sub("'", _DASHES.sub("-", seen))
    return " ".join(seen.split()).strip(" .!?,;\"'`“”„«»")


def number(text: str) -> int | None:
    """`3`, `three`."""
    return int(text) if text.isdecimal() and len(text) <= 6 else _NUMBERS.get(text)


def weekday(word: str) -> int | None:
    """Monday is 0."""
    word = word.rstrip(".")
    if word in _SHORT_DAYS:
        return _SHORT_DAYS[word]
    name = next((name for name in DAYS if word in (name, name[:3], name[:2])), None) or _meant(word)
    return DAYS.index(name) if name in DAYS else None


def month(word: str) -> int | None:
    """January is 1."""
    word = word.rstrip(".")
    name = next((name for name in MONTHS if word in (name, name[:3], name[:4])), None) or _meant(word)
    return MONTHS.index(name) + 1 if name in MONTHS else None


def is_today(word: str) -> bool:
    return word in TODAY


def is_tomorrow(word: str) -> bool:
    return word in TOMORROW or _meant(word) == "tomorrow"


@lru_cache(maxsize=1_000)
def _meant(word: str) -> str | None:
    """The one name that this is a slip of: one letter missing, added, wrong, or two swapped.

    Where two names are as near, it is none. A wrong first letter counts only where every other name is far: "tunday"
    may be a Tuesday.
    """
    if not _SHORTEST_NAME <= len(word) <= 12 or not word.isalpha():
        return None
    names = ("tomorrow", *(name for name in (*DAYS, *MONTHS) if len(name) >= _SHORTEST_NAME))
    apart = {name: _distance(word, name) for name in names}
    near = [name for name, count in apart.items() if count == 1]
    if same := [name for name in near if sorted(name[:2]) == sorted(word[:2]) or name[0] == word[0]]:
        return same[0] if len(same) == 1 else None
    return near[0] if len(near) == 1 and sum(count <= 2 for count in apart.values()) == 1 else None


def _distance(one: str, other: str) -> int:
    """How many letters to add, drop, change or swap with their neighbour (optimal string alignment)."""
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
