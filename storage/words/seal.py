"""The seal: data keys wrapped by a versioned master key; words compressed, padded to one size, bound to their place."""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.answers import Answers, Level, Receipt, Seen
from bot.errors import KeyMissing, KeyWrong, NotUtf8
from bot.utf8 import read_utf8

NONCE, TAG = 12, 16
"""Bytes of nonce that AES-GCM is made for, and of its tag (NIST SP 800-38D, 5.2.1)."""

SIZE = 8_192
"""Bytes of every padded text, so that no length tells one answer from another."""

LONG = 73_728
"""Bytes of a text that does not fit into `SIZE` once compressed. A longer one takes a multiple of this.

Four full boxes are at most 72,000 bytes: 3,000 characters each, and up to 6 bytes for one (a control character).
"""

FORMAT = b"\x01"
"""First byte of a compressed text. Older releases did not compress; their texts are JSON and begin with `{`."""

COUNTER = 4
"""Bytes that hold the length of a text before it is compressed: no more than that is ever decompressed."""

SMALL_STEP = 64

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs without 0, O, 1 and I."""

RECEIPT_SIGNS = 16  # of 5 bits: 80 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A data key, as it may lie in the database."""

    version: int
    key: bytes = field(repr=False)


class Seal:
    """Master keys by version; the first of them wraps. Everything it opens is bound to a `place`."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Raises KeyMissing where there is none."""
        if not keys:
            raise KeyMissing()
        self._masters = {version: AESGCM(key) for version, key in keys.items()}
        self.current = next(iter(keys))

    @property
    def versions(self) -> frozenset[int]:
        return frozenset(self._masters)

    def new_key(self, place: str) -> tuple[bytes, Wrapped]:
        key = AESGCM.generate_key(256)
        return key, self.wrap(key, place)

    def wrap(self, key: bytes, place: str) -> Wrapped:
        return Wrapped(version=self.current, key=_close(self._masters[self.current], key, f"key|{place}"))

    def unwrap(self, wrapped: Wrapped, place: str) -> bytes:
        """Raises KeyMissing, KeyWrong."""
        master = self._masters.get(wrapped.version)
        if master is None:
            raise KeyMissing(version=wrapped.version)
        return _open(master, wrapped.key, f"key|{place}")


def close(key: bytes, text: bytes, place: str) -> bytes:
    """Compressed first, then padded: the size tells nothing but whether the text is a long one."""
    return _close(AESGCM(key), _padded(_compressed(text)), place)


def open_(key: bytes, sealed: bytes, place: str) -> bytes:
    """Raises KeyWrong where the key or the place is another, or a bit was changed."""
    text = _open(AESGCM(key), sealed, place)
    return _decompressed(text) if text.startswith(FORMAT) else _unmarked(text)


def close_small(key: bytes, facts: bytes, place: str) -> bytes:
    """For facts that are no words: padded to the next 64 bytes only."""
    marked = facts + b"\x80"
    return _close(AESGCM(key), marked.ljust(_up_to(len(marked), SMALL_STEP), b"\0"), place)


def open_small(key: bytes, sealed: bytes, place: str) -> bytes:
    """Raises KeyWrong, as `open_`."""
    return _unmarked(_open(AESGCM(key), sealed, place))


def _close(cipher: AESGCM, text: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, text, place.encode())


