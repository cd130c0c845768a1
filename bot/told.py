"""What a platform says of people and places, checked before it becomes a value of ours: nothing of it is trusted.

`bot.people` and `bot.acts` call this where a value is made, so that no adapter can leave it out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from unicodedata import category
from zoneinfo import available_timezones

LONGEST_NAME = 80
"""Characters of a name. Slack allows 80 in a real name and in a channel's; names stand in lists and on buttons."""

_UNUSABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of surrogate pairs (no UTF-8 can hold them), line and paragraph separators."""

_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that change the direction of writing: they reorder the sentence around the name."""

_UNSEEN = frozenset({"Zs", "Cf"})


def name(told: object, otherwise: str) -> str:
    """In one line, and not longer than a name may be; `otherwise` where nothing of it can be seen."""
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
    """A time zone that our tables know; None: that of `[rounds] time_zone` applies."""
    return told if isinstance(told, str) and told in zones() else None


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def locale(told: object) -> str | None:
    """A locale whose language has a catalogue; None: that of `[rounds] locale` applies."""
    return told if isinstance(told, str) and _language(told) in languages() else None


def _language(told: str) -> str:
    return told.replace("_", "-").partition("-")[0].lower()


@cache
def languages() -> frozenset[str]:
    """Those of the catalogues that are shipped."""
    catalogues = (files("bot") / "locales").iterdir()
    return frozenset(one.name.removesuffix(".toml") for one in catalogues if one.name.endswith(".toml"))


def count(told: object) -> int:
    """Zero where it is no number, or less than nothing."""
    return max(told, 0) if isinstance(told, int) and not isinstance(told, bool) else 0
