"""The list beside the key: what it gives back, what it strikes out and forgets, and what its file tells nobody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from bot.errors import KeyFolderUnwritable, ListUnwritable
from storage.words.ledger import FEWEST, Ledger
from storage.words.ledger_lines import LINE, Entry
from storage.words.seal import Seal
from tests.builders import DAY, NOON
from tests.contract.stores import KEYS

KEEP = 30 * DAY
TODAY = NOON.date()


def opened(folder: Path, on: date = TODAY, keys: dict[int, bytes] = KEYS, name: str = "a.db") -> Ledger:
    ledger = Ledger(folder / "a.key", name, Seal(keys), KEEP, today=lambda: on)
    ledger.load()
    return ledger


def started(folder: Path, on: date = TODAY) -> Ledger:
    ledger = opened(folder, on)
    ledger.settle()
    return ledger


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE identity (name, listed)")
    with create_engine(f"sqlite:///{file}").connect() as connection:
        yield connection


def listed(ledger: Ledger, connection: Connection, *entries: Entry) -> None:
    ledger.enter(connection, entries)
    ledger.confirm()


def entries(folder: Path, known: int = 0) -> Sequence[Entry]:
    return [
        {name: value for name, value in entry.items() if name != "n"}
        for entry in opened(folder).unknown_to(known, restored=True)
    ]


def the_list(folder: Path) -> Path:
    return folder / "a.key.a.db.destroyed"


def test_the_list_gives_back_what_was_destroyed_oldest_first_with_its_day_alone(
    tmp_path: Path, connection: Connection
) -> None:
    ledger = started(tmp_path)
    listed(ledger, connection, {"what": "seat", "seat": 7}, {"what": "round", "round": 2})
    listed(started(tmp_path, (NOON + DAY).date()), connection, {"what": "seat", "seat": 8})
    assert entries(tmp_path) == [
        {"at": "2026-12-01", "what": "seat", "seat": 7},
        {"at": "2026-12-01", "what": "round", "round": 2},
        {"at": "2026-12-02", "what": "seat", "seat": 8},
    ]
    assert entries(tmp_path, known=1) == [{"at": "2026-12-02", "what": "seat", "seat": 8}]
    assert opened(tmp_path, name="b.db").unknown_to(0, restored=True) == []


def test_the_list_forgets_what_is_older_than_any_backup_and_nothing_of_that_day(
    tmp_path: Path, connection: Connection
) -> None:
    for days in range(3):
        listed(started(tmp_path, (NOON + days * DAY).date()), connection, {"what": "seat", "seat": days})
    started(tmp_path).forget(NOON + DAY + KEEP)
    assert [entry["seat"] for entry in entries(tmp_path)] == [1, 2]
    listed(started(tmp_path, (NOON + 3 * DAY).date()), connection, {"what": "seat", "seat": 3})
    assert [entry["seat"] for entry in entries(tmp_path)] == [1, 2, 3]


def test_a_bot_that_is_never_restarted_forgets_when_it_keeps_house(tmp_path: Path, connection: Connection) -> None:
    ledger = started(tmp_path)
    listed(ledger, connection, {"what": "seat", "seat": 1})
    ledger.beat(NOON + 31 * DAY)
    assert [entry["seat"] for entry in entries(tmp_path)] == [1], "a heartbeat goes on by a clock that is in doubt, too"
    ledger.forget(NOON + 31 * DAY)
    assert entries(tmp_path) == []
    listed(ledger, connection, {"what": "seat", "seat": 2})
    assert [entry["seat"] for entry in entries(tmp_path)] == [2]


@pytest.mark.parametrize("left", [1, 100, LINE - 1])
def test_a_line_that_broke_off_swallows_no_other(tmp_path: Path, connection: Connection, left: int) -> None:
    """Wherever it is torn: at the end of the file, or in the middle of it."""
    ledger = started(tmp_path)
    for seat in range(3):
        listed(ledger, connection, {"what": "seat", "seat": seat})
    whole = the_list(tmp_path).read_bytes()
    torn = whole[: 3 * LINE] + whole[3 * LINE :][:left].ljust(LINE, b"\0") + whole[4 * LINE :]
    the_list(tmp_path).write_bytes(torn)
    listed(started(tmp_path), connection, {"what": "seat", "seat": 3})
    assert [entry["seat"] for entry in entries(tmp_path)] == [0, 2, 3]
    the_list(tmp_path).write_bytes(the_list(tmp_path).read_bytes()[:-left])
    listed(started(tmp_path), connection, {"what": "seat", "seat": 4})
    assert [entry["seat"] for entry in entries(tmp_path)] == [0, 2, 3, 4]


def test_a_changed_bit_is_seen(tmp_path: Path, connection: Connection) -> None:
    listed(started(tmp_path), connection, {"what": "seat", "seat": 1})
    whole = bytearray(the_list(tmp_path).read_bytes())
    whole[2 * LINE + 40] ^= 1
    the_list(tmp_path).write_bytes(bytes(whole))
    assert entries(tmp_path) == []


def test_what_was_struck_out_never_comes_back(tmp_path: Path, connection: Connection) -> None:
    ledger = started(tmp_path)
    ledger.enter(connection, [{"what": "seat", "seat": 1}])
    ledger.strike()
    listed(ledger, connection, {"what": "seat", "seat": 2})
    assert [entry["seat"] for entry in entries(tmp_path)] == [2]


def test_what_nobody_was_told_of_is_struck_out_where_nothing_speaks_for_a_restore(
    tmp_path: Path, connection: Connection
) -> None:
    ledger = started(tmp_path)
    listed(ledger, connection, {"what": "seat", "seat": 1})
    ledger.enter(connection, [{"what": "seat", "seat": 2}])
    assert opened(tmp_path).unknown_to(1, restored=False) == []
    assert [entry["seat"] for entry in entries(tmp_path)] == [1]


def test_what_nobody_was_told_of_is_done_in_a_backup(tmp_path: Path, connection: Connection) -> None:
    """The one who pressed may have seen the bot die; whoever asked for it is not to find the words published."""
    ledger = started(tmp_path)
    listed(ledger, connection, {"what": "seat", "seat": 1})
    ledger.enter(connection, [{"what": "seat", "seat": 2}])
    assert [entry["seat"] for entry in opened(tmp_path).unknown_to(0, restored=False)] == [1, 2]


def test_a_list_that_is_full_grows_and_keeps_all(tmp_path: Path, connection: Connection) -> None:
    ledger = started(tmp_path)
    for seat in range(FEWEST + 5):
        listed(ledger, connection, {"what": "seat", "seat": seat})
    assert [entry["seat"] for entry in entries(tmp_path)] == list(range(FEWEST + 5))
    assert the_list(tmp_path).stat().st_size == 2 * FEWEST * LINE


def test_lists_of_the_release_before_are_read_once_and_encrypted(tmp_path: Path) -> None:
    old = [{"at": "2026-12-01", "what": "seat", "seat": n, "revision": 3} for n in range(3)]
    lines = [json.dumps(entry) for entry in old]
    the_list(tmp_path).write_text(f"{lines[0]}\n{lines[1][:20]}{lines[2]}\n", encoding="ascii")
    started(tmp_path)
    assert b"seat" not in the_list(tmp_path).read_bytes()
    assert [entry["seat"] for entry in entries(tmp_path)] == [0, 2]


def test_a_list_opens_under_each_key_of_the_file_and_is_written_under_the_newest(
    tmp_path: Path, connection: Connection
) -> None:
    listed(started(tmp_path), connection, {"what": "seat", "seat": 1})
    rotated = {2: b"n" * 32, **KEYS}
    opened(tmp_path, keys=rotated).settle()
    again = opened(tmp_path, keys={2: b"n" * 32})
    assert [entry["seat"] for entry in again.unknown_to(0, restored=True)] == [1]


def test_the_list_is_its_owners_alone(tmp_path: Path) -> None:
    started(tmp_path).beat(NOON)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("a.key.*")} == {0o600}


def test_a_folder_that_is_gone_is_refused_and_listed_is_nothing(tmp_path: Path, connection: Connection) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    ledger = started(folder)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(ListUnwritable):
        ledger.enter(connection, [{"what": "seat", "seat": 1}])
    with pytest.raises(KeyFolderUnwritable):
        ledger.must_be_writable()
    ledger.enter(connection, [{"what": "came", "round": 1}])  # nothing waits for it
    (tmp_path / "elsewhere").rename(folder)
    listed(ledger, connection, {"what": "seat", "seat": 2})
    assert [entry["seat"] for entry in entries(folder)] == [2]


def test_the_list_knows_the_last_sign_of_life(tmp_path: Path) -> None:
    ledger = started(tmp_path)
    assert ledger.last_beat() is None
    ledger.beat(NOON)
    ledger.beat(NOON + DAY)
    assert ledger.last_beat() == NOON + DAY
    (tmp_path / "a.key.a.db.alive").write_text("torn", encoding="ascii")
    assert ledger.last_beat() is None
