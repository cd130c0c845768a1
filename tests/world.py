"""The whole engine on given stores: service, waking, courier, an in-memory platform and a manual clock."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot import commands, report
from bot.acts import (
    Act,
    Actor,
    Confirm,
    Home,
    New,
    OpenRound,
    Outcome,
    Preview,
    Refused,
    Said,
    SaveSetup,
    ShowForm,
    Withdraw,
    Write,
)
from bot.answers import Answers
from bot.compose import compose
from bot.courier import CourierDependencies, Dispatcher
from bot.messages import File, Line, Message, MessageKind, Post
from bot.people import Account, Address, Reach, Why
from bot.rounds import ActId, Perspective, Round, RoundCode, RoundId
from bot.service import ClockWatch, Dependencies, Service, Waking
from bot.settings import RoundSettings
from tests.builders import CHANNEL, NOON, PLATFORM
from tests.contract.stores import Stores
from tests.fake_platform import MemoryPlatform, Stood, members
from tests.fakes import MemoryOutbox, MemoryReplies, MemoryRounds, MemoryStore, MemoryVault
from tests.saying import TEXTS, faults_of

LOOK_AFTER = timedelta(seconds=30)
BEAT = timedelta(seconds=30)
PEOPLE = ("olga", "otto", "lea", "leo", "fay", "finn", "cal", "cara", "cleo", "zoe", "zed", "stan")
SETUP = {
    "service": "Repairs online",
    "proposal": "Report repairs on your phone",
    "leaders": "lea",
    "frontline": "fay finn",
    "citizens": "cal cara",
    "channel": "repairs",
    "closes_at": "in 5 days",
    "time_zone": "Europe/London",
    "attribution": "group",
    "stage": "design",
}

A = TypeVar("A", bound=Act)


class VirtualClock:
    """Implements `bot.ports.Clock`. Tests move it."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
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

    def forget_watchers(self) -> None:
        self._watchers.clear()


class Cut(Exception):
    """The process was killed in the middle of a call."""


def memory_stores(settings: RoundSettings | None = None) -> tuple[Stores, MemoryStore]:
    store = MemoryStore()
    stores = Stores(
        rounds=MemoryRounds(store),
        replies=MemoryReplies(store),
        outbox=MemoryOutbox(store, settings),
        vault=MemoryVault(store),
    )
    return stores, store


