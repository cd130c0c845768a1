"""Round codes: `R-` and four signs that can be read out; more where those are taken."""

from __future__ import annotations

from random import Random
from typing import Final

from bot.rounds import RoundCode

ALPHABET: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no code spells a word; no 0 and 1. Older codes have vowels, and stay valid (`bot.commands`)."""

SIGNS = 4
PATIENCE = 8
"""Codes that were taken before one more sign is used."""


def code(rng: Random, taken: int) -> RoundCode:
    """`taken`: how many codes were tried for this round already."""
    return RoundCode("R-" + "".join(rng.choices(ALPHABET, k=SIGNS + taken // PATIENCE)))
