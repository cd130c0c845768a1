"""Stored words carry a version and name their boxes, so that later releases open and verify what is sealed today."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from bot.answers import Answers, Level, Receipt, Seen
from bot.reveal import commitment
from storage.words.seal import from_words, words

RECEIPT = Receipt("K7QD-3M9X-TT2A-9WPE")
FOUR = {"personal": "Less waiting.", "others": "", "intentions": "To save money.", "barriers": "No signal"}
WRITTEN = Answers(personal="Less waiting.", intentions="To save money.", barriers="No signal")


def recomputed(boxes: dict[str, str]) -> str:
    """As docs/checking.md says."""
    plain = json.dumps(boxes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256((RECEIPT.replace("-", "") + plain).encode()).hexdigest()


def test_what_is_stored_says_its_version_and_names_its_boxes() -> None:
    stored = json.loads(words(WRITTEN, RECEIPT))
    assert stored["v"] == 1
    assert set(stored["boxes"]) == set(FOUR)


@pytest.mark.parametrize("receipt", [RECEIPT, None])
def test_words_of_the_first_release_still_open(receipt: Receipt | None) -> None:
    old = json.dumps({**FOUR, "sign": True, "seen": "none", "receipt": receipt})
    answers = replace(WRITTEN, sign=True, seen=Seen.NONE)
    assert from_words(old.encode()) == (answers, receipt)
    assert commitment(RECEIPT, from_words(old.encode())[0]) == recomputed(FOUR)


def test_a_commitment_covers_the_boxes_that_were_asked_and_no_box_that_came_later() -> None:
    """Another release asks more: those who were asked two boxes verify over two, before and after it."""
    two = {"others": "", "personal": "x"}
    stored = json.dumps({"v": 1, "boxes": two, "sign": False, "seen": None, "receipt": RECEIPT})
    answers, receipt = from_words(stored.encode())
    assert answers.covers == (Level.PERSONAL, Level.OTHERS)
    assert commitment(RECEIPT, answers) == recomputed(two)
    again, _ = from_words(words(answers, receipt))  # as it is stored anew when the round opens
    assert again == answers
    assert commitment(RECEIPT, again) == recomputed(two)


def test_the_boxes_are_part_of_the_commitment() -> None:
    four = Answers(personal="x")
    assert commitment(RECEIPT, four) != commitment(RECEIPT, replace(four, covers=(Level.PERSONAL,)))
