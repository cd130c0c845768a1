"""Floors: what cannot be had for less, whatever is built on it."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE, TAG, KEY = 12, 16, 32


class BareCommits:
    """`sqlite3` alone: one row of so many bytes a transaction, as durable as ours (WAL, synchronous=FULL)."""

    def __init__(self, folder: Path, size: int) -> None:
        self._connection = sqlite3.connect(folder / f"bare-{size}.db", isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, bytes BLOB)")
        self._bytes = os.urandom(size)

    def seconds(self, count: int) -> float:
        run, row = self._connection.execute, (self._bytes,)
        begun = time.perf_counter()
        for _ in range(count):
            run("BEGIN IMMEDIATE")
            run("INSERT INTO kept (bytes) VALUES (?)", row)
            run("COMMIT")
        return time.perf_counter() - begun

    def close(self) -> None:
        self._connection.close()


def opening(count: int, size: int) -> float:
    """Seconds in which so many sealed texts are opened, each with a data key that has to be unwrapped first."""
    master, key = AESGCM(os.urandom(KEY)), os.urandom(KEY)
    wrapped, sealed = _closed(master, key), _closed(AESGCM(key), os.urandom(size - NONCE - TAG))
    begun = time.perf_counter()
    for _ in range(count):
        opened = master.decrypt(wrapped[:NONCE], wrapped[NONCE:], b"place")
        AESGCM(opened).decrypt(sealed[:NONCE], sealed[NONCE:], b"place")
    return time.perf_counter() - begun


def _closed(cipher: AESGCM, text: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, text, b"place")
