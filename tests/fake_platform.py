"""An in-memory platform with fault injection. It does not deduplicate: posting a key twice makes two posts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from bot.errors import Later, NoNewConversations, Rejected, Revoked, Unknown, Unreachable
from bot.messages import File, MessageKind, Pace, Page, Post, Posted, PostKey, Reveal, Step
from bot.people import Address, Cast, Member, Missing, Reach, Way, Why, Workspace
from bot.reveal import pages
from bot.rounds import Venue
from tests.builders import HERE, PLATFORM, account

LONGEST_MESSAGE = 4_000


class Fault(StrEnum):
    LATER = "later"
    LATER_ALL = "later_all"  # … for the whole workspace
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    REVOKED = "revoked"
    LOST = "lost"  # no answer, and nothing was stored
    UNANSWERED = "unanswered"  # no answer, but it stands
    CUT_BEFORE = "cut_before"  # the call never returns, and nothing was stored
    CUT_AFTER = "cut_after"  # the call never returns, but it stands


STORED = (Fault.UNANSWERED, Fault.CUT_AFTER)

Load = Post | tuple[File, ...]


@dataclass(slots=True)
class Stood:
    """A post as people see it now. `load` is None after it was removed."""

    id: str
    key: PostKey
    to: Address
    at: datetime
    load: Load | None
    thread: str | None
    first: Load | None = None  # as it was posted

    @property
    def kind(self) -> MessageKind | None:
        return self.first.kind if isinstance(self.first, Post) else None


@dataclass(kw_only=True)
class MemoryPlatform:
    """Implements `bot.ports.Platform`. Sending calls are counted; `fail` injects a fault into the n-th next call."""

    now: Callable[[], datetime]
    members: dict[str, Member] = field(default_factory=dict)
    missing: dict[str, Why] = field(default_factory=dict)
    teams: dict[str, tuple[str, ...]] = field(default_factory=dict)  # user group -> its members
    places: dict[str, Reach] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)  # channels that take no posts, and why
    posts: list[Stood] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    calls: int = 0
    name: str = PLATFORM
    pace: Pace = field(default_factory=lambda: Pace(longest_message=LONGEST_MESSAGE))
    invites: Way = Way.PRIVATE
    dm_closed: set[str] = field(default_factory=set)  # users who take no private messages
    is_frozen: bool = False  # nothing that stands may be edited: it is posted anew
    begins: int | None = None  # new conversations that it lets the bot begin; None: any number
    clock: Callable[[], datetime | None] | None = None  # its own, where it has another than the bot's
    is_away: bool = False  # nobody is told what time it is there
    is_cut: asyncio.Event = field(default_factory=asyncio.Event)
    outgoing: Callable[[Load, Address], None] = lambda load, to: None
    """Called with everything that the bot sends, including what is then refused."""

    def fail(self, fault: Fault, nth: int = 1) -> None:
        self.faults[self.calls + nth] = fault

    def standing(self, to: Address, kind: MessageKind | None = None) -> list[Stood]:
        return [post for post in self.posts if post.to == to and kind in (None, post.kind)]

    # what the bot calls

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        return pages(reveal, longest=self.pace.longest_message)

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        return await self._send(message, to, key, thread)

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        found = (post for post in self.posts if post.key == key and post.to == to and post.at >= since)
        return next((Posted(place=to.lane, id=post.id) for post in found), None)

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        return await self.amend(at, card, to)

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
        post = next(post for post in self.posts if post.id == at.id)
        if post.to != to:
            raise ValueError(to)
        if message is not None:
            self.outgoing(message, post.to)
        fault = self._count()
        if fault is None or fault in STORED:
            if self.is_frozen and message is not None and message.kind is not MessageKind.OLDER:
                anew = replace(post, id=f"post-{len(self.posts) + 1}", at=self.now(), load=message)
                self.posts.append(anew)
                post.load = None
                return Posted(place=at.place, id=anew.id)
            post.load = message
        await self._suffer(fault, post.to)
        return at

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        if done is None:
            self.outgoing(tuple(files), to)
            await self._suffer(self._count(), to)
            return Step(name="uploaded", value="1")
        return await self._send(tuple(files), to, key, thread)

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        found: dict[str, tuple[Member, ...]] = {}
        missing: list[Missing] = []
        for ref in dict.fromkeys(refs):
            users = self.teams.get(ref, (ref,))
            found[ref] = tuple(self.members[user] for user in users if user in self.members)
            missing += [
                Missing(ref=ref, name=user.title(), why=self.missing.get(user, Why.UNKNOWN), account=account(user))
                for user in users
                if user not in self.members
            ]
        return Cast(found=found, missing=tuple(missing))

    async def reach(self, address: Address) -> Reach:
        if address.channel is None or address.channel not in self.places:
            raise Unreachable(Why.UNKNOWN)
        return self.places[address.channel]

    async def time_there(self) -> datetime | None:
        if self.is_away:
            raise Later(7)
        return self.now() if self.clock is None else self.clock()

    # fault injection

    async def _send(self, load: Load, to: Address, key: PostKey, thread: Posted | None) -> Posted:
        self.outgoing(load, to)
        fault = self._count()
        if to.channel in self.closed:
            raise Unreachable(Why.REFUSED, self.closed[to.channel])
        if to.user in self.missing:
            raise Unreachable(self.missing[to.user])
        if to.user in self.dm_closed:
            raise Unreachable(Why.REFUSED, Unreachable.DM_CLOSED)
        if to.user and self.begins is not None and not self.standing(to):
            if self.begins == 0:
                raise NoNewConversations
            self.begins -= 1
        made = Stood(
            id=f"post-{len(self.posts) + 1}",
            key=key,
            to=to,
            at=self.now(),
            load=load,
            thread=thread.id if thread else None,
            first=load,
        )
        if fault is None or fault in STORED:
            self.posts.append(made)
        await self._suffer(fault, to)
        return Posted(place=to.lane, id=made.id)

    def _count(self) -> Fault | None:
        self.calls += 1
        return self.faults.pop(self.calls, None)

    async def _suffer(self, fault: Fault | None, to: Address) -> None:
        match fault:
            case None:
                return
            case Fault.LATER:
                raise Later(7, to.lane)
            case Fault.LATER_ALL:
                raise Later(7)
            case Fault.UNREACHABLE:
                raise Unreachable(Why.REFUSED)
            case Fault.REJECTED:
                raise Rejected("invalid_blocks")
            case Fault.REVOKED:
                raise Revoked(HERE)
            case Fault.LOST | Fault.UNANSWERED:
                raise Unknown()
            case Fault.CUT_BEFORE | Fault.CUT_AFTER:
                self.is_cut.set()
                await _never()


async def _never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError


def members(*users: str, **changes: Any) -> Mapping[str, Member]:
    return {user: Member(account=account(user), name=user.title(), **changes) for user in users}


__all__ = ["Fault", "Load", "MemoryPlatform", "Stood", "members"]