class World:
    """Stores, platform and clock survive a crash of the bot. `start` creates the other parts again."""

    def __init__(self, stores: Stores, settings: RoundSettings | None = None) -> None:
        self.stores = stores
        self.settings = settings or RoundSettings()
        self.clock = VirtualClock()
        self.platform = MemoryPlatform(
            now=self.clock.now,
            members=dict(members(*PEOPLE)),
            missing={"robo": Why.BOT, "dee": Why.DEACTIVATED, "xena": Why.STRANGER},
            places={"repairs": Reach(name="repairs", readers=84, members=frozenset(PEOPLE))},
        )
        self.is_up = False
        self.deaf: set[str] = set()  # platforms whose events do not arrive
        self.unsayable: list[str] = []  # faults found in outcomes and posts
        self._acts = itertools.count(1)

    # up and down

    async def start(self) -> None:
        deps = Dependencies(
            rounds=self.stores.rounds,
            replies=self.stores.replies,
            platforms={PLATFORM: self.platform},
            clock=self.clock,
            settings=self.settings,
            woken=lambda: self.courier.poke(),
            listens=lambda platform: platform not in self.deaf,
        )
        self.tools = deps
        self.waking = Waking(deps)
        self.service = Service(deps, self._arrived)
        self.courier = Dispatcher(
            CourierDependencies(
                outbox=self.stores.outbox,
                rounds=self.stores.rounds,
                replies=self.stores.replies,
                platforms={PLATFORM: self.platform},
                clock=self.clock,
                look_after=LOOK_AFTER,
                compose=self._compose,
                files=self._files,
                plain_text=lambda post: TEXTS.post(post).text,
            )
        )
        self.platform.is_cut.clear()
        self.clock_watch = ClockWatch(deps, self.waking.moved, self.seconds)
        await self.clock_watch.look()
        await self.waking.start(self.clock.now())
        self._delivering = asyncio.create_task(self.courier.run())
        self.is_up = True

    async def crash(self) -> None:
        """Kills the bot: nothing in flight is finished."""
        self.is_up = False
        self.clock.forget_watchers()
        self._delivering.cancel()
        with suppress(asyncio.CancelledError):
            await self._delivering
        await asyncio.sleep(0)  # let cancelled tasks finish

    async def stop(self) -> None:
        """Stops the bot gracefully: finishes what is in flight and writes a last heartbeat."""
        await self.courier.stop()
        await self._delivering
        await self.waking.beat(self.clock.now())
        self.clock.forget_watchers()
        self.is_up = False

    def seconds(self) -> float:
        """Of a clock that nobody sets."""
        return time.monotonic()

    async def _arrived(self, platform: str) -> None:
        await self.waking.arrived(platform)

    def _compose(self, message: Message, round_: Round, voices: Sequence[Perspective] = (), *, now: datetime) -> Post:
        post = compose(message, round_, voices, now=now, settings=self.settings)
        self.unsayable += faults_of(post)
        return post

    def _files(self, round_: Round, voices: Sequence[Perspective]) -> Sequence[File]:
        return report.files(report.report(round_, voices, self.clock.now(), self.settings), ("md",), TEXTS)

    # time

    async def settle(self) -> datetime | None:
        """Runs until nothing is due and nothing can be sent now. Returns the next time something is due. Raises Cut."""
        in_vain = 0
        while True:
            now = self.clock.now()
            due = await self.stores.rounds.next_due()
            if due is not None and due <= now and in_vain < 3:
                await self.waking.tick(now)
                in_vain += 1
            sends_at = await self._delivered()
            due = await self.stores.rounds.next_due()
            if due is None or due > now or in_vain == 3:
                retry = None if due is None else max(due, now + timedelta(seconds=1))
                return min((at for at in (retry, sends_at) if at is not None), default=None)

    async def _delivered(self) -> datetime | None:
        idle = asyncio.ensure_future(self.courier.idle())
        cut = asyncio.ensure_future(self.platform.is_cut.wait())
        await asyncio.wait({idle, cut}, return_when=asyncio.FIRST_COMPLETED)
        cut.cancel()
        assert not self.unsayable
        if idle.done() and not self.platform.is_cut.is_set():
            return idle.result()
        idle.cancel()
        raise Cut

    async def pass_time(self, length: timedelta) -> None:
        await self.pass_until(self.clock.now() + length)

    async def pass_until(self, at: datetime) -> None:
        """Moves the clock in steps, so that everything on the way happens at its due time."""
        while True:
            next_at = await self.settle()
            if next_at is None or next_at > at:
                break
            self.clock.set(next_at)
        self.clock.set(at)
        await self.settle()
        await self.waking.beat(at)

    async def jump(self, to: datetime) -> None:
        """Sets the clock in one step."""
        self.clock.set(to)
        await self.settle()
        await self.waking.beat(to)

    # acts

    def act(self, kind: type[A], user: str, **more: Any) -> A:
        """An act of `user` at the current time. `actor` overrides fields of the actor."""
        actor = Actor(account=account_of(user), name=user.split("@")[0].title(), **more.pop("actor", {}))
        told = {"id": ActId(f"press-{next(self._acts)}"), "at": self.clock.now(), **more}
        return kind(actor=actor, **told)

    async def do(self, kind: type[Act], user: str, **more: Any) -> Outcome:
        outcome = await self.service.do(self.act(kind, user, **more))
        self.unsayable += faults_of(outcome)
        assert not self.unsayable
        return outcome

    async def press(self, kind: type[Act], user: str, **more: Any) -> Outcome:
        """Does the act, then settles."""
        outcome = await self.do(kind, user, **more)
        await self.settle()
        return outcome

    async def agree(self, user: str, asked: Outcome) -> Outcome:
        """Presses yes if the outcome asks for confirmation."""
        if not isinstance(asked, Confirm):
            return asked
        pressed = self.act(Home, user)
        act = commands.pressed(asked.yes.id, id=pressed.id, actor=pressed.actor, at=pressed.at)
        assert not isinstance(act, Refused), act
        outcome = await self.service.do(act)
        await self.settle()
        return outcome

    async def take_back(self, user: str, code: RoundCode, **more: Any) -> Outcome:
        return await self.agree(user, await self.press(Withdraw, user, code=code, **more))

    async def write(self, user: str, code: RoundCode, words: str, **more: Any) -> Outcome:
        sign = more.pop("sign", False)
        return await self.press(Write, user, code=code, answers=Answers(personal=words, sign=sign), **more)

    async def draft(self, **changes: str) -> RoundCode:
        """A complete set-up whose people and channel were looked up."""
        # a unique name: `new` with the name of a draft continues that draft
        shown = await self.press(New, "olga", service=f"Repairs online {next(self._acts)}")
        assert isinstance(shown, ShowForm)
        code = shown.form.code
        fields = {**SETUP, **changes}
        for page, names in _pages(fields).items():
            await self.press(SaveSetup, "olga", code=code, page=page, fields=_fields(fields, names))
        await self.press(Preview, "olga", code=code)
        return code

    async def open(self, **changes: str) -> RoundCode:
        code = await self.draft(**changes)
        said = await self.press(OpenRound, "olga", code=code)
        assert isinstance(said, Said), said
        return code

    # looking

    async def round_(self, ref: RoundCode | RoundId) -> Round:
        return await self.stores.rounds.get(ref)

    def inbox(self, user: str, kind: MessageKind | None = None) -> list[Stood]:
        return self.platform.standing(Address(platform=PLATFORM, workspace="T", user=user), kind)

    def channel(self, kind: MessageKind | None = None) -> list[Stood]:
        return self.platform.standing(CHANNEL, kind)


