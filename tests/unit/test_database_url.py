"""The database's URL: one file is opened, locked and shown, whatever signs its name has."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import AlreadyRunning
from storage.database.lock import Lock
from storage.migrations import is_current, migrate
from storage.settings import StorageSettings, url_of


@pytest.mark.parametrize("name", ["a%41.db", "plain.db", "with%20space.db", "with space.db", "a#b.db", "ä.db"])
def test_the_file_that_is_locked_is_the_file_that_is_opened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = StorageSettings(url=f"sqlite:///{name}")
    migrate(settings.url)
    (made,) = (path for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm")))
    assert settings.file.resolve() == made
    assert is_current(settings.url)


@pytest.mark.parametrize("name", ["a%41.db", "what?.db", "a b#c.db", "ü%.db"])
def test_a_file_of_any_name_has_a_url(name: str, tmp_path: Path) -> None:
    settings = StorageSettings(url=url_of(tmp_path / name))
    assert settings.file == tmp_path / name
    migrate(settings.url)
    assert settings.file.exists()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///a.db?mode=memory",
        "sqlite:///file:a.db?uri=true",
        "sqlite:///file:a.db",
        "sqlite:///%3Amemory%3A",
        "sqlite:///:memory:",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/a.db",
        "sqlite:///a%00.db",
        "a.db",
    ],
)
def test_what_is_no_plain_file_is_refused_with_what_is_expected(url: str) -> None:
    with pytest.raises(ValidationError, match=r"expected the URL of a SQLite file, such as sqlite:///coproduce\.db"):
        StorageSettings(url=url)


def test_two_names_of_one_database_are_one_lock(tmp_path: Path) -> None:
    real, other = tmp_path / "real.db", tmp_path / "links" / "other.db"
    other.parent.mkdir()
    with closing(sqlite3.connect(real)) as made:
        made.execute("CREATE TABLE one (a)")
    other.symlink_to(real)
    with Lock(real), pytest.raises(AlreadyRunning):
        Lock(other).take()
    with Lock(other), pytest.raises(AlreadyRunning):
        Lock(real).take()
