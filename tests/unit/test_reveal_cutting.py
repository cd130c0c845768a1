"""Where a text may be cut: between characters as people see them, as Unicode says (UAX 29)."""

from __future__ import annotations

import time

import pytest

from bot.reveal.cutting import cut, is_between

WHOLE = [
    "\u0600\u0661",  # a sign of number in Arabic belongs to the number after it
    "क्ष्म",  # two viramas
    "\u1100\u1100\u1161\u11a8",  # old Hangul
    "👨‍👩‍👧‍👦",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "กำ",
    "ｶﾞ",
]
APART = ["é" * 2, "ab", "你好", "가나", "กข", "👍👎", "a👍"]


@pytest.mark.parametrize("around", ["{}", "x{}y", "你{}你", "🇩🇪{}👍", "เ{}ก"])
@pytest.mark.parametrize("whole", WHOLE)
def test_what_people_see_as_one_is_never_cut(whole: str, around: str) -> None:
    before, after = around.split("{}")
    text, first = f"{before}{whole}{after}", len(before)
    assert not any(is_between(text, at) for at in range(first + 1, first + len(whole)))
    assert is_between(text, first)
    assert is_between(text, first + len(whole))


@pytest.mark.parametrize("apart", APART)
def test_what_people_see_as_two_may_be_cut(apart: str) -> None:
    assert is_between(apart, len(apart) // 2)


@pytest.mark.parametrize("text", ["ab " * 1_000, "你" * 3_000, "ก" * 3_000, "क्ष" * 1_000], ids=ascii)
def test_cutting_looks_only_near_the_cut(text: str) -> None:
    began = time.perf_counter()
    for room in range(1_000, 1_100):
        cut(text, 0, room, len)
    assert time.perf_counter() - began < 1