def _open(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag:
        raise KeyWrong() from None


def _compressed(text: bytes) -> bytes:
    return FORMAT + len(text).to_bytes(COUNTER) + zlib.compress(text)


def _decompressed(padded: bytes) -> bytes:
    """Raises KeyWrong where this is not what `_compressed` made."""
    start = len(FORMAT) + COUNTER
    size = int.from_bytes(padded[len(FORMAT) : start])
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(padded[start:], size + 1)
    except zlib.error:
        raise KeyWrong() from None
    if len(text) != size or not reader.eof:
        raise KeyWrong()
    return text


def _padded(text: bytes) -> bytes:
    return text.ljust(SIZE if len(text) <= SIZE else _up_to(len(text), LONG), b"\0")


def _unmarked(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]


def _up_to(length: int, step: int) -> int:
    return -(-length // step) * step


# words ------------------------------------------------------------------------------------------------------


VERSION = 1
"""Of the format in which words are stored. Words without a version are of 0.1: four boxes beside the other facts."""

_FIRST_BOXES = ("personal", "others", "intentions", "barriers")


def words(answers: Answers, receipt: Receipt | None = None) -> bytes:
    """The plaintext that is sealed for one reply. It names its boxes: the commitment covers these and no others."""
    facts = {
        "v": VERSION,
        "boxes": {level.value: answers.of(level) for level in answers.covers},
        "sign": answers.sign,
        "seen": answers.seen,
        "receipt": receipt,
        **({"written_in": answers.written_in} if answers.written_in else {}),
    }
    # surrogatepass: half a character is no text, but must not be lost or keep anybody from answering
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_words(text: bytes) -> tuple[Answers, Receipt | None]:
    """Of this version and of the one before there were versions."""
    facts = json.loads(text)
    boxes = facts["boxes"] if "v" in facts else {name: facts[name] for name in _FIRST_BOXES}
    seen, receipt = facts["seen"], facts["receipt"]
    covers = tuple(level for level in Level if level.value in boxes)
    answers = Answers(
        **boxes,
        sign=facts["sign"],
        seen=Seen(seen) if seen else None,
        covers=covers,
        written_in=facts.get("written_in", ""),
    )
    return answers, Receipt(receipt) if receipt else None


def is_long(answers: Answers, receipt: Receipt | None = None) -> bool:
    """Are these words sealed in a larger size than nearly all others, so that their size tells whose they are?"""
    text = words(answers, receipt)
    return len(text) > SIZE // 2 and len(_compressed(text)) > SIZE


def new_receipt() -> Receipt:
    number = int.from_bytes(os.urandom(10))
    signs = "".join(ALPHABET[number >> 5 * place & 31] for place in range(RECEIPT_SIGNS))
    return Receipt("-".join(signs[at : at + 4] for at in range(0, RECEIPT_SIGNS, 4)))


def read_receipt(typed: str) -> Receipt | None:
    """Forgives case, spaces and hyphens. None: this is no receipt."""
    signs = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(signs) != RECEIPT_SIGNS or not set(signs) <= set(ALPHABET):
        return None
    return Receipt("-".join(signs[at : at + 4] for at in range(0, RECEIPT_SIGNS, 4)))


# key files --------------------------------------------------------------------------------------------------


def read_keys(lines: Iterable[str]) -> dict[int, bytes]:
    """Of `version:base64`, a line each. Raises KeyWrong, which names the line and never the key."""
    keys: dict[int, bytes] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        version, _, coded = line.strip().partition(":")
        try:
            keys[int(version)] = base64.b64decode(coded, validate=True)
        except (ValueError, binascii.Error):
            raise KeyWrong(line=number) from None
        if len(keys[int(version)]) != 32:
            raise KeyWrong(line=number)
    return keys


def read_key_file(file: Path) -> dict[int, bytes]:
    """Raises KeyMissing, KeyWrong."""
    try:
        return read_keys(read_utf8(file).splitlines())
    except FileNotFoundError:
        raise KeyMissing(file=str(file)) from None
    except NotUtf8:
        raise KeyWrong(file=str(file)) from None


def read_key_list(listed: str) -> dict[int, bytes]:
    """Of the environment: the same, with commas."""
    return read_keys(listed.split(","))


def add_key(file: Path) -> int:
    """Writes a new master key before the others, durably and for its owner only; returns its version."""
    keys = read_key_file(file) if file.exists() else {}
    version = max(keys, default=0) + 1
    keys = {version: AESGCM.generate_key(256), **keys}
    lines = [f"{number}:{base64.b64encode(key).decode()}\n" for number, key in keys.items()]
    beside = file.with_name(file.name + ".new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as new:
        new.writelines(lines)
        new.flush()
        os.fsync(new.fileno())
    beside.replace(file)
    return version
