"""Adapters' own secrets in the database, each under a data key of its own."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, delete, select

# this one is understood by both dialects; SQLite's own only by SQLite
from sqlalchemy.dialects.postgresql import insert

from storage.database import tables as t
from storage.database.database import Database
from storage.words.seal import Seal, Wrapped, close, open_

_NAME: Final = t.vault.c.key == bindparam("name")
_PUT: Final = insert(t.vault)
PUT: Final = _PUT.on_conflict_do_update(
    index_elements=["key"],
    set_={name: _PUT.excluded[name] for name in ("wrapped", "key_version", "ciphertext")},
)
GET: Final = select(t.vault).where(_NAME)
DELETE: Final = delete(t.vault).where(_NAME)


class SqlVault:
    """The port `Vault`."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def put(self, key: str, secret: bytes) -> None:
        data_key, wrapped = self._seal.new_key(_place(key))
        row = {
            "key": key,
            "wrapped": wrapped.key,
            "key_version": wrapped.version,
            "ciphertext": close(data_key, secret, _place(key)),
        }
        await self._database.write(lambda db: db.execute(PUT, row).close())

    async def get(self, key: str) -> bytes | None:
        row = await self._database.read(lambda db: db.execute(GET, {"name": key}).one_or_none())
        if row is None:
            return None
        data_key = self._seal.unwrap(Wrapped(version=row.key_version, key=row.wrapped), _place(key))
        return open_(data_key, row.ciphertext, _place(key))

    async def delete(self, key: str) -> None:
        await self._database.write(lambda db: db.execute(DELETE, {"name": key}).close())
        await self._database.scrub()


def _place(key: str) -> str:
    return f"vault|{key}"
