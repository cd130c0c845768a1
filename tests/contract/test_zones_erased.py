"""The time zone that somebody chose goes with them."""

from __future__ import annotations

from tests.builders import NOON, account
from tests.contract.stores import Stores, stores

__all__ = ["stores"]


async def test_an_erased_persons_time_zone_is_erased_and_others_stay(stores: Stores) -> None:
    for user in ("sam", "ann"):
        await stores.vault.put(account(user).zone_key, b"Europe/Berlin")
    erased = await stores.replies.erase(account("sam"), NOON)
    assert erased.found
    assert await stores.vault.get(account("sam").zone_key) is None
    assert await stores.vault.get(account("ann").zone_key) == b"Europe/Berlin"
