"""Commitments: what lets anybody check that words are in, unchanged, and that the order was drawn by lot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.rounds import Answers, Receipt


def commitment(nonce: Receipt, answers: Answers) -> str:
    """Hex SHA-256 over the receipt's 16 characters (capitals, no hyphens) and the boxes as canonical JSON.

    Canonical: the names of the boxes that were asked (`Answers.covers`) as keys in alphabetical order, no spaces,
    UTF-8, the words exactly as they were sealed (no Unicode normalisation). `sign` and `seen` are left out: they are
    not words, and whoever checks needs only what they see. `docs/checking.md` does the same in four lines.
    """
    boxes = {level.value: answers.of(level) for level in answers.covers}
    reply = json.dumps(boxes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # surrogatepass: a lone surrogate is no text, but must not keep a round from opening
    return hashlib.sha256(canonical(nonce).encode() + reply.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(nonce: str) -> str:
    """A receipt as it goes into the commitment, however it was typed."""
    return "".join(nonce.upper().replace("-", "").split())


def root_of(commitments: Iterable[str]) -> str:
    """Hex SHA-256 over the sorted commitments, one after the other as hex digits."""
    return hashlib.sha256("".join(sorted(commitments)).encode()).hexdigest()


def lot(root: str, commitment_: str) -> str:
    """Where a voice stands within its group, smallest first: fixed by all words together, chosen by nobody."""
    return hashlib.sha256((root + commitment_).encode()).hexdigest()
