"""One line of the list beside the key: of one length, encrypted, with a checksum; and how a file is cut into lines."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from storage.words.seal import Seal, Wrapped

Entry = Mapping[str, str | int]

LINE: Final = 512
"""Bytes of a line, all alike. No line crosses a sector of a disk: a write that breaks off damages no other line."""

_TEXT: Final = 336
"""… of what is encrypted in it: 488 in base64, with nonce and tag. Before it 13 digits, behind it 8 of a checksum."""


def line_of(entry: Entry, seal: Seal, place: str) -> bytes:
    """Of an empty entry it is a blank, which looks like all others."""
    text = json.dumps(entry, separators=(",", ":")).encode().ljust(_TEXT)
    wrapped = seal.wrap(text, place)
    told = f"{wrapped.version:013d} ".encode() + base64.b64encode(wrapped.key) + b" "
    return told + f"{zlib.crc32(told):08x}\n".encode()


def read(line: bytes, seal: Seal, place: str) -> Entry | None:
    """None: it is damaged. Raises KeyMissing, KeyWrong."""
    if line.startswith(b"{"):
        return _read_old(line)
    told, checksum = line[:-8], line[-8:]
    if len(line) != LINE - 1 or checksum != f"{zlib.crc32(told):08x}".encode():
        return None
    version, coded = told.split()
    wrapped = Wrapped(version=int(version), key=base64.b64decode(coded, validate=True))
    entry: Entry = json.loads(seal.unwrap(wrapped, place))
    return entry


def lines_of(whole: bytes) -> list[bytes]:
    """Each line once: by its place, as the one before may lack its end; and by its end, as places may shift."""
    if whole.startswith(b"{"):  # of the earlier release
        return whole.split(b"\n")
    by_place = [whole[at : at + LINE].rstrip(b"\n") for at in range(0, len(whole), LINE)]
    return list(dict.fromkeys([*by_place, *whole.split(b"\n")]))


def _read_old(line: bytes) -> Entry | None:
    """An entry of the earlier release, in the clear. A line that broke off was glued to the next one."""
    try:
        entry = json.loads(line[line.rindex(b'{"at"') :])
        date.fromisoformat(entry["at"])
    except (ValueError, KeyError, TypeError):
        return None
    return {"n": 0, **entry}
