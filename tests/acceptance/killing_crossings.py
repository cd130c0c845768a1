"""Counts every call that crosses a port, and ends the process at the one it is told: no clean-up, no goodbye."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from adapters.playground.chat.wire import Json
from adapters.playground.link import Link, OnAct
from coproduce.app import Storage

T = TypeVar("T")

ACT = "adapter.act"
"""An act that came in: before the engine hears of it; and when its outcome is there, and nobody has been answered."""

ANSWER = "adapter.answer"
"""The answer to it: when the outcome is there, and when it is on its way."""

AT_ONCE_AFTER_A_CALL_OF_THE_PLATFORM = ("outbox.pass_on", "outbox.finish", "outbox.step", "outbox.shown")
"""No turn of the event loop lies between."""

EDITS = ("platform.show", "outbox.shown")
MANY_EDITS = 2

READS = frozenset(
    {
        *("rounds.get", "rounds.shell", "rounds.seat", "rounds.own_seat", "rounds.of", "rounds.due", "rounds.next_due"),
        *("rounds.last_beat", "rounds.last_heard", "rounds.closing_between", "rounds.over_since"),
        *("rounds.idle_drafts", "rounds.in_play"),
        *(
            "replies.own",
            "replies.find",
            "replies.holds",
            "replies.has_signed",
            "replies.voices",
            "replies.perspectives",
            "replies.boxes_kept",
        ),
        *("outbox.ready", "outbox.orphans", "outbox.next_ready", "outbox.cards", "vault.get"),
        "outbox.asked_since",
        *("platform.find", "platform.people", "platform.reach"),
    }
)
"""Calls that change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Before or after the nth call of one method, counted from 1 in the life of one process."""

    call: str
    nth: int
    is_after: bool

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} call {self.nth} of {self.call}"


def moments(counts: Mapping[str, int], *, leave_out: Callable[[Moment], bool] = lambda _: False) -> Iterator[Moment]:
    """Both sides of every call that is counted here."""
    for call, count in counts.items():
        for nth in range(1, count + 1):
            for is_after in (False, True):
                moment = Moment(call=call, nth=nth, is_after=is_after)
                if not leave_out(moment):
                    yield moment


def is_another(moment: Moment) -> bool:
    """Is it one that has another name, too? What a process leaves that dies there, it leaves there as well."""
    if moment.call in READS:
        return True  # after the last call before it that changed something
    if moment.call == ACT:
        return True  # … and the moment before its answer
    if moment.call in EDITS:
        # before it: as before it was wanted; and each is like the other, for done twice it is done once
        return not moment.is_after or moment.nth > MANY_EDITS
    return moment.call in AT_ONCE_AFTER_A_CALL_OF_THE_PLATFORM and not moment.is_after


@dataclass(slots=True)
class Crossings:
    """`die_at`: the moment at which this process is killed."""

    die_at: Moment | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def before(self, call: str) -> int:
        self.counts[call] += 1
        nth = self.counts[call]
        self._pass(call, nth, is_after=False)
        return nth

    def after(self, call: str, nth: int) -> None:
        self._pass(call, nth, is_after=True)

    def _pass(self, call: str, nth: int, *, is_after: bool) -> None:
        at = self.die_at
        if at is not None and call == at.call and nth == at.nth and is_after is at.is_after:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A port whose every call is counted."""

    def __init__(self, port: object, name: str, crossings: Crossings) -> None:
        self._port = port
        self._name = name
        self._crossings = crossings

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        call = f"{self._name}.{name}"
        if inspect.iscoroutinefunction(found):
            found = self._awaited(call, found)
        elif callable(found):
            found = self._called(call, found)
        setattr(self, name, found)
        return found

    def _awaited(self, call: str, port: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def watched(*args: Any, **more: Any) -> Any:
            nth = self._crossings.before(call)
            try:
                return await port(*args, **more)
            finally:
                self._crossings.after(call, nth)

        return watched

    def _called(self, call: str, port: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **more: Any) -> Any:
            nth = self._crossings.before(call)
            try:
                return port(*args, **more)
            finally:
                self._crossings.after(call, nth)

        return watched


def watch(port: T, name: str, crossings: Crossings) -> T:
    return cast("T", Watched(port, name, crossings))


def watched(kept: Storage, crossings: Crossings) -> Storage:
    return replace(
        kept,
        rounds=watch(kept.rounds, "rounds", crossings),
        replies=watch(kept.replies, "replies", crossings),
        outbox=watch(kept.outbox, "outbox", crossings),
        vault=watch(kept.vault, "vault", crossings),
    )


class WatchedLink(Link):
    """Counts what comes in over the adapter, and the answer that goes back."""

    crossings: Crossings

    def listen(self, on_act: OnAct) -> None:
        crossings = self.crossings

        async def take(act: Json) -> Json:
            nth = crossings.before(ACT)
            answer = await on_act(act)
            crossings.after(ACT, nth)
            answered = crossings.before(ANSWER)
            # the wire sends as soon as this returns, before the loop turns to anything else
            asyncio.get_running_loop().call_soon(crossings.after, ANSWER, answered)
            return answer

        super().listen(take)
