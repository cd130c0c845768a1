"""After a restore: what may have been sent is looked for, what is due later goes at its time, revisions only grow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.messages import Again, MessageKind, State
from bot.rounds import RoundCode
from bot.rules.moves import SeatDecision, SeatRule
from tests.builders import HOUR, NOON, account, act, answers, collecting, owed, seat, write
from tests.contract.stores import DONE, Stores, kept_as
from tests.contract.test_restoring import House

CODE = RoundCode("R-7F3K")
LAST_BEAT, STARTED = NOON + HOUR, NOON + 9 * HOUR


@pytest.mark.parametrize(
    ("due", "is_looked_for"),
    [
        (NOON, True),
        (LAST_BEAT, True),
        (LAST_BEAT + timedelta(seconds=40), True),  # sent, perhaps, after the last beat and before the bot died
        (NOON + 2 * HOUR, False),
        (NOON + 47 * HOUR, False),
    ],
)
async def test_only_what_was_due_before_the_bot_died_may_have_been_sent(
    due: object, is_looked_for: bool, tmp_path: Path
) -> None:
    house = House(tmp_path)
    async with house.open() as (stores, _):
        later = owed(f"{CODE}:invitation:0", MessageKind.CAST_CHANGED, not_before=due)
        await stores.keep_round(collecting(seat("ann")), later)
        await stores.rounds.beat(NOON)
        restore = house.backup()
        await stores.rounds.beat(LAST_BEAT)
    restore()
    async with house.open() as (stores, _):
        assert [each.state for each in await stores.outbox.orphans()] == ([State.SENDING] if is_looked_for else [])


async def test_what_is_due_later_goes_out_at_its_own_time(tmp_path: Path) -> None:
    house, due = House(tmp_path), NOON + 47 * HOUR
    async with house.open() as (stores, _):
        later = owed(f"{CODE}:invitation:0", MessageKind.CAST_CHANGED, not_before=due)
        await stores.keep_round(collecting(seat("ann")), later, owed(f"{CODE}:now:0"))
        await stores.rounds.beat(NOON)
        restore = house.backup()
        await stores.rounds.beat(LAST_BEAT)
    restore()
    async with house.open() as (stores, _):
        (lost,) = await stores.outbox.orphans()
        assert lost.key == f"{CODE}:now:0"
        await stores.outbox.finish(lost.id, lost.attempt, Again(not_before=STARTED), STARTED)
        assert [each.key for each in await stores.outbox.ready(due - timedelta(seconds=1), set())] == [lost.key]
        assert await stores.outbox.next_ready(STARTED) == due


def snoozing(until: datetime) -> SeatRule:
    return lambda _, seat: SeatDecision(outcome=DONE, seat=replace(seat, snoozed_until=until))


async def _snoozed(stores: Stores) -> None:
    """A change of the seat, after which its revision is ahead of that of its words."""
    for hours in range(1, 4):
        await stores.rounds.change_seat(
            CODE,
            account("ann"),
            act("ann").id,
            snoozing(NOON + hours * HOUR),
            NOON,
        )


async def _revision(stores: Stores) -> int:
    found = await stores.rounds.seat(CODE, account("ann"))
    assert found
    return found[1].revision


@pytest.mark.parametrize("how", ["withdrawn", "taken down"])
async def test_revisions_only_grow_in_a_restore(how: str, tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.open() as (stores, _):
        await stores.keep_round(collecting(seat("ann"), seat("bob")))
        await stores.rounds.beat(NOON)
        held = await stores.replies.keep(CODE, account("ann"), write("ann", answers()), answers(), kept_as("reply"))
        await _snoozed(stores)
        restore, before = house.backup(), await _revision(stores)
        if how == "withdrawn":
            await stores.replies.withdraw(CODE, account("ann"), act("ann"), before)
        else:
            await stores.rounds.close([(await stores.rounds.get(CODE)).id], NOON + 80 * HOUR)
            await stores.reveal(await stores.rounds.get(CODE))
            assert held.receipt
            await stores.replies.take_down(CODE, held.receipt, lambda *_: (), NOON + 81 * HOUR)
        await stores.rounds.beat(NOON + 90 * HOUR)
    restore()
    async with house.open() as (stores, _):
        assert await stores.replies.own(CODE, account("ann")) is None
        assert await _revision(stores) > before
