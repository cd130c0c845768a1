"""Commitments: hashes that prove that words were published unchanged and that their order was not chosen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.answers import Answers, Receipt


def commitment(nonce: Receipt, answers: Answers) -> str:
    """Hex SHA-256 over the receipt's 16 characters (capitals, no hyphens) and the boxes as canonical JSON.

    Canonical: the names of the boxes that were asked (`Answers.covers`) as keys in alphabetical order, no spaces,
    UTF-8, the words exactly as they were sealed (no Unicode normalisation). `sign` and `seen` are left out: they are
    not words, and whoever checks needs only what they see. `docs/checking.md` does the same in four lines.
    """
    boxes = {level.value: answers.of(level) for level in answers.covers}
    reply = json.dumps(boxes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # surrogatepass: a lone surrogate is invalid text, but must not make the reveal fail
    return hashlib.sha256(canonical(nonce).encode() + reply.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(nonce: str) -> str:
    """Normalises a typed receipt to the form that is hashed into the commitment."""
    return "".join(nonce.upper().replace("-", "").split())


def root_of(commitments: Iterable[str]) -> str:
    """Hex SHA-256 over the sorted commitments, one after the other as hex digits."""
    return hashlib.sha256("".join(sorted(commitments)).encode()).hexdigest()


def lot(root: str, commitment_: str) -> str:
    """Sort key of a voice within its group (ascending). It depends on all words, so nobody can choose it."""
    return hashlib.sha256((root + commitment_).encode()).hexdigest()
