"""Codes of rounds, as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.rounds import RoundCode

MARK = "[2-9A-HJ-NP-Z]{4,6}"
"""Behind `R-`, in every release: new codes have no vowels."""

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d_]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_AROUND = "()[]{}<>«»‹›\"'`´“”„‟‘’‚.,;:!?*~|#"
_CODE = re.compile(rf"(?P<prefix>R-?)?(?P<mark>{MARK})", re.IGNORECASE)
_LIKE_A_CODE = re.compile(r"R-[0-9A-Z]{2,8}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A code among words. `is_certain` False: a word that is a code only for somebody who has such a round."""

    code: RoundCode
    words: tuple[int, ...]  # its positions
    is_certain: bool


def bare(word: str) -> str:
    """Without what stands round it, with plain dashes, and without signs that nobody sees."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", word))
    return _DASHES.sub("-", text).strip(_AROUND + "-")


def read_code(text: str) -> RoundCode | None:
    """`r 7f3k`, `R7F3K`, `7f3k` -> `R-7F3K`; None where it cannot be one."""
    found = _CODE.fullmatch(re.sub(r"^([rR])[\s-]+", r"\1-", bare(text.strip())))
    return RoundCode(f"R-{found['mark'].upper()}") if found else None


def shown_code(text: str) -> RoundCode | None:
    """A code that we wrote ourselves."""
    return RoundCode(text) if re.fullmatch(f"R-{MARK}", text) else None


def codes_in(words: Sequence[str]) -> list[Found]:
    """All that may be codes, in their order."""
    return [found for at in range(len(words)) if (found := _at(words, at))]


def looks_like_one(word: str) -> bool:
    """Meant as a code, and none: `R-7O3K`."""
    return bool(_LIKE_A_CODE.fullmatch(bare(word))) and read_code(word) is None


def _at(words: Sequence[str], at: int) -> Found | None:
    head = bare(words[at])
    if head.upper() == "R" and at + 1 < len(words):  # "r 7f3k" is one code in two words
        mark = bare(words[at + 1])
        if re.fullmatch(MARK, mark, re.IGNORECASE):
            return Found(RoundCode(f"R-{mark.upper()}"), (at, at + 1), _has_digit(mark))
    if at and bare(words[at - 1]).upper() == "R":
        return None
    found = _CODE.fullmatch(head)
    if found is None:
        return None
    prefix, mark = found["prefix"] or "", found["mark"].upper()
    return Found(RoundCode(f"R-{mark}"), (at,), prefix.endswith("-") or (bool(prefix) and _has_digit(mark)))


def _has_digit(mark: str) -> bool:
    return any(sign.isdigit() for sign in mark)
