"""A small world for the courier: an outbox in memory, a platform that fails on demand, a clock that stands still."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence, Set
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.answers import Answers
from bot.courier import CourierDependencies, Dispatcher
from bot.courier.limits import workspace_of
from bot.errors import Rejected
from bot.messages import (
    Again,
    CardDue,
    Control,
    File,
    GaveUp,
    LeftOut,
    Line,
    Message,
    MessageId,
    MessageKind,
    Owed,
    Pace,
    Passage,
    Post,
    Posted,
    PostKey,
    Refusal,
    Result,
    Sent,
    State,
    Step,
)
from bot.people import Account, Address, Cast, Reach, Way, Workspace
from bot.ports import ChangeResult, Platform, RoundRecords, Shown
from bot.rounds import Organiser, Perspective, Phase, Round, RoundCode, RoundId
from bot.rules.moves import Rule

T0 = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LOOK_AFTER = timedelta(seconds=30)
CHANNEL = Address(platform="chat", workspace="W", channel="repairs")
SAM = Account(platform="chat", workspace="W", user="sam")
SAMS = Address(platform="chat", workspace="W", user="sam")


def person(name: str, workspace: str = "W", platform: str = "chat") -> Address:
    return Address(platform=platform, workspace=workspace, user=name)


def a_round() -> Round:
    return Round(
        id=RoundId(1),
        code=RoundCode("R-7F3K"),
        workspace=Workspace(platform="chat", id="W"),
        phase=Phase.COLLECTING,
        created_at=T0,
        organisers=(Organiser(account=SAM, name="Sam", is_first=True),),
    )


class StoppedClock:
    def __init__(self) -> None:
        self._now = T0
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

    def move(self, seconds: float) -> None:
        self.set(self._now + timedelta(seconds=seconds))


class RunningClock(StoppedClock):
    """Goes on by itself, days ahead of the machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(days=100)

    def real(self, at: datetime) -> datetime | None:
        return at - timedelta(days=100)


@dataclass
class Kept:
    message: Message
    not_before: datetime
    after: str | None = None
    result: Result | None = None
    wanted: int = 0
    shown: int = 0
    is_urgent: bool = False
    older: list[Posted] = field(default_factory=list)


