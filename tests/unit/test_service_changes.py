"""Every act that changes something: who is woken for what it owes, and what the audit keeps of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.acts import (
    Act,
    Add,
    AgreeReveal,
    Answer,
    AskToHide,
    Cancel,
    Check,
    ChooseVenue,
    CloseRound,
    Decline,
    Export,
    Extend,
    HaveRead,
    Help,
    Hide,
    Home,
    ListRounds,
    More,
    Move,
    MoveChoice,
    Moved,
    New,
    OpenRound,
    OpenSetup,
    Preview,
    Read,
    Rehearse,
    Remind,
    Remove,
    Retry,
    Said,
    SaveSetup,
    Share,
    ShowReceipt,
    Snooze,
    Status,
    StopReminders,
    Typed,
    Withdraw,
    Write,
    Wrong,
)
from bot.answers import Answers
from bot.rounds import Phase, RoundCode
from bot.service import Service
from bot.service.service import USE_CASES
from tests.builders import HERE
from tests.fake_platform import Fault
from tests.world import World, memory_stores

FIVE_DAYS = timedelta(days=5)
MINUTE = timedelta(minutes=1)
ONLY_LOOK = {Home, Help, ListRounds, Typed, More, Read, OpenSetup, Answer, Check, ShowReceipt, Status}
OWES_NOTHING = {New, ChooseVenue}
"""One makes a draft, and nothing is due or owed because of it; the other is played in `test_reveal_stands`."""


class Village(World):
    """Keeps what courier and alarm find whenever they are woken."""

    def __init__(self) -> None:
        stores, self.store = memory_stores()
        super().__init__(stores)
        self.receipts: dict[str, str] = {}
        self.found: list[object] = []

    def watch(self) -> None:
        self.service = Service(replace(self.tools, woken=self._look))

    def _look(self) -> None:
        self.found.append(self.all_there_is())
        self.courier.poke()

    def all_there_is(self) -> object:
        store = self.store
        return (dict(store.rounds), dict(store.messages), dict(store.words), dict(store.perspectives))


async def a_draft(world: Village) -> RoundCode:
    return await world.draft()


async def asked(world: Village) -> RoundCode:
    return await world.open()


async def answered(world: Village) -> RoundCode:
    code = await world.open()
    for user in ("cal", "fay", "lea"):
        held = await world.write(user, code, f"words of {user}")
        assert isinstance(held, Said)
        world.receipts[user] = held.receipt or ""
    return code


async def revealed(world: Village) -> RoundCode:
    code = await answered(world)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).phase is Phase.REVEALED
    return code


async def asked_to_move(world: Village) -> RoundCode:
    code = await answered(world)
    await world.press(Move, "olga", code=code, into=2, person="cal")
    return code


async def held_back(world: Village) -> RoundCode:
    code = await answered(world)
    world.platform.places["repairs"] = replace(world.platform.places["repairs"], outsiders=3)
    await world.pass_time(FIVE_DAYS + MINUTE)
    assert (await world.round_(code)).held_back_at
    return code


@dataclass(frozen=True, kw_only=True)
class Doing:
    """An act that changes something, what comes before it, and what the audit says of it then."""

    kind: type[Act]
    user: str
    before: Callable[[Village], Awaitable[RoundCode]]
    more: dict[str, Any] = field(default_factory=dict)
    cast: str = ""
    with_receipt: bool = False
    audit: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind.__name__}-{self.before.__name__}"


CHANGES = (
    Doing(kind=SaveSetup, user="olga", before=a_draft, more={"page": "what", "fields": {"service": ("New",)}}),
    Doing(kind=Preview, user="olga", before=a_draft),
    Doing(kind=Rehearse, user="olga", before=a_draft),
    Doing(kind=OpenRound, user="olga", before=a_draft, audit=("opening",)),
    Doing(kind=Write, user="cal", before=asked, more={"answers": Answers(personal="mine")}),
    Doing(kind=Write, user="cal", before=asked, more={"answers": Answers(personal="begun"), "seal": False}),
    Doing(kind=Withdraw, user="cal", before=answered),
    Doing(kind=Withdraw, user="cal", before=revealed, with_receipt=True),
    Doing(kind=Decline, user="cal", before=asked),
    Doing(kind=Snooze, user="cal", before=asked, more={"choice": "3h"}),
    Doing(kind=StopReminders, user="cal", before=asked),
    Doing(kind=Wrong, user="cal", before=asked, more={"confirmed": True}),
    Doing(kind=AskToHide, user="cal", before=revealed, more={"voice": "L1", "reason": "Harm", "is_filled": True}),
    Doing(kind=Remind, user="olga", before=asked, audit=("reminded",)),
    Doing(
        kind=Extend,
        user="olga",
        before=asked,
        more={"when": "2027-01-01T12:00:00+00:00", "confirmed": True},
        audit=("extended",),
    ),
    Doing(kind=CloseRound, user="olga", before=asked, more={"confirmed": True}, audit=("closed_early",)),
    Doing(kind=CloseRound, user="olga", before=revealed, more={"confirmed": True}, audit=("ended",)),
    Doing(kind=Cancel, user="olga", before=asked, more={"confirmed": True}, audit=("cancelled",)),
    Doing(kind=AgreeReveal, user="olga", before=held_back, audit=("reveal_agreed",)),
    Doing(kind=Retry, user="olga", before=asked, audit=("retried",)),
    Doing(kind=Add, user="olga", before=asked, more={"group": "citizens"}, cast="zoe", audit=("added",)),
    Doing(kind=Move, user="olga", before=answered, more={"into": 2, "person": "cal"}, audit=("added",)),
    Doing(kind=Moved, user="cal", before=asked_to_move, more={"choice": MoveChoice.YES}),
    Doing(kind=Moved, user="cal", before=asked_to_move, more={"choice": MoveChoice.STAY}),
    Doing(kind=Remove, user="olga", before=asked, more={"person": "fay"}, audit=("removed",)),
    Doing(kind=Share, user="olga", before=asked, cast="otto", audit=("shared",)),
    Doing(kind=Hide, user="olga", before=revealed, more={"voice": "L1", "reason": "It names them"}, audit=("hidden",)),
    Doing(kind=Export, user="olga", before=revealed, audit=("exported",)),
    Doing(kind=HaveRead, user="cal", before=revealed),
)


@pytest.fixture
async def world() -> AsyncIterator[Village]:
    made = Village()
    await made.start()
    made.watch()
    yield made
    await made.crash()


async def do(world: Village, doing: Doing, code: RoundCode) -> None:
    more = dict(doing.more)
    if doing.cast:
        more["cast"] = await world.platform.people(HERE, [doing.cast])
    if doing.with_receipt:
        more["receipt"] = world.receipts[doing.user]
    await world.agree(doing.user, await world.do(doing.kind, doing.user, code=code, **more))


def test_every_act_either_changes_something_here_or_only_looks() -> None:
    assert {doing.kind for doing in CHANGES} | ONLY_LOOK | OWES_NOTHING == set(USE_CASES)


@pytest.mark.parametrize("doing", CHANGES, ids=str)
async def test_whoever_delivers_is_woken_after_all_that_an_act_changed(world: Village, doing: Doing) -> None:
    code = await doing.before(world)
    world.found.clear()
    await do(world, doing, code)
    assert world.found, "nobody looks at what is owed now"
    assert world.found[-1] == world.all_there_is(), "it changed again after they had looked"


@pytest.mark.parametrize("doing", CHANGES, ids=str)
async def test_the_audit_keeps_what_organisers_did_and_nothing_of_what_stakeholders_did(
    world: Village, doing: Doing
) -> None:
    code = await doing.before(world)
    already = len(world.store.audits)
    await do(world, doing, code)
    assert tuple(world.store.audits[already:]) == doing.audit


@pytest.mark.parametrize("doing", [each for each in CHANGES if each.kind is not Cancel], ids=str)
async def test_a_seat_that_changes_is_counted_so_that_nobody_writes_over_it_unseen(
    world: Village, doing: Doing
) -> None:
    code = await doing.before(world)
    before = {seat.account: seat for seat in (await world.round_(code)).seats}
    await do(world, doing, code)
    for seat in (await world.round_(code)).seats:
        was = before.get(seat.account, seat)
        assert seat.revision == was.revision + (seat != was)


# what the clock does ------------------------------------------------------------------------------------------


async def test_the_audit_tells_a_round_from_its_opening_to_its_end(world: Village) -> None:
    await revealed(world)
    await world.pass_time(timedelta(days=8))
    assert world.store.audits == ["opening", "opened", "ended"]


async def test_the_audit_keeps_that_a_round_could_not_be_announced(world: Village) -> None:
    code = await world.draft()
    world.platform.fail(Fault.REJECTED)
    await world.press(OpenRound, "olga", code=code)
    assert world.store.audits == ["opening", "not_opened"]


async def test_the_audit_keeps_that_a_reveal_was_held_back_and_agreed_to(world: Village) -> None:
    code = await held_back(world)
    await world.press(AgreeReveal, "olga", code=code)
    assert world.store.audits[2:] == ["held_back", "reveal_agreed"]


async def test_the_audit_keeps_that_the_deadline_moved_because_we_were_away(world: Village) -> None:
    code = await asked(world)
    closes_at = (await world.round_(code)).closes_at
    assert closes_at
    await world.pass_until(closes_at - MINUTE)
    await world.stop()
    world.clock.set(closes_at + MINUTE)
    await world.start()
    assert world.store.audits[2:] == ["downtime"]
