"""The list of what was destroyed, and the lock: files beside the database."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning
from storage.database.lock import Lock
from storage.words.ledger import Ledger

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_ledger_gives_back_what_was_destroyed_oldest_first_with_its_day_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.key", "a.db")
    assert list(ledger.entries()) == []
    ledger.append([{"what": "seat", "id": 7}, {"what": "round", "id": 2}], NOON)
    ledger.append([{"what": "seat", "id": 8}], NOON + DAY)
    assert list(Ledger(tmp_path / "a.key", "a.db").entries()) == [
        {"at": "2026-12-01", "what": "seat", "id": 7},
        {"at": "2026-12-01", "what": "round", "id": 2},
        {"at": "2026-12-02", "what": "seat", "id": 8},
    ]
    assert list(Ledger(tmp_path / "a.key", "b.db").entries()) == []


def test_the_ledger_forgets_what_is_older_than_any_backup_and_nothing_of_that_day(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.key", "a.db")
    ledger.forget(NOON)
    assert list(tmp_path.iterdir()) == []
    for days in range(3):
        ledger.append([{"id": days}], NOON + days * DAY)
    ledger.forget(NOON + DAY)
    assert [entry["id"] for entry in ledger.entries()] == [1, 2]
    ledger.append([{"id": 3}], NOON + 3 * DAY)
    assert [entry["id"] for entry in ledger.entries()] == [1, 2, 3]


def test_a_last_line_that_a_crash_cut_off_is_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.key", "a.db")
    ledger.append([{"id": 1}], NOON)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text() + '{"at": "2026-12-')
    assert [entry["id"] for entry in ledger.entries()] == [1]


def test_the_last_sign_of_life_is_read_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.key", "a.db")
    assert ledger.last_beat() is None
    ledger.beat(NOON)
    ledger.beat(NOON + DAY)
    assert ledger.last_beat() == NOON + DAY
    (file,) = tmp_path.iterdir()
    file.write_text("never")
    assert ledger.last_beat() is None


def test_files_beside_the_database_are_for_their_owner_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "a.key", "a.db")
    ledger.append([{"id": 1}], NOON)
    with Lock(tmp_path / "a.db"):
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    ledger.forget(NOON - DAY)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_lock_is_held_by_one_until_it_is_freed(tmp_path: Path) -> None:
    with Lock(tmp_path / "a.db"), Lock(tmp_path / "b.db"):
        with pytest.raises(AlreadyRunning) as refused:
            Lock(tmp_path / "a.db").take()
        assert refused.value.facts == {"file": str(tmp_path / "a.db.lock")}
    again = Lock(tmp_path / "a.db")
    again.take()
    again.free()
    again.free()
    again.take()
    again.free()