class InMemoryOutbox:
    """What the port's docstrings say, and nothing more."""

    def __init__(self, clock: StoppedClock, round_: Round) -> None:
        self._clock = clock
        self.round_ = round_
        self.kept: dict[MessageId, Kept] = {}
        self.unwanted: set[str] = set()
        self.editions: list[int] = []  # editions that `shown` was called with
        self.failures: Counter[str] = Counter()  # method -> how many calls of it are still to fail
        self.calls: Counter[str] = Counter()

    def owe(self, *owed: Owed, round_id: RoundId | None = None) -> None:
        for one in owed:
            id_ = MessageId(len(self.kept) + 1)
            message = Message(
                id=id_,
                key=one.key,
                round_id=round_id or self.round_.id,
                kind=one.kind,
                op=one.op,
                to=one.to,
                state=State.OWED,
                attempt=0,
                args=one.args,
                tried_at=None,
                step=None,
                posted=None,
                anchor=None,
                in_thread=one.in_thread,
                is_card=one.is_card,
                header=self.round_.header,
                seat=None,
            )
            not_before = one.not_before or self._clock.now()
            self.kept[id_] = Kept(message=message, not_before=not_before, after=one.after)

    def of(self, key: str) -> Kept:
        return next(kept for kept in self.kept.values() if kept.message.key == key)

    def state(self, key: str) -> State:
        return self.of(key).message.state

    def touch(self, key: str) -> None:
        self.of(key).wanted += 1

    def _called(self, method: str) -> None:
        self.calls[method] += 1
        if self.failures[method] > 0:
            self.failures[method] -= 1
            raise RuntimeError("the disk is full")

    def _change(self, id_: MessageId, **changes: Any) -> Message:
        self.kept[id_].message = replace(self.kept[id_].message, **changes)
        return self.kept[id_].message

    def _head(self, kepts: Sequence[Kept], now: datetime) -> Kept | None:
        """Nothing overtakes what is under way, stuck, or was tried and must wait."""
        for kept in kepts:
            if kept.message.state in (State.SENDING, State.STUCK):
                return None
            if kept.message.state is State.OWED:
                after = self.of(kept.after).message if kept.after else None
                if kept.not_before <= now and (after is None or after.state is State.SENT):
                    anchor = after.posted if after else None
                    self._change(kept.message.id, anchor=anchor)
                    return kept
                if kept.message.attempt or kept.not_before <= now:
                    return None
        return None

    async def ready(self, now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        self._called("ready")
        lanes: defaultdict[str, list[Kept]] = defaultdict(list)
        for kept in self.kept.values():
            lanes[kept.message.lane].append(kept)
        heads = [head for lane, kepts in lanes.items() if lane not in busy and (head := self._head(kepts, now))]
        heads.sort(key=lambda head: (head.not_before, head.message.id))
        return [head.message for head in heads[:limit]]

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        self._called("claim")
        message = self.kept[id].message
        if message.state is not State.OWED or message.attempt != attempt:
            return None
        if message.key in self.unwanted:
            self._change(id, state=State.DROPPED)
            return None
        self.kept[id].shown = self.kept[id].wanted
        return self._change(id, state=State.SENDING, attempt=attempt + 1, tried_at=now)

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        self._called("finish")
        message = self.kept[id].message
        if message.state is not State.SENDING or message.attempt != attempt:
            return False
        self.kept[id].result = result
        match result:
            case Sent():
                self._change(id, state=State.SENT, posted=result.posted)
            case Again():
                self._change(id, state=State.OWED)
                self.kept[id].not_before = result.not_before
            case GaveUp():
                self._change(id, state=State.GIVEN_UP)
            case Refusal():
                self._change(id, state=State.STUCK)
        return True

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        self._called("pass_on")
        if not await self.finish(id, attempt, result, now):
            return None
        lane = self.kept[id].message.lane
        others = {kept.message.lane for kept in self.kept.values()} - {lane}
        ready = await self.ready(now, others)
        return await self.claim(ready[0].id, ready[0].attempt, now) if ready else None

    async def step(self, id: MessageId, attempt: int, step: Step) -> None:
        self._called("step")
        self._change(id, step=step)

    async def wake(self, workspace: Workspace, now: datetime) -> Sequence[RoundId]:
        self._called("wake")
        there = [kept for kept in self.kept.values() if kept.message.to.workspace == workspace.id]
        for kept in there:
            if kept.message.attempt and kept.message.state is not State.SENDING:
                kept.not_before = min(kept.not_before, now)
        owing = (kept.message for kept in there if kept.message.state in (State.OWED, State.SENDING))
        return sorted({message.round_id for message in owing})

    async def asked_since(self, since: datetime) -> Sequence[tuple[Address, datetime]]:
        return []

    async def orphans(self) -> Sequence[Message]:
        self._called("orphans")
        return [kept.message for kept in self.kept.values() if kept.message.state is State.SENDING]

    def _stale(self) -> list[Kept]:
        sent = [k for k in self.kept.values() if k.message.state is State.SENT]
        return [k for k in sent if k.wanted > k.shown or k.older]

    async def next_ready(self, now: datetime) -> datetime | None:
        self._called("next_ready")
        owed = [k for k in self.kept.values() if k.message.state is State.OWED]
        return min((k.not_before for k in (*owed, *self._stale()) if k.not_before > now), default=None)

    async def cards(self, now: datetime, full: Set[Workspace] = frozenset(), limit: int = 100) -> Sequence[CardDue]:
        self._called("cards")
        due = [self._due(kept) for kept in self._stale() if kept.not_before <= now]
        due = [one for one in due if not one.is_bulk or workspace_of(one.message.to) not in full]
        return sorted(due, key=lambda one: one.is_bulk)[:limit]

    def _due(self, kept: Kept) -> CardDue:
        is_bulk = kept.message.kind is MessageKind.QUESTION and not kept.is_urgent
        if kept.wanted > kept.shown:
            return CardDue(message=kept.message, wanted=kept.wanted, is_bulk=is_bulk)
        older = replace(kept.message, posted=kept.older[0], args={"is_older": True})
        return CardDue(message=older, wanted=kept.wanted, is_older=True, is_bulk=is_bulk)

    async def shown(self, id: MessageId, wanted: int, not_before: datetime) -> None:
        self._called("shown")
        self.editions.append(wanted)
        self.kept[id].shown = max(wanted, self.kept[id].shown)
        self.kept[id].not_before = not_before

    async def moved(self, id: RoundId, was: Posted, to: Posted) -> None:
        self._called("moved")
        for kept in self.kept.values():
            if kept.message.posted == was:
                self._change(kept.message.id, posted=to)

    async def pointed(self, id: MessageId, older: Posted) -> None:
        self._called("pointed")
        self.kept[id].older.remove(older)

    async def touch_cards(self, id: RoundId) -> None:
        for kept in self.kept.values():
            kept.wanted += kept.message.is_card and kept.message.round_id == id


@dataclass
class Seen:
    """One post as the platform's people see it."""

    key: PostKey
    to: Address
    post: Post | None
    thread: Posted | None
    files: Sequence[File] = ()


@dataclass
class Chat:
    """A platform. `faults[verb]`: what its next calls raise, one after the other; None: this one goes well.

    `stands_after` names calls (verb and number, from 1) that do their work although they raise.
    """

    name: str = "chat"
    pace: Pace = field(default_factory=Pace)
    invites: Way = Way.PRIVATE
    seen: list[Seen] = field(default_factory=list)
    edits: list[tuple[Posted, Post | None]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)  # verb, lane or id
    faults: defaultdict[str, list[Exception | None]] = field(default_factory=lambda: defaultdict(list))
    faults_in: dict[str, Exception] = field(default_factory=dict)  # lane or workspace -> what every call raises
    refuses: Callable[[Post], bool] = field(default=lambda post: False)
    stands_after: set[tuple[str, int]] = field(default_factory=set)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)  # lane or verb -> its calls hang until set
    hold_edits: asyncio.Event = field(default_factory=asyncio.Event)  # cleared: edits hang
    at_once: int = 0
    most_at_once: int = 0
    uploads: int = 2
    left_out: tuple[LeftOut, ...] = ()  # of the files of each message
    edits_nothing: bool = False  # what is edited is posted anew
    found_cast: Cast = field(default_factory=lambda: Cast(found={}))

    def __post_init__(self) -> None:
        self.hold_edits.set()

    async def _call(self, verb: str, to: Address | None, what: str, work: Callable[[], None]) -> None:
        self.calls.append((verb, what))
        nth = sum(called == verb for called, _ in self.calls)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            if verb == "show":
                await self.hold_edits.wait()
            if gate := self.gates.get(verb) or (self.gates.get(to.lane) if to else None):
                await gate.wait()
            fault = self.faults[verb].pop(0) if self.faults[verb] else None
            if to:
                fault = fault or self.faults_in.get(to.lane) or self.faults_in.get(to.workspace)
            if fault is None or (verb, nth) in self.stands_after:
                work()
            if fault is not None:
                raise fault
        finally:
            self.at_once -= 1

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        if self.refuses(message):
            self.calls.append(("post", to.lane))
            raise Rejected("invalid_blocks")
        await self._call(
            "post", to, to.lane, lambda: self.seen.append(Seen(key=key, to=to, post=message, thread=thread))
        )
        return Posted(place=to.lane, id=key)

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        await self._call("find", to, to.lane, lambda: None)
        return Posted(place=to.lane, id=key) if any(seen.key == key for seen in self.seen) else None

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        await self._call("show", to, at.id, lambda: self.edits.append((at, card)))
        return self.stands_anew(at)

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        await self._call("amend", to, at.id, lambda: self.edits.append((at, message)))
        return self.stands_anew(at)

    def stands_anew(self, at: Posted) -> Posted:
        return replace(at, id=f"{at.id}'") if self.edits_nothing else at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        n = int(done.value) + 1 if done else 1
        if n < self.uploads:
            await self._call("attach", to, f"step {n}", lambda: None)
            return Step(name="uploaded", value=str(n))
        seen = Seen(key=key, to=to, post=None, thread=thread, files=files)
        await self._call("attach", to, f"step {n}", lambda: self.seen.append(seen))
        return Posted(place=to.lane, id=key, left_out=self.left_out)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        await self._call("people", None, ",".join(refs), lambda: None)
        return self.found_cast

    async def reach(self, address: Address) -> Reach:
        await self._call("reach", address, address.lane, lambda: None)
        return Reach(name=address.channel or "")

    async def time_there(self) -> datetime | None:
        return datetime.now(UTC)

    # what a test asks

    def read_in(self, to: Address) -> list[str]:
        """The keys of the catalogue of what stands in a conversation, in order."""
        return [
            part.key if isinstance(part, Line) else part.text
            for seen in self.seen
            if seen.to == to and seen.post
            for part in seen.post.content
        ]

    def count(self, verb: str) -> int:
        return sum(called == verb for called, _ in self.calls)


