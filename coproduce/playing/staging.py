"""The playground put together: a chat in a process of its own, the bot in this one, hands for people of a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.playground.chat.process import ChatProcess
from adapters.playground.clock import MovableClock
from adapters.playground.link import Link
from adapters.playground.listeners import Listeners
from adapters.playground.platform import NAME, PlaygroundPlatform
from adapters.playground.playing.players import Players
from bot.messages import Pace
from bot.settings import RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage, lock, open_storage
from coproduce.config import Settings
from storage.settings import url_of

FOLDER = "coproduce-"
"""Begins the names of folders for what is not kept."""

DATABASE = "play.db"
"""In such a folder."""

Prepare = Callable[[Players], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that a played round needs."""

    bot: Bot
    people: Players
    clock: MovableClock
    kept: Storage
    rounds: RoundSettings
    file: Path  # of the database
    socket: str  # of the chat
    journal: Path  # of the chat: what was posted in it


async def _nothing(people: Players) -> None:
    del people


@asynccontextmanager
async def staged(
    settings: Settings,
    db: Path | None,
    texts: Texts,
    folder: Path,
    *,
    pace: Pace | None = None,
    anew: bool = False,
    before: Prepare = _nothing,
) -> AsyncIterator[Stage]:
    """Chat, bot and people, connected; all of it ends with the block. Raises AlreadyRunning.

    `db`: the file that it is kept in; None: in `folder`. `before`: what is done to the chat before the bot is there.
    `anew`: what a start that was cut off left behind is removed first.
    """
    settings = _kept_in(settings, db, folder)
    journal = journal_beside(db) if db else folder / "chat.jsonl"
    async with AsyncExitStack() as ends:
        ends.enter_context(lock(settings))
        if anew:
            _remove(settings.storage.file, journal)
        chat = ChatProcess(journal)
        ends.push_async_callback(chat.stop)
        await chat.start()
        people = await Players.connect(chat.socket)
        ends.push_async_callback(people.close)
        await before(people)
        kept = await open_storage(settings, await people.now())
        ends.push_async_callback(kept.close)
        clock = MovableClock()
        bot = await _bot(settings, kept, Link(chat.socket, clock), clock, texts, pace, ends)
        yield Stage(
            bot=bot,
            people=people,
            clock=clock,
            kept=kept,
            rounds=settings.rounds,
            file=settings.storage.file,
            socket=chat.socket,
            journal=journal,
        )


def journal_beside(db: Path) -> Path:
    """The file of the chat whose bot keeps `db`."""
    return db.with_suffix(".chat.jsonl")


async def _bot(
    settings: Settings,
    kept: Storage,
    link: Link,
    clock: MovableClock,
    texts: Texts,
    pace: Pace | None,
    ends: AsyncExitStack,
) -> Bot:
    """It runs, and hears what people do."""
    ends.push_async_callback(link.stop)
    await link.start()
    platform = PlaygroundPlatform(link, texts)
    if pace is not None:
        platform.pace = pace
    bot = Bot(kept, {NAME: platform}, clock, texts, rounds=settings.rounds, delivery=settings.delivery)
    await bot.start()
    ends.push_async_callback(bot.stop)
    listeners = Listeners(link, platform, bot.service, texts, clock)
    listeners.start()
    ends.push_async_callback(listeners.stop)
    return bot


def _remove(database: Path, journal: Path) -> None:
    logs = (database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm"))
    for file in (database, *logs, journal):
        file.unlink(missing_ok=True)


def _kept_in(settings: Settings, db: Path | None, folder: Path) -> Settings:
    """In a folder that goes with the play, key and all, unless a file is named."""
    update: dict[str, object] = {"url": url_of(db or folder / DATABASE)}
    if db is None:
        update["key_file"] = folder / "play.key"
    storage = settings.storage.model_copy(update=update)
    return replace(settings, storage=storage, key=settings.key if db else None)
