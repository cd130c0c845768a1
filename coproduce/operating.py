"""What an operator does by hand. Each returns an exit code, and says in plain words what it did."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from bot import report
from bot.commands import read_code
from bot.errors import CoproduceError, DatabaseMissing, KeyMissing, NotAllowed, UnknownRound
from bot.messages import Fact, File, Line, line
from bot.people import Account
from bot.rounds import RoundCode
from bot.text import Texts
from coproduce import terminal
from coproduce.app import Storage, lock, open_storage, open_to_read
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.exits import DONE, FAILED, REFUSED, WRONG
from coproduce.platforms import PLATFORMS, Adapter, Row, adapter, configured
from storage.database.database import sqlite_version
from storage.database.files import are_open_to_others, beside, lists_of
from storage.migrations import is_current
from storage.migrations import migrate as bring_up
from storage.rounds.people import KeptOf, kept_of
from storage.words import keys
from storage.words.erasing import every_account
from storage.words.ledger import must_be_writable
from storage.words.seal import add_key, read_key_file, read_key_list


def say(told: Line) -> None:
    terminal.say(Texts.load().line(told))


def complain(fault: CoproduceError) -> int:
    """One sentence on standard error, and the exit code it stands for."""
    facts: dict[str, Fact] = dict(fault.facts)
    terminal.complain(Texts.load().line(line(f"error.{fault.code}", **facts)))
    return REFUSED if isinstance(fault, NotAllowed) else FAILED


# looking ------------------------------------------------------------------------------------------------------


def check(settings: Settings) -> int:
    """One row for each thing that must be right. Changes nothing, and never raises."""
    texts = Texts.load()
    is_all_right = True
    for rows in (
        _config_rows,
        _database_rows,
        _files_rows,
        _schema_rows,
        _key_rows,
        _key_folder_rows,
        _sqlite_rows,
        _chat_rows,
    ):
        for is_right, told in _caught(rows, settings, rows.__name__.strip("_").removesuffix("_rows")):
            is_all_right &= is_right
            terminal.say(("ok    " if is_right else "WRONG ") + texts.line(told))
    return DONE if is_all_right else FAILED


def _caught(rows: Callable[[Settings], Iterator[Row]], settings: Settings, what: str) -> Iterator[Row]:
    """Whatever goes wrong is a row of its own, which says `what` was looked at."""
    try:
        yield from rows(settings)
    except CoproduceError as fault:
        yield False, line(f"error.{fault.code}", **fault.facts)
    except Exception as error:
        yield False, line("cli.check.failed", what=what, error=type(error).__name__)


def _config_rows(settings: Settings) -> Iterator[Row]:
    yield True, line("cli.check.config", file=str(settings.file or "-"))


def _database_rows(settings: Settings) -> Iterator[Row]:
    file = settings.storage.file
    exists = file.exists()
    folder = file.absolute().parent
    may_write = os.access(folder, os.W_OK) and (not exists or os.access(file, os.W_OK))
    here = "folder" if exists else "none"
    yield may_write, line(f"cli.check.database.{here if may_write else 'closed'}", file=str(file))


def _files_rows(settings: Settings) -> Iterator[Row]:
    """The key has a row of its own."""
    database, key = Path(os.path.realpath(settings.storage.file)), settings.storage.key_file
    there = [one for one in (database, *beside(database), *lists_of(key)) if one.exists()]
    wide = [one for one in there if are_open_to_others(one)]
    yield from ((False, line("cli.check.files.open", file=str(one))) for one in wide)
    if there and not wide:
        yield True, line("cli.check.files.private")


def _schema_rows(settings: Settings) -> Iterator[Row]:
    if settings.storage.file.exists():
        current = is_current(settings.storage.url)
        yield current, line("cli.check.schema.current" if current else "cli.check.schema.behind")


def _key_rows(settings: Settings) -> Iterator[Row]:
    file = settings.storage.key_file
    if settings.storage.file.exists() and is_current(settings.storage.url):
        asyncio.run(keys.try_out(settings.storage.url, file, settings.listed_keys))
    if settings.listed_keys:
        read_key_list(settings.listed_keys)
        yield True, line("cli.check.key.environment")
    elif not file.exists():
        yield True, line("cli.check.key.none")
    else:
        read_key_file(file)
        is_private = file.stat().st_mode & 0o077 == 0
        yield is_private, line("cli.check.key.file" if is_private else "cli.check.key.open", file=str(file))


def _key_folder_rows(settings: Settings) -> Iterator[Row]:
    """Makes a file there and removes it: permissions alone do not tell of a disk that is mounted to be read only."""
    folder = settings.storage.key_file.absolute().parent
    must_be_writable(folder)
    yield True, line("cli.check.key.folder", folder=str(folder))


def _sqlite_rows(settings: Settings) -> Iterator[Row]:
    version, is_safe = sqlite_version()
    yield True, line("cli.check.sqlite" if is_safe else "cli.check.sqlite.old", version=version)


def _chat_rows(settings: Settings) -> Iterator[Row]:
    """Those of each platform. Where one cannot be looked at, the others' are told all the same."""
    adapters = configured(settings, Texts.load(), SystemClock())
    if not adapters:
        yield False, line("cli.check.platform.none")
    for each in adapters:
        yield from _caught(partial(_rows_of, each), settings, each.name)


def _rows_of(of: Adapter, settings: Settings) -> Iterator[Row]:
    found: list[Row] = []

    async def look() -> None:
        async for row in of.checks(settings.web.public_url):
            found.append(row)  # noqa: PERF401 - what was found before something failed is told, too

    try:
        asyncio.run(look())
    finally:
        yield from found


