"""A disk, a folder or a file that takes nothing: told in a sentence, and no reply is said to be held that is not.

What fails here is real: the rights of another user, and a limit on the size of files, at which every `write` of the
process fails. What cannot be made to fail without a compiler or root is `fsync` inside SQLite: that its errors end a
commit is left to SQLite (`synchronous = FULL`). `fsync` of our own files is made to fail in `os`.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.slack.settings import SlackSettings
from bot.errors import AlreadyRunning, CoproduceError
from coproduce import exits, operating
from coproduce.app import lock, open_storage
from coproduce.config import Settings
from storage.words.seal import add_key, read_key_file
from tests.acceptance.stage import settings as stage_settings
from tests.acceptance.stage import staged
from tests.builders import NOON, account, act, answers, collecting, seat
from tests.contract.chat import FRONTLINE, says
from tests.contract.made_before import made_before, storage_in
from tests.contract.stores import Stores, kept_as
from tests.contract.team import Team

ROOT = Path(__file__).parents[2]
FAY, FINN, FLO = FRONTLINE

PROGRAM = """
import ctypes, sys
from pathlib import Path
from coproduce import operating, running
from tests.attacks.test_unwritable import settings_of
# root, too, obeys the rights of files from here on
ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
settings = settings_of(Path(sys.argv[2]))
sys.exit(running.run(settings) if sys.argv[1] == "run" else getattr(operating, sys.argv[1])(settings))
"""


def settings_of(folder: Path) -> Settings:
    slack = SlackSettings.model_validate(
        {"bot_token": "xoxb-1", "app_token": "xapp-1", "api_url": "http://127.0.0.1:9/api/"}
    )
    return Settings(storage=storage_in(folder), slack=slack)


def called(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", PROGRAM, command, str(folder)]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def a_folder_that_takes_nothing(folder: Path) -> None:
    folder.chmod(0o555)


def a_database_for_reading_only(folder: Path) -> None:
    made_before(folder)
    (folder / "play.db").chmod(0o444)
    (folder / "play.key").chmod(0o444)
    folder.chmod(0o777)


def a_database_in_a_folder_that_takes_nothing(folder: Path) -> None:
    made_before(folder)
    for one in folder.iterdir():
        one.chmod(0o666)
    folder.chmod(0o555)


FOLDER, FILE, BOTH = (
    a_folder_that_takes_nothing,
    a_database_for_reading_only,
    a_database_in_a_folder_that_takes_nothing,
)
CALLS = (
    *(("run", closed) for closed in (FOLDER, FILE, BOTH)),
    *(("check", closed) for closed in (FOLDER, FILE, BOTH)),
    ("migrate", FOLDER),
    ("key_new", FOLDER),
    ("key_rotate", FILE),
    ("key_rotate", BOTH),
)


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux" and os.geteuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize(("command", "closed"), CALLS)
def test_where_nothing_can_be_written_each_command_says_so(
    command: str, closed: Callable[[Path], None], tmp_path: Path
) -> None:
    house = tmp_path / "house"
    house.mkdir()
    closed(house)
    before = {one.name: one.read_bytes() for one in house.iterdir()}
    ended = called(command, house)
    house.chmod(0o755)
    told = ended.stdout + ended.stderr
    assert "Traceback" not in told, told
    assert ended.returncode == exits.FAILED, told
    assert f"{house / 'play.db'} cannot be written" in told
    after = {one.name: one.read_bytes() for one in house.iterdir() if not one.name.endswith(".lock")}
    assert after == before


# in a running round ---------------------------------------------------------------------------------------------


@contextmanager
def files_grow_no_further(than: int) -> Iterator[None]:
    """As on a full disk: what would make a file larger than that fails (EFBIG), in this whole process."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (than, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def test_a_reply_that_cannot_be_stored_is_told_as_not_kept_and_can_be_sent_again(tmp_path: Path) -> None:
    async with staged(tmp_path, stage_settings()) as stage:
        team = Team(stage)
        await team.open()
        receipt = await team.answer(FAY)
        await team.chat.press(FINN, "answer")
        log = stage.database.with_name(stage.database.name + "-wal")
        with files_grow_no_further(log.stat().st_size // 2):
            shown = await team.chat.fill(
                FINN, {"personal": "x" * 3_000, "others": "", "intentions": "", "barriers": ""}
            )
        assert says(shown, "error.not_kept"), shown
        assert not says(shown, "said.held")
        await team.answer(FINN)
        assert says(await team.chat.command(FAY, f"check {team.code} {receipt}"), "said.check.held")
        for person in (FLO,):
            await team.answer(person)
        await team.reveal()
        assert f"{FINN.split()[0]} says" in "\n".join(team.pages())


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_a_key_that_is_not_durable_is_not_used(fault: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays as it was: a new key that is lost would take all with it that was sealed under it."""
    file = tmp_path / "a.key"
    add_key(file)
    before = file.read_bytes()

    def fails(descriptor: int) -> None:
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match=os.strerror(fault)):
            add_key(file)
    assert file.read_bytes() == before
    assert add_key(file) == 2
    assert set(read_key_file(file)) == {1, 2}


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
async def test_nothing_is_said_to_be_destroyed_whose_entry_beside_the_key_is_not_durable(
    fault: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_before(tmp_path)
    kept = await open_storage(Settings(storage=storage_in(tmp_path)), NOON)
    stores = Stores(rounds=kept.rounds, replies=kept.replies, outbox=kept.outbox, vault=kept.vault)
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(round_.code, account("ann"), act("ann"), answers(), kept_as("reply"))

    def fails(descriptor: int) -> None:
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fails)
        with pytest.raises((OSError, CoproduceError)):
            await stores.take_back(round_.code, account("ann"), act("ann"))
    await kept.close()


# two bots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["file", "folder", "both", "dots"])
def test_a_second_bot_that_comes_by_a_symbolic_link_finds_the_first(way: str, tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    made_before(house)
    (tmp_path / "link").symlink_to(house)
    (tmp_path / "other.db").symlink_to("link/play.db")
    (house / "again.db").symlink_to("play.db")
    name = {
        "file": house / "again.db",
        "folder": tmp_path / "link" / "play.db",
        "both": tmp_path / "other.db",
        "dots": house / ".." / "link" / "play.db",
    }[way]
    second = Settings(storage=storage_in(house).model_copy(update={"url": f"sqlite:///{name}"}))
    with lock(Settings(storage=storage_in(house))):
        with pytest.raises(AlreadyRunning):
            lock(second).take()
        assert operating.migrate(second) == exits.FAILED
        assert operating.key_rotate(second) == exits.FAILED
    with lock(second), pytest.raises(AlreadyRunning):
        lock(Settings(storage=storage_in(house))).take()
