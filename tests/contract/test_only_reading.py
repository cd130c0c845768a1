"""`export` and `check` only read: beside the bot, without it, and where nothing may be written."""

from __future__ import annotations

import asyncio
import base64
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.slack.settings import SlackSettings
from bot.rounds import RoundCode
from coproduce import exits, operating
from coproduce.config import Settings
from storage.database.lock import Lock
from storage.settings import StorageSettings, url_of
from storage.words.seal import add_key
from tests.builders import account, act, answers, collecting, seat
from tests.contract.stores import CLOSE, KEYS, kept_as, sql_stores

OPEN, SEALED = RoundCode("R-7F3K"), RoundCode("R-9K2M")
ROOT = Path(__file__).parents[2]
LISTED = "1:" + base64.b64encode(KEYS[1]).decode()


def settings_of(folder: Path, key: str | None = LISTED) -> Settings:
    storage = StorageSettings(url=url_of(folder / "house.db"), key_file=folder / "house.key")
    return Settings(storage=storage, key=SecretStr(key) if key else None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database with an open round and a sealed one."""
    house = tmp_path / "house"
    house.mkdir()

    async def fill() -> None:
        async with sql_stores(house / "house.db") as (stores, _):
            for code in (OPEN, SEALED):
                await stores.keep_round(collecting(seat("ann"), code=code))
                await stores.replies.keep(code, account("ann"), act("ann"), answers(), kept_as("reply"))
            round_ = await stores.rounds.get(OPEN)
            await stores.rounds.close([round_.id], CLOSE)
            await stores.reveal(await stores.rounds.get(OPEN))

    asyncio.run(fill())
    return house


def hashes(folder: Path) -> dict[str, str]:
    """The index of the log (`-shm`) is memory that readers and writers share, and keeps nothing."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.endswith("-shm"))
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}


@contextmanager
def at_rest(folder: Path) -> Iterator[None]:
    yield


@contextmanager
def after_a_first_start(folder: Path) -> Iterator[None]:
    with Lock(folder / "house.db"):
        pass
    yield


@contextmanager
def beside_the_bot(folder: Path) -> Iterator[None]:
    with Lock(folder / "house.db"), closing(sqlite3.connect(folder / "house.db")) as bot:
        bot.execute("UPDATE beat SET alive_at = alive_at")
        bot.execute("INSERT INTO vault VALUES ('x', x'00', 1, x'00')")
        bot.commit()
        assert (folder / "house.db-wal").stat().st_size
        yield


@contextmanager
def after_a_kill(folder: Path) -> Iterator[None]:
    dying = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); os._exit(9)"
    statement = "INSERT INTO vault VALUES ('x', x'00', 1, x'00')"
    subprocess.run([sys.executable, "-c", dying, str(folder / "house.db"), statement], check=False)
    assert (folder / "house.db-wal").stat().st_size
    yield


STATES = (at_rest, after_a_first_start, beside_the_bot, after_a_kill)


@pytest.mark.parametrize("state", STATES)
def test_export_and_check_change_no_file(state: Callable[[Path], object], folder: Path, tmp_path: Path) -> None:
    with state(folder):  # type: ignore[attr-defined]
        before = hashes(folder)
        assert operating.export(settings_of(folder), OPEN, ("json",), tmp_path / "out") == exits.DONE
        assert operating.export(settings_of(folder), SEALED, ("json",), tmp_path / "out") == exits.REFUSED
        operating.check(settings_of(folder))
        assert hashes(folder) == before
    assert "Less walking" in next((tmp_path / "out").iterdir()).read_text(encoding="utf-8")


def test_export_and_check_read_where_nothing_may_be_written(folder: Path, tmp_path: Path) -> None:
    """As somebody else, for root may write everywhere."""
    program = (
        "import os, sys; from pathlib import Path; from coproduce import operating;"
        "from tests.contract.test_only_reading import settings_of, OPEN;"
        "folder, out = Path(sys.argv[1]), Path(sys.argv[2]);"
        "operating.export(settings_of(folder), OPEN, ('json',), out / 'warm');"
        "os.geteuid() or os.setuid(65534);"
        "print(operating.check(settings_of(folder)));"
        "sys.exit(operating.export(settings_of(folder), OPEN, ('json',), out))"
    )
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o777)
    (folder / "house.db").chmod(0o444)
    folder.chmod(0o555)
    closed = {above: above.stat().st_mode for above in tmp_path.parents if not above.stat().st_mode & 0o001}
    for above in (tmp_path, *closed):
        above.chmod(above.stat().st_mode | 0o011)
    call = [sys.executable, "-c", program, str(folder), str(out)]
    try:
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    finally:
        folder.chmod(0o755)
        for above, mode in closed.items():
            above.chmod(mode)
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout
    assert list(out.glob("*.json"))