def account_of(user: str) -> Account:
    """`far@X` is the user `far` in workspace X."""
    name, _, workspace = user.partition("@")
    return Account(platform=PLATFORM, workspace=workspace or "T", user=name)


def _pages(fields: dict[str, str]) -> dict[str, list[str]]:
    when = ("channel", "closes_at", "time_zone", "attribution", "co_organiser", "contact")
    what = ("service", "proposal", "decided", "still_open", "stage")
    return {
        "what": [name for name in fields if name in what],
        "who": [name for name in fields if name not in (*what, *when)],
        "when": [name for name in fields if name in when],
    }


def _fields(fields: dict[str, str], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    lists = ("leaders", "frontline", "citizens")
    return {
        name: tuple(fields[name].split()) if name in lists or name.startswith("group:") else (fields[name],)
        for name in names
    }


def key_of(outcome: Outcome | None) -> str:
    """The catalogue key of the first sentence of an outcome; "form" for a form."""
    match outcome:
        case Refused(because=because):
            return because.key
        case ShowForm():
            return "form"
        case Said(content=(Line(key=key), *_)) | Confirm(content=(Line(key=key), *_)):
            return key
        case _:
            return ""


def words_of(shown: object) -> str:
    """All text in a value, including what buttons carry."""
    found: list[str] = []
    _collect(shown, found)
    return "\n".join(found)


def _collect(shown: object, found: list[str]) -> None:
    if isinstance(shown, str):
        found.append(shown)
    elif isinstance(shown, bytes):
        found.append(shown.decode())
    elif isinstance(shown, dict):
        for key, value in shown.items():
            _collect(key, found)
            _collect(value, found)
    elif isinstance(shown, (tuple, list, frozenset)):
        for each in shown:
            _collect(each, found)
    elif hasattr(shown, "__dataclass_fields__"):
        for name in shown.__dataclass_fields__:
            _collect(getattr(shown, name), found)


__all__ = ["SETUP", "TEXTS", "Cut", "World", "account_of", "key_of", "memory_stores", "words_of"]
