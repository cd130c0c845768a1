"""What the result of a delivery means for its round, its lane and the people concerned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.messages import Again, GaveUp, Message, MessageKind, Posted, Refusal, Result, Sent
from bot.people import Address, Why
from bot.rounds import Phase
from coproduce.app import Storage
from storage.database.tables import message
from tests.builders import HOUR, NOON, collecting, draft, owed, seat
from tests.contract.stores import Stores, deciding, stores
from tests.contract.test_store_waiting import kept

__all__ = ["kept", "stores"]

SENT = Sent(posted=Posted(place="C1", id="1"))


async def claimed(stores: Stores, key: str) -> Message:
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == key)
    sending = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert sending is not None
    return sending


async def finish(stores: Stores, key: str, result: Result) -> None:
    sending = await claimed(stores, key)
    assert await stores.outbox.finish(sending.id, sending.attempt, result, NOON)


async def ready(stores: Stores, at: datetime = NOON) -> list[str]:
    return [one.key for one in await stores.outbox.ready(at, set())]


async def test_nothing_older_overtakes_what_is_stuck_when_its_time_comes(stores: Stores) -> None:
    later = owed("planned", MessageKind.REMINDER, not_before=NOON + HOUR)
    await stores.keep_round(collecting(), later, owed("stuck"), owed("behind"))
    await finish(stores, "stuck", Refusal(reason="is_archived"))
    assert await ready(stores, NOON + 2 * HOUR) == []


@pytest.mark.parametrize("result", [Refusal(reason="is_archived"), GaveUp(why=None, reason="cannot_open")])
async def test_an_announcement_that_was_refused_blocks_nothing_behind_it(stores: Stores, result: Result) -> None:
    await stores.keep_round(draft(opening_at=NOON), owed("announcement", MessageKind.ANNOUNCEMENT), owed("behind"))
    await finish(stores, "announcement", result)
    assert "behind" in await ready(stores)


async def test_a_result_is_recorded_although_the_round_has_moved_on(stores: Stores) -> None:
    round_ = await stores.keep_round(draft(opening_at=NOON), owed("announcement", MessageKind.ANNOUNCEMENT))
    sending = await claimed(stores, "announcement")
    cancelled = replace(await stores.rounds.get(round_.id), phase=Phase.CANCELLED)
    await stores.rounds.change(round_.id, None, deciding(cancelled), NOON)
    assert await stores.outbox.finish(sending.id, sending.attempt, SENT, NOON)
    assert (await stores.rounds.get(round_.id)).phase is Phase.CANCELLED


@pytest.mark.parametrize(("why", "is_gone"), [(Why.DEACTIVATED, True), (Why.REFUSED, False), (None, False)])
async def test_an_organiser_is_marked_as_gone_only_where_the_account_is(
    stores: Stores, why: Why | None, is_gone: bool
) -> None:
    round_ = collecting(seat("ann"))
    organiser = round_.organisers[0].account
    to = Address(platform=organiser.platform, workspace=organiser.workspace, user=organiser.user)
    kept = await stores.keep_round(round_, owed("told", MessageKind.PAUSED, to=to))
    await finish(stores, "told", GaveUp(why=why, reason="x"))
    assert bool((await stores.rounds.get(kept.id)).organisers[0].gone_at) == is_gone


async def test_a_result_of_an_earlier_attempt_is_not_recorded(stores: Stores) -> None:
    await stores.keep_round(collecting(), owed("a"))
    first = await claimed(stores, "a")
    await stores.outbox.finish(first.id, first.attempt, Again(not_before=NOON), NOON)
    second = await claimed(stores, "a")
    assert not await stores.outbox.finish(first.id, first.attempt, SENT, NOON)
    assert await stores.outbox.finish(second.id, second.attempt, SENT, NOON + timedelta(seconds=1))


@pytest.mark.parametrize("result", [Refusal(reason="is_archived"), GaveUp(why=Why.REFUSED, reason="is_archived")])
async def test_the_reason_of_a_refusal_is_kept_for_the_operator(kept: Storage, result: Result) -> None:
    stores = Stores(rounds=kept.rounds, replies=kept.replies, outbox=kept.outbox, vault=kept.vault)
    await stores.keep_round(collecting(), owed("a"))
    await finish(stores, "a", result)
    reasons = await kept.database.read(lambda db: db.execute(select(message.c.reason)).scalars().all())
    assert reasons == ["is_archived"]