def test_a_key_is_never_made_by_looking(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(folder / "house.db")) as emptied, emptied:
        emptied.execute("PRAGMA foreign_keys = ON")
        emptied.execute("DELETE FROM round")
    assert operating.export(settings_of(folder, key=None), OPEN, ("json",), tmp_path / "out") == exits.FAILED
    operating.check(settings_of(folder, key=None))
    assert not (folder / "house.key").exists()
    assert f"There is no round {OPEN}" in capsys.readouterr().err


def test_without_a_database_export_says_so_and_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert operating.export(settings_of(tmp_path), OPEN, ("json",), tmp_path / "out") == exits.FAILED
    told = capsys.readouterr().err
    assert "no database" in told
    assert str(tmp_path / "house.db") in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("asked", "code"), [("R-2222", exits.FAILED), ("the one of June", exits.WRONG)])
def test_a_round_that_is_not_there_is_said_to_be_not_there(
    asked: str, code: int, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operating.export(settings_of(folder), asked, ("json",), tmp_path / "out") == code
    told = capsys.readouterr().err
    assert asked in told
    assert "R-7F3K" in told, "it says what a code looks like"


def test_a_database_of_another_release_is_not_migrated_by_looking(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(folder / "house.db")) as older, older:
        older.execute("UPDATE alembic_version SET version_num = '0000'")
    before = hashes(folder)
    assert operating.export(settings_of(folder), OPEN, ("json",), tmp_path / "out") == exits.FAILED
    assert operating.check(settings_of(folder)) == exits.FAILED
    assert hashes(folder) == before
    told = capsys.readouterr()
    assert "coproduce migrate" in told.err
    assert "coproduce migrate" in told.out


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 50])
def test_a_file_that_is_no_database_is_said_to_be_none(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "house.db").write_bytes(content)
    assert operating.export(settings_of(tmp_path), OPEN, ("json",), tmp_path / "out") == exits.FAILED
    assert operating.check(settings_of(tmp_path)) == exits.FAILED
    assert "Traceback" not in capsys.readouterr().err
    assert (tmp_path / "house.db").read_bytes() == content


def test_a_folder_that_takes_no_report_is_said_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    assert operating.export(settings_of(folder), OPEN, ("json",), tmp_path / "taken" / "out") == exits.FAILED
    assert str(tmp_path / "taken" / "out") in capsys.readouterr().err


# check ------------------------------------------------------------------------------------------------------


def test_check_is_not_content_without_a_chat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert operating.check(settings_of(tmp_path)) == exits.FAILED
    assert "WRONG no chat is configured" in capsys.readouterr().out


def test_check_says_that_there_is_no_database_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operating.check(settings_of(tmp_path))
    assert "none yet" in next(row for row in capsys.readouterr().out.splitlines() if "database" in row)


@pytest.mark.parametrize("key", ["1:" + "A" * 43 + "=", "2:" + "A" * 43 + "=", "gibberish"])
def test_check_finds_a_key_that_opens_nothing_here(key: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the same version, of another, and none at all: in the environment and in a file."""
    (folder / "house.key").write_text(key + "\n")
    (folder / "house.key").chmod(0o600)
    for settings in (settings_of(folder, key), settings_of(folder, None)):
        operating.check(settings)
        told = capsys.readouterr().out
        assert [row for row in told.splitlines() if row.startswith("WRONG") and "key" in row], told


def test_whatever_check_meets_becomes_a_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> bool:
        raise ZeroDivisionError("of a kind that nobody thought of")

    monkeypatch.setattr(operating, "is_current", fails)
    assert operating.check(settings_of(folder)) == exits.FAILED
    told = capsys.readouterr().out
    assert "ZeroDivisionError" in told
    assert "no chat is configured" in told, "the rows after it are there too"


def test_check_agrees_with_a_database_and_its_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_key(tmp_path / "house.key")
    shutil.copy(tmp_path / "house.key", tmp_path / "copy.key")
    operating.check(settings_of(tmp_path, None))
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if row.startswith("WRONG")] == [row for row in rows if "chat" in row]


@pytest.mark.parametrize("token", ["xoxb-1\n", "xoxb-1 2"])
def test_a_token_that_cannot_be_sent_is_a_row_and_no_trace(
    token: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever put it there without the checks of the configuration."""
    slack = SlackSettings.model_construct(
        bot_token=SecretStr(token), app_token=SecretStr("xapp-1"), api_url="http://127.0.0.1:9/api/"
    )
    assert operating.check(replace(settings_of(folder), slack=slack)) == exits.FAILED
    told = capsys.readouterr()
    assert any(row.startswith("WRONG") for row in told.out.splitlines())
    assert not told.err
