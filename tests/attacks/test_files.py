"""The files of the database: nobody else on the machine reads them, and one that is replaced is noticed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.slack.settings import SlackSettings
from bot.errors import DatabaseReplaced
from bot.text import Texts
from coproduce import operating, running
from coproduce.app import lock, open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.running import serving
from tests.builders import account, act, answers, collecting, seat
from tests.contract.chat import says
from tests.contract.made_before import made_before, storage_in
from tests.contract.stores import kept_as, sql_stores
from tests.slack.double import APP_TOKEN, BOT_TOKEN, slack_double
from tests.slack.test_run_process import FAY, asked_everybody
from tests.slack.test_run_process import running as running_bot

UMASKS = (0o000, 0o022, 0o077)


def modes(folder: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in sorted(folder.iterdir()) if one.is_file()}


@pytest.fixture(params=UMASKS, ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


# for their owner only ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("umask")
async def test_whatever_the_umask_only_their_owner_reads_the_files(tmp_path: Path) -> None:
    settings = Settings(storage=storage_in(tmp_path))
    with lock(settings):
        kept = await open_storage(settings, datetime.now(UTC))
        try:
            await kept.rounds.beat(datetime.now(UTC), [])
            found = modes(tmp_path)
        finally:
            await kept.close()
    for end in (".db", ".db-wal", ".db-shm", ".db.lock", ".key", ".alive"):
        assert [name for name in found if name.endswith(end)], f"no {end} was there to look at"
    assert set(found.values()) == {0o600}, found


async def test_a_copy_from_a_backup_is_made_private_at_the_start(tmp_path: Path) -> None:
    made_before(tmp_path)
    (tmp_path / "play.db").chmod(0o644)
    kept = await open_storage(Settings(storage=storage_in(tmp_path)), datetime.now(UTC))
    await kept.rounds.beat(datetime.now(UTC), [])
    assert {name: mode for name, mode in modes(tmp_path).items() if ".db" in name and mode != 0o600} == {}
    await kept.close()


async def test_a_file_that_is_none_of_ours_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "play.db").write_bytes(b"a letter to somebody" * 100)
    (tmp_path / "play.db").chmod(0o644)
    with pytest.raises(Exception, match="foreign"):
        await open_storage(Settings(storage=storage_in(tmp_path)), datetime.now(UTC))
    assert modes(tmp_path)["play.db"] == 0o644


@pytest.mark.parametrize("name", ["play.db", "play.db-wal", "play.db-shm", "play.key.house.alive", "play.key.bak"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_check_warns_of_files_that_others_may_read(
    name: str, mode: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_before(tmp_path)
    settings = Settings(storage=storage_in(tmp_path))
    for one in tmp_path.iterdir():
        one.chmod(0o600)
    operating.check(settings)
    assert "ok    files: other users of this machine cannot read them" in capsys.readouterr().out
    (tmp_path / name).touch()
    (tmp_path / name).chmod(mode)
    operating.check(settings)
    rows = capsys.readouterr().out.splitlines()
    assert f"WRONG {tmp_path / name}: other users of this machine can read it. Run: chmod 600 {tmp_path / name}" in rows
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode, "it only looks"


# replaced -------------------------------------------------------------------------------------------------------


def moved_away(file: Path) -> Path:
    return file.rename(file.with_name("elsewhere.db"))


def restored_over(file: Path) -> Path:
    """A copy takes its name; a second name of the old file is left, to look into it."""
    aside = file.with_name("aside.db")
    aside.hardlink_to(file)
    shutil.copy(file.with_name("backup.db"), file.with_name("copy.db"))
    file.with_name("copy.db").replace(file)
    return aside


def moved_and_replaced(file: Path) -> Path:
    moved = moved_away(file)
    shutil.copy(file.with_name("backup.db"), file)
    return moved


REPLACED = (moved_away, restored_over, moved_and_replaced)


def backed_up(file: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(file.with_name("backup.db"))) as copy:
        source.backup(copy)


@pytest.mark.parametrize("replaced", REPLACED)
async def test_what_was_acknowledged_is_in_the_file_that_was_opened(
    replaced: Callable[[Path], Path], tmp_path: Path
) -> None:
    """Also what was acknowledged between the replacing and the moment in which it was noticed."""
    file, users = tmp_path / "a.db", ("ann", "bob")
    async with sql_stores(file) as (stores, database):
        round_ = await stores.keep_round(collecting(*(seat(user) for user in users)))
        backed_up(file)
        await stores.replies.keep(round_.code, account("ann"), act("ann"), answers("before"), kept_as("reply"))
        assert not database.was_replaced()
        old = replaced(file)
        assert database.was_replaced()
        await stores.replies.keep(round_.code, account("bob"), act("bob"), answers("after"), kept_as("reply"))
    log = file.with_name("a.db-wal")
    assert not log.exists() or not log.stat().st_size, "a log of the old file beside the new one"
    shutil.move(old, tmp_path / "back.db")
    async with sql_stores(tmp_path / "back.db", new=False) as (stores, _):
        own = [await stores.replies.own(round_.code, account(user)) for user in users]
        assert [one and one.answers.personal for one in own] == ["before", "after"]
    if replaced is not moved_away:
        with closing(sqlite3.connect(file)) as restored:
            assert restored.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert restored.execute("SELECT count(*) FROM envelope").fetchone() == (0,), "it is the copy as it was"


@pytest.mark.parametrize("replaced", [*REPLACED, Path.unlink])
async def test_the_bot_stops_where_its_file_was_replaced(
    replaced: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOOK_EVERY", 0.02)
    made_before(tmp_path)
    backed = tmp_path / "play.db"
    backed_up(backed)
    async with slack_double() as double:
        slack = SlackSettings.model_validate(
            {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": double.api_url}
        )
        settings = Settings(storage=storage_in(tmp_path), slack=slack)
        with pytest.raises(DatabaseReplaced):
            await _served_until_told(settings, lambda: replaced(tmp_path / "play.db"))


async def _served_until_told(settings: Settings, up: Callable[[], object]) -> None:
    told = asyncio.Event()
    async with serving(settings, Texts.load(), SystemClock(), told) as is_up:
        assert is_up
        up()
        async with asyncio.timeout(5):
            await told.wait()


async def test_a_symbolic_link_that_points_elsewhere_now_is_noticed(tmp_path: Path) -> None:
    made_before(tmp_path)
    shutil.copy(tmp_path / "play.db", tmp_path / "other.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "play.db")
    storage = storage_in(tmp_path).model_copy(update={"url": f"sqlite:///{tmp_path / 'link.db'}"})
    kept = await open_storage(replace(Settings(), storage=storage), datetime.now(UTC))
    assert not kept.database.was_replaced()
    (tmp_path / "link.db").unlink()
    (tmp_path / "link.db").symlink_to(tmp_path / "other.db")
    assert kept.database.was_replaced()
    await kept.close()


@pytest.mark.process
@pytest.mark.slow
async def test_a_running_bot_whose_file_is_moved_ends_with_a_sentence_and_loses_no_words(tmp_path: Path) -> None:
    """As an operator runs it. Put back, the file holds what was told to be held, and the bot goes on."""
    async with running_bot(tmp_path, "socket") as (chat, team):
        await asked_everybody(chat, team)
        receipt = await team.answer(FAY)
        file = tmp_path / "bot.db"
        file.rename(tmp_path / "elsewhere.db")
        assert await chat.process.ended() == 1
        told = [one["event"] for one in chat.process.log if "moved, deleted or replaced" in one["event"]]
        assert len(told) == 1
        assert str(file) in told[0]
        assert "Traceback" not in str(chat.process.log)
        assert not file.exists()
        (tmp_path / "elsewhere.db").rename(file)
        await chat.process.start()
        assert says(await chat.command(FAY, f"check {team.code} {receipt}"), "said.check.held")