def export(settings: Settings, round_: str, formats: tuple[str, ...], out: Path) -> int:
    """Only reads, but for the files that it was asked for: it may run beside the bot."""
    code = read_code(round_)
    if code is None:
        terminal.complain(Texts.load().line(line("cli.export.code", code=round_)))
        return WRONG
    try:
        shown = asyncio.run(_opened(settings, code))
        files = report.files(shown, formats, Texts.load())
    except UnknownRound:
        told = line("cli.export.unknown", code=code, file=str(settings.storage.file))
        terminal.complain(Texts.load().line(told))
        return FAILED
    except CoproduceError as fault:
        return complain(fault)
    return _written(files, out)


def _written(files: Iterable[File], out: Path) -> int:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file in files:
            (out / file.name).write_bytes(file.content)
            say(line("cli.export.written", file=str(out / file.name)))
    except OSError as error:
        told = line("cli.export.unwritable", folder=str(out), why=error.strerror or type(error).__name__)
        terminal.complain(Texts.load().line(told))
        return FAILED
    return DONE


async def _opened(settings: Settings, code: RoundCode) -> report.Report:
    """Raises Sealed before the reveal."""
    kept = await open_to_read(settings)
    try:
        found = await kept.rounds.get(code)
        voices = await kept.replies.perspectives(found.id)
        return report.report(found, voices, SystemClock().now(), settings.rounds)
    finally:
        await kept.close()


def print_manifest(settings: Settings, platform: str) -> int:
    """What is pasted into the platform's developer console; why each scope is there goes to standard error."""
    if platform not in PLATFORMS:
        say(line("cli.manifest.unknown", known=", ".join(PLATFORMS)))
        return WRONG
    text, told = adapter(platform, settings, Texts.load(), SystemClock()).manifest(settings.web.public_url)
    terminal.say(terminal.escaped_in_json(text))
    terminal.complain("\n".join(told))
    return DONE


# changing -----------------------------------------------------------------------------------------------------


def migrate(settings: Settings) -> int:
    try:
        with lock(settings):
            if settings.storage.file.exists() and is_current(settings.storage.url):
                say(line("cli.migrate.current"))
                return DONE
            bring_up(settings.storage.url)
    except CoproduceError as fault:
        return complain(fault)
    say(line("cli.migrate.done"))
    return DONE


def key_new(settings: Settings) -> int:
    """Refused where there is a key file already, or where words are sealed under one that is not here."""
    try:
        with lock(settings):
            if settings.storage.key_file.exists():
                say(line("cli.key.exists", file=str(settings.storage.key_file)))
                return REFUSED
            if settings.storage.file.exists() and asyncio.run(keys.are_needed(settings.storage.url)):
                raise KeyMissing(file=str(settings.storage.key_file))
            add_key(settings.storage.key_file)
    except CoproduceError as fault:
        return complain(fault)
    say(line("cli.key.made", file=str(settings.storage.key_file)))
    return DONE


def key_rotate(settings: Settings) -> int:
    """A new version wraps from now on, and all that is kept is wrapped anew. Old versions stay for the backups."""
    if settings.key:
        say(line("cli.key.in_environment"))
        return WRONG

    async def work(kept: Storage) -> int:
        version = add_key(settings.storage.key_file)
        seal = await keys.unlock(kept.database, settings.storage.key_file)
        count = await keys.rotate(kept.database, seal)
        if kept.database.ledger:
            kept.database.ledger.rewrap(seal)
        say(line("cli.key.rotated", version=version, count=count, days=settings.storage.backup_keep))
        return DONE

    return _alone(settings, work)


def erase(settings: Settings, person: str, *, yes: bool) -> int:
    """Shows what goes and what stays, and asks."""
    account = _account(person)
    if account is None:
        say(line("cli.erase.shape", known=", ".join(PLATFORMS)))
        return WRONG

    async def work(kept: Storage) -> int:
        found = await kept.database.read(lambda db: kept_of(db, account))
        is_named = await kept.database.read(lambda db: account in every_account(db))
        if found is None and not is_named and await kept.vault.get(account.zone_key) is None:
            say(line("cli.erase.unknown", person=person))
            return FAILED
        if not yes and not _agreed(found):
            say(line("cli.erase.left"))
            return REFUSED
        erased = await kept.replies.erase(account, SystemClock().now())
        say(line("cli.erase.done" if erased.is_final else "cli.erase.nearly"))
        return DONE

    return _alone(settings, work)


def _agreed(found: KeptOf | None) -> bool:
    """None: they had no part in any round, and are only named."""
    if found:
        say(line("cli.erase.goes", seats=found.seats, sealed=found.sealed))
    say(line("cli.erase.named"))
    say(line("cli.erase.stays", signed=found.signed if found else 0))
    terminal.say(Texts.load().line(line("cli.erase.ask")), end=" ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _account(person: str) -> Account | None:
    """`platform:workspace/user`."""
    platform, _, rest = person.partition(":")
    workspace, _, user = rest.rpartition("/")
    if not (platform and workspace and user):
        return None
    return Account(platform=platform, workspace=workspace, user=user)


def _alone(settings: Settings, work: Callable[[Storage], Awaitable[int]]) -> int:
    """While no other process is active on the database. Only on one that is there."""

    async def opened() -> int:
        kept = await open_storage(settings)
        try:
            return await work(kept)
        finally:
            await kept.close()

    try:
        if not settings.storage.file.exists():
            raise DatabaseMissing(file=str(settings.storage.file))
        with lock(settings):
            return asyncio.run(opened())
    except CoproduceError as fault:
        return complain(fault)
