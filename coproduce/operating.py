"""What an operator does by hand. Each returns an exit code, and says in plain words what it did."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from adapters.slack.manifest import SCOPES, manifest
from bot import report
from bot.commands import read_code
from bot.errors import CoproduceError, KeyMissing, NotAllowed, SetupFault, UnknownRound
from bot.messages import Fact, Line, line
from bot.people import Account
from bot.rounds import RoundCode
from bot.text import Texts
from coproduce.app import Storage, lock, open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from storage.database.database import sqlite_version
from storage.migrations import is_current
from storage.migrations import migrate as bring_up
from storage.rounds.people import KeptOf, kept_of
from storage.words import keys
from storage.words.seal import add_key

DONE, FAILED, WRONG, REFUSED = 0, 1, 2, 3


def say(told: Line) -> None:
    sys.stdout.write(Texts.load().line(told) + "\n")


def complain(fault: CoproduceError) -> int:
    """One sentence on standard error, and the exit code it stands for."""
    facts: dict[str, Fact] = dict(fault.facts)
    sys.stderr.write(Texts.load().line(line(f"error.{fault.code}", **facts)) + "\n")
    return REFUSED if isinstance(fault, NotAllowed) else FAILED


# looking ------------------------------------------------------------------------------------------------------


def check(settings: Settings) -> int:
    """One row for each thing that must be right."""
    rows = list(_rows(settings))
    for is_right, told in rows:
        sys.stdout.write(("ok    " if is_right else "WRONG ") + Texts.load().line(told) + "\n")
    return DONE if all(is_right for is_right, _ in rows) else FAILED


def _rows(settings: Settings) -> Iterator[tuple[bool, Line]]:
    yield True, line("cli.check.config", file=str(settings.file or "-"))
    file = settings.storage.file
    try:
        exists = file.exists()
        may_write = os.access(file if exists else file.absolute().parent, os.W_OK)
        yield may_write, line("cli.check.database.folder" if may_write else "cli.check.database.closed", file=str(file))
        if exists:
            current = is_current(settings.storage.url)
            yield current, line("cli.check.schema.current" if current else "cli.check.schema.behind")
        yield _key_row(settings)
    except CoproduceError as fault:
        yield False, line(f"error.{fault.code}")
    version, is_safe = sqlite_version()
    yield True, line("cli.check.sqlite" if is_safe else "cli.check.sqlite.old", version=version)
    if settings.slack.is_configured:
        yield from asyncio.run(_platform_rows(settings))
    else:
        yield True, line("cli.check.platform.none")


async def _platform_rows(settings: Settings) -> list[tuple[bool, Line]]:
    from adapters.slack import checks  # half a second, only where it is needed

    return [row async for row in checks.rows(settings.slack, settings.web.public_url)]


def _key_row(settings: Settings) -> tuple[bool, Line]:
    """Opens storage only where there is some; a check makes nothing."""
    if settings.key:
        return True, line("cli.check.key.environment")
    if not settings.storage.key_file.exists():
        if settings.storage.file.exists() and is_current(settings.storage.url):
            return asyncio.run(_unlocks(settings)), line("error.key_missing")
        return True, line("cli.check.key.none")
    is_private = settings.storage.key_file.stat().st_mode & 0o077 == 0
    key = "cli.check.key.file" if is_private else "cli.check.key.open"
    return is_private, line(key, file=str(settings.storage.key_file))


async def _unlocks(settings: Settings) -> bool:
    """Is nothing wrapped yet? A missing key is no fault then, and is made at the first start."""
    return not await keys.are_needed(settings.storage.url)


def export(settings: Settings, round_: str, formats: tuple[str, ...], out: Path) -> int:
    """Only reads: it may run beside the bot."""
    try:
        if not settings.storage.file.exists():
            raise SetupFault()
        code = read_code(round_)
        if code is None:
            raise UnknownRound(code=round_)
        shown = asyncio.run(_opened(settings, code))
    except CoproduceError as fault:
        return complain(fault)
    out.mkdir(parents=True, exist_ok=True)
    for file in report.files(shown, formats, Texts.load()):
        (out / file.name).write_bytes(file.content)
        say(line("cli.export.written", file=str(out / file.name)))
    return DONE


async def _opened(settings: Settings, code: RoundCode) -> report.Report:
    """Raises Sealed before the reveal."""
    kept = await open_storage(settings)
    try:
        found = await kept.rounds.get(code)
        voices = await kept.replies.perspectives(found.id)
        return report.report(found, voices, SystemClock().now())
    finally:
        await kept.close()


def print_manifest(settings: Settings, platform: str) -> int:
    """What is pasted into the platform's developer console; why each scope is there goes to standard error."""
    if platform != "slack":
        say(line("cli.manifest.unknown", known="slack"))
        return WRONG
    texts = Texts.load()
    words = {name: texts.line(line(f"manifest.{name}")) for name in ("name", "command", "usage", "description", "long")}
    public_url = settings.web.public_url if settings.slack.mode == "http" else ""
    sys.stdout.write(json.dumps(manifest(words, public_url), indent=2, ensure_ascii=False) + "\n")
    told = [texts.line(line("cli.manifest.comment")), texts.line(line("cli.manifest.scopes"))]
    told += [f"  {scope}: {texts.line(Line(key=why))}" for scope, why in SCOPES.items()]
    sys.stderr.write("\n".join(told) + "\n")
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
        say(line("cli.key.rotated", version=version, count=count, days=settings.storage.backup_keep))
        return DONE

    return _alone(settings, work)


def erase(settings: Settings, person: str, *, yes: bool) -> int:
    """Shows what goes and what stays, and asks."""
    account = _account(person)
    if account is None:
        say(line("cli.erase.shape"))
        return WRONG

    async def work(kept: Storage) -> int:
        found = await kept.database.read(lambda db: kept_of(db, account))
        if found is None:
            say(line("cli.erase.unknown", person=person))
            return FAILED
        if not yes and not _agreed(found):
            say(line("cli.erase.left"))
            return REFUSED
        erased = await kept.replies.erase(found.person, SystemClock().now())
        say(line("cli.erase.done" if erased.is_final else "cli.erase.nearly"))
        return DONE

    return _alone(settings, work)


def _agreed(found: KeptOf) -> bool:
    for part in ("goes", "stays"):
        say(line(f"cli.erase.{part}", seats=found.seats, sealed=found.sealed, signed=found.signed))
    sys.stdout.write(Texts.load().line(line("cli.erase.ask")) + " ")
    sys.stdout.flush()
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
            raise SetupFault()
        with lock(settings):
            return asyncio.run(opened())
    except CoproduceError as fault:
        return complain(fault)