class OneRound:
    """As much of the ports RoundRecords and Shown as the courier uses."""

    def __init__(self, round_: Round, owe: Callable[..., None]) -> None:
        self.round_ = round_
        self.calls: Counter[str] = Counter()
        self.voices_of: dict[int, str] = {}
        self._owe = owe

    async def boxes_kept(self, *_: object) -> int:
        return 0

    async def get(self, ref: object) -> Round:
        self.calls["get"] += 1
        return self.round_

    async def shell(self, id: RoundId) -> Round:
        self.calls["shell"] += 1
        return replace(self.round_, seats=())

    async def change(self, id: RoundId, act: object, rule: Rule, now: datetime) -> ChangeResult:
        self.calls["change"] += 1
        decision = rule(self.round_)
        self.round_ = decision.round_ or self.round_
        self._owe(*decision.owed)
        return ChangeResult(outcome=decision.outcome, round_=self.round_, is_new=True)

    async def voices(self, id: RoundId, positions: Sequence[int]) -> Sequence[Perspective]:
        self.calls["voices"] += 1
        return [self._voice(position) for position in positions]

    async def perspectives(self, id: RoundId) -> Sequence[Perspective]:
        self.calls["perspectives"] += 1
        return [self._voice(position) for position in sorted(self.voices_of)]

    def _voice(self, position: int) -> Perspective:
        answers = Answers(personal=self.voices_of[position])
        return Perspective(
            id=str(position),
            position=position,
            group=None,
            name=None,
            seat_id=None,
            answers=answers,
            commitment="",
        )


