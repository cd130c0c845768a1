"""Validation of what a platform says about people and channels. Nothing of it is trusted.

The constructors in `bot.people` and `bot.acts` call these functions, so that no adapter can skip them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from unicodedata import category
from zoneinfo import available_timezones

LONGEST_NAME = 80
"""Characters of a name. No platform allows more in the name of a person or of a channel; names stand on buttons."""

_UNUSABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of surrogate pairs (no UTF-8 can hold them), line and paragraph separators."""

_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Direction marks: they would reorder the sentence around the name."""

_UNSEEN = frozenset({"Zs", "Cf"})

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def name(told: object, otherwise: str) -> str:
    """A name on one line, cut to the maximum length. `otherwise`: used if nothing of the name is visible."""
    if not isinstance(told, str):
        return otherwise
    return _name(told) or otherwise


@lru_cache(maxsize=10_000)
def _name(told: str) -> str:
    usable = "".join(" " if category(sign) in _UNUSABLE else sign for sign in _TURNS.sub("", told))
    if all(category(sign) in _UNSEEN for sign in usable):
        return ""
    one_line = " ".join(usable.split())
    return one_line if len(one_line) <= LONGEST_NAME else f"{one_line[: LONGEST_NAME - 1].rstrip()}…"


def zone(told: object) -> str | None:
    """A known time zone, or None: then `[rounds] time_zone` applies."""
    return told if isinstance(told, str) and told in zones() else None


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def locale(told: object) -> str | None:
    """A locale whose language has a catalogue, or None: then `[rounds] locale` applies."""
    return told if isinstance(told, str) and _language(told) in languages() else None


def language(told: object) -> str | None:
    """The tag of any language (BCP 47), whether there is a catalogue for it or not."""
    return told.replace("_", "-") if isinstance(told, str) and _TAG.fullmatch(told) else None


def _language(told: str) -> str:
    return told.replace("_", "-").partition("-")[0].lower()


@cache
def languages() -> frozenset[str]:
    """The languages of the shipped catalogues."""
    catalogues = (files("bot") / "locales").iterdir()
    return frozenset(one.name.removesuffix(".toml") for one in catalogues if one.name.endswith(".toml"))


def count(told: object) -> int:
    """A count; zero if it is not a number or is negative."""
    return max(told, 0) if isinstance(told, int) and not isinstance(told, bool) else 0
