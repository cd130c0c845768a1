"""The last sign of life beside the key: written whole, however many write it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from storage.words.ledger import Ledger
from storage.words.seal import Seal
from tests.builders import DAY, NOON
from tests.contract.stores import KEYS


def test_signs_of_life_that_come_at_once_are_all_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "bot.key", "db", Seal(KEYS), 30 * DAY)
    times = [NOON + timedelta(seconds=n) for n in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.beat, times))  # raises what one of them raised
    assert ledger.last_beat() in times
