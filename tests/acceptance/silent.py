"""The engine on a database file, on a platform that takes everything at once, with a clock that a test moves."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.acts import Act, Actor, New, OpenRound, Outcome, Preview, Refused, Said, SaveSetup, ShowForm, Write
from bot.answers import Answers, Receipt
from bot.messages import File, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Account, Address, Cast, Member, Reach, Way, Workspace
from bot.reveal import pages
from bot.rounds import ActId, RoundCode, Venue
from bot.settings import DeliverySettings, RoundSettings
from bot.text import Texts
from coproduce.app import Bot, Storage, open_storage
from coproduce.config import Settings
from storage.settings import StorageSettings
from tests.contract.stores import migrated

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
NAME = "silent"
HERE = "T"


class Hands:
    """`bot.ports.Clock` that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = START
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._now

    def real(self, at: datetime) -> datetime | None:
        return datetime.now(UTC) if at <= self._now else None

    def watch(self, moved: Callable[[], None]) -> None:
        self._watchers.append(moved)

    doubt = None

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        return True

    def trust(self) -> timedelta:
        return timedelta()

    def set(self, at: datetime) -> None:
        self._now = at
        for moved in self._watchers:
            moved()


@dataclass
class SilentPlatform:
    """`bot.ports.Platform`; remembers what was posted, and where."""

    name: str = NAME
    pace: Pace = field(default_factory=Pace)
    invites: Way = Way.PRIVATE
    posted: list[tuple[Address, Post]] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        self.posted.append((to, message))
        return self._stands(to)

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
        return at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        return self._stands(to)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        return Cast(found={ref: (Member(account=account(ref), name=ref.title()),) for ref in refs})

    async def reach(self, address: Address) -> Reach:
        return Reach(name=address.channel or "", readers=9, is_public=False)

    async def time_there(self) -> datetime | None:
        return datetime.now(UTC)

    def _stands(self, to: Address) -> Posted:
        number = next(iter(self._numbers))
        return Posted(place=to.channel or to.user or "", id=f"{number:08d}")


def account(user: str) -> Account:
    return Account(platform=NAME, workspace=HERE, user=user)


@dataclass
class Engine:
    """People who act by name. `do` gives each act an id of its own."""

    bot: Bot
    kept: Storage
    clock: Hands
    platform: SilentPlatform
    file: Path
    key_file: Path
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def act_of(self, user: str) -> dict[str, Any]:
        """What every act has. The id is a platform's: nobody can guess it."""
        who = Actor(account=account(user), name=user.title())
        return {"id": ActId(f"{NAME}:{next(iter(self._numbers)):06d}"), "actor": who, "at": self.clock.now()}

    async def do(self, act: type[Act], user: str, **more: Any) -> Outcome:
        return await self.bot.service.do(act(**self.act_of(user), **more))

    async def open(self, organiser: str, groups: Mapping[str, Sequence[str]], **changes: Sequence[str]) -> RoundCode:
        """A round in which everybody has been asked."""
        shown = await self.do(New, organiser)
        assert isinstance(shown, ShowForm)
        code = shown.form.code
        boxes: dict[str, tuple[str, ...]] = {
            "service": ("Repairs online",),
            "proposal": ("Report repairs on your phone.",),
            "stage": ("design",),
            "channel": (f"repairs-{code}",),
            "closes_at": ("in 3 days",),
            "time_zone": ("UTC",),
            "attribution": ("group",),
            **{name: tuple(people) for name, people in groups.items()},
            **{name: tuple(value) for name, value in changes.items()},
        }
        for page in ("what", "who", "when"):
            await self.do(SaveSetup, organiser, code=code, page=page, fields=boxes)
        await self.do(Preview, organiser, code=code)
        await self.bot.idle()
        opened = await self.do(OpenRound, organiser, code=code)
        assert isinstance(opened, Said), opened
        await self.bot.idle()
        return code

    async def answer(self, code: RoundCode, user: str, text: str = "", *, sign: bool = False) -> Receipt:
        words = text or f"{user} says so"
        answers = Answers(personal=words, others=f"{words}, too", barriers=f"{words}\nand that", sign=sign)
        held = await self.do(Write, user, code=code, answers=answers)
        assert isinstance(held, Said), held
        assert held.receipt is not None
        return held.receipt

    async def refuse(self, act: type[Act], user: str, **more: Any) -> Refused:
        shown = await self.do(act, user, **more)
        assert isinstance(shown, Refused), shown
        return shown

    async def pass_time(self, time: timedelta) -> None:
        """Stops at each moment at which something is due, until all of it is done."""
        end = self.clock.now() + time
        while True:
            next_at = await self.bot.idle()
            if self.clock.now() >= end:
                return
            self.clock.set(min(end, next_at) if next_at and next_at > self.clock.now() else end)


@asynccontextmanager
async def engine(folder: Path, rounds: RoundSettings | None = None) -> AsyncIterator[Engine]:
    file, key_file = folder / "engine.db", folder / "engine.key"
    file.write_bytes(migrated())
    options = rounds or RoundSettings(time_zone="UTC", quiet_hours=None)
    storage = StorageSettings(url=f"sqlite:///{file}", key_file=key_file)
    kept = await open_storage(Settings(storage=storage, rounds=options))
    clock, platform = Hands(), SilentPlatform()
    bot = Bot(kept, {NAME: platform}, clock, Texts.load(), rounds=options, delivery=DeliverySettings())
    await bot.start()
    with contextlib.ExitStack():
        try:
            yield Engine(bot=bot, kept=kept, clock=clock, platform=platform, file=file, key_file=key_file)
        finally:
            await bot.stop()
            await kept.close()