def one_file(round_: Round, voices: Sequence[Perspective]) -> list[File]:
    return [File(name="r.md", media_type="text/markdown", content=b"#", title=Line(key="report.title"))]


class World:
    def __init__(self, *more: Chat, clock: StoppedClock | None = None, **chat: Any) -> None:
        self.clock = clock or StoppedClock()
        round_ = a_round()
        self.outbox = InMemoryOutbox(self.clock, round_)
        self.chat = Chat(**chat)
        self.rounds = OneRound(round_, self.outbox.owe)
        self.controls: tuple[Control, ...] = ()
        self.unmakeable: set[str] = set()
        self.shows_alike: set[str] = set()  # keys of cards that say the same whenever they are touched …
        self.alike_to = 0  # … as in this edition
        self._chats = (self.chat, *more)
        self.courier = self.new_courier()

    def new_courier(self, **options: Any) -> Dispatcher:
        platforms = {chat.name: cast(Platform, chat) for chat in self._chats}
        deps = CourierDependencies(
            outbox=self.outbox,
            rounds=cast(RoundRecords, self.rounds),
            replies=cast(Shown, self.rounds),
            platforms=platforms,
            clock=self.clock,
            look_after=LOOK_AFTER,
            compose=self._compose,
            files=one_file,
            plain_text=lambda post: "plain",
        )
        return Dispatcher(replace(deps, **options))

    def _compose(self, message: Message, round_: Round, voices: Sequence[Perspective] = (), *, now: datetime) -> Post:
        if message.key in self.unmakeable:
            raise KeyError("somebody's secret words")
        said: list[Line | Passage] = [Passage(text=voice.answers.personal) for voice in voices]
        return Post(
            kind=message.kind,
            content=tuple(said) or (Line(key=message.key, facts={"edition": self._edition(message.key)}),),
            controls=self.controls,
        )

    def _edition(self, key: str) -> int:
        return self.alike_to if key in self.shows_alike else self.outbox.of(key).wanted

    def owe(self, *keys: str, to: Address = CHANNEL, kind: MessageKind = MessageKind.CAST_CHANGED, **more: Any) -> None:
        self.outbox.owe(*(Owed(key=key, kind=kind, to=to, **more) for key in keys))
        self.courier.poke()

    @contextmanager
    def edits_hang(self) -> Iterator[None]:
        self.chat.hold_edits.clear()
        try:
            yield
        finally:
            self.chat.hold_edits.set()

    def states(self, *keys: str) -> list[str]:
        return [self.outbox.state(key).value for key in keys]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        courier = self.courier
        task = asyncio.create_task(courier.run())
        try:
            yield
        finally:
            if not task.done():
                await courier.stop()
            await task

    async def settled(self, after: float = 0) -> datetime | None:
        """What the courier can do at once, and after so many seconds more, is done."""
        if after:
            self.clock.move(after)
        async with asyncio.timeout(5):
            return await self.courier.idle()


async def until(is_so: Callable[[], bool]) -> None:
    """For what happens while something else is under way, and `settled` would wait for both."""
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 - nobody is there who could set an event
            await asyncio.sleep(0)
