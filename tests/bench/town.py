"""The bot as it runs, on a file of its own and a chat that takes no time; and rounds to measure it with."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.playground.chat.hands import Hands
from adapters.playground.clock import MovableClock
from bot.acts import Said
from bot.answers import Answers
from bot.errors import Later
from bot.messages import File, MessageKind, Owed, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Address, Cast, Reach, Way, Workspace
from bot.questions import questions
from bot.reveal import pages
from bot.rounds import Round, RoundCode, Stage, Venue
from bot.rules.moves import Decision
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage, open_storage
from coproduce.config import Settings
from storage.settings import SQLITE, StorageSettings
from tests.builders import CITIZENS, DAY, FRONTLINE, HOUR, LEADERS, NOON, PLATFORM, act, collecting, draft, seat

OPENED_AT = NOON
CLOSE = OPENED_AT + 3 * DAY
CODE = RoundCode("R-2222")
WORDS = Answers(
    personal="The lift would be seen to sooner. I would not have to stay in all day and wait for a call. " * 2,
    others="My neighbour does not use a phone like that, and would have to ask me each time. " * 2,
    intentions="To save on the telephone line, and to have it written down what was asked and when.",
    barriers="No signal in the basement\nOld phones\nPhotos cost data\nNobody reads the messages at the weekend",
)
"""What one person writes: it fills the smallest envelope."""


class Instant:
    """`bot.ports.Platform` of a chat that takes no time and remembers no words."""

    name = PLATFORM
    pace = Pace()
    invites = Way.PRIVATE

    def __init__(self) -> None:
        self.posted: Counter[MessageKind] = Counter()
        self.is_away = False  # who reads a channel cannot be asked, so that nothing is revealed

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        self.posted[message.kind] += 1
        return Posted(place=to.lane, id=key)

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        return None

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        return at

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        if message is not None:
            self.posted[message.kind] += 1
        return at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        self.posted[MessageKind.REPORT] += 1
        return Posted(place=to.lane, id=key)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        return Cast(found={})

    async def reach(self, address: Address) -> Reach:
        if self.is_away:
            raise Later(after=60)
        return Reach(name="repairs", readers=84)

    async def time_there(self) -> datetime | None:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    bot: Bot
    kept: Storage
    chat: Instant
    clock: MovableClock

    def set_clock(self, at: datetime) -> None:
        self.clock.show(Hands(ahead=at - datetime.now(UTC)))

    async def keep(self, round_: Round, *owed: Owed) -> Round:
        """Stores a round as it is, with what it owes."""
        made = await self.kept.rounds.start(draft(round_.code), act())
        wanted = replace(round_, id=made.id, code=made.code)
        decision = Decision(outcome=Said(content=()), round_=wanted, owed=owed)
        return (await self.kept.rounds.change(made.id, None, lambda _: decision, OPENED_AT)).round_


@asynccontextmanager
async def town(file: Path, at: datetime = OPENED_AT + HOUR, *, chat: Instant | None = None) -> AsyncIterator[Town]:
    """The whole bot, awake, at this time of its own clock."""
    chat = chat or Instant()
    kept = await open_storage(
        Settings(storage=StorageSettings(url=f"{SQLITE}{file}", key_file=file.with_name("bench.key")))
    )
    clock = MovableClock()
    clock.show(Hands(ahead=at - datetime.now(UTC)))
    bot = Bot(kept, {PLATFORM: chat}, clock, Texts.load(), rounds=RoundSettings(), delivery=DeliverySettings())
    await bot.start()
    try:
        yield Town(bot=bot, kept=kept, chat=chat, clock=clock)
    finally:
        await bot.stop()
        await kept.close()


def copied(file: Path, name: str) -> Path:
    """A fresh copy with its key and its list, so that the same deadline can pass again. Nobody has the original open.

    Beside a list of a later start the copy would count as restored from a backup, and publish nothing twice."""
    folder = file.parent / Path(name).stem
    folder.mkdir()
    for beside in file.parent.iterdir():
        if beside.is_file() and (beside == file or beside.suffix != file.suffix):
            shutil.copy(beside, folder)
    return folder / file.name


def round_of(users: Sequence[str], code: RoundCode) -> Round:
    """Collecting, with everybody asked: one leader of a hundred, and one of five on the front line."""
    groups = (CITIZENS, FRONTLINE, LEADERS)
    names = [("leaders" if n % 100 == 1 else "frontline" if n % 5 == 0 else "citizens") for n in range(len(users))]
    seats = [seat(user, group) for user, group in zip(users, names, strict=True)]
    return collecting(
        *seats,
        code=code,
        questions=questions(groups, Stage.DESIGN),
        closes_at=CLOSE,
        nudged_at=OPENED_AT,
    )


def users_of(count: int, prefix: str = "u") -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


async def until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    """Looks a hundred times a second: so exact is what it is used for, and what it takes from the bot is little."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what it looks at rings no bell
            await asyncio.sleep(0.01)


def code_of(n: int) -> RoundCode:
    return RoundCode(f"R-{n:05}")
