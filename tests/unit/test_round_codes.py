"""Round codes: easy to read out, and they spell nothing. Codes of older releases stay valid."""

from __future__ import annotations

from random import Random

import pytest

from bot.commands import read_code
from storage.rounds.codes import code


def test_new_codes_have_no_vowel_and_no_sign_that_is_mistaken() -> None:
    rng = Random(1)
    made = "".join(code(rng, taken).removeprefix("R-") for taken in range(32) for _ in range(500))
    assert set(made) == set("23456789BCDFGHJKLMNPQRSTVWXZ")


def test_where_codes_are_taken_they_grow() -> None:
    assert [len(code(Random(1), taken)) for taken in (0, 7, 8, 16)] == [6, 6, 7, 8]


@pytest.mark.parametrize("taken", [0, 8, 16])
def test_what_is_made_is_understood_as_typed(taken: int) -> None:
    made = code(Random(2), taken)
    assert read_code(made) == read_code(made.lower()) == read_code(made.removeprefix("R-")) == made


@pytest.mark.parametrize("old", ["R-SLUT", "R-7F3K", "R-AEUY", "R-EAUYEA"])
def test_codes_of_older_releases_stay_valid(old: str) -> None:
    assert read_code(old) == old
