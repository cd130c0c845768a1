"""What every outbox promises of `pass_on`: one message finished, and the next of its lane claimed, at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.messages import Again, Message, MessageKind, Owed, Posted, Refusal, Sent, State
from bot.rounds import Phase
from tests.builders import CHANNEL, NOON, collecting, owed, question, seat
from tests.contract.stores import Stores, deciding
from tests.contract.stores import stores as stores

SENT = Sent(posted=Posted(place="C1", id="p1"))
SOON = NOON + timedelta(minutes=1)


async def under_way(stores: Stores, *owes: Owed) -> Message:
    """The first of these, claimed."""
    await stores.keep_round(collecting(seat("ann")), *owes)
    head = (await stores.outbox.ready(NOON, set()))[0]
    claimed = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert claimed is not None
    assert claimed.key == owes[0].key
    return claimed


async def test_the_next_of_the_lane_is_on_its_way_at_once(stores: Stores) -> None:
    first = await under_way(stores, owed("a"), owed("b"), owed("c"))
    second = await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON)
    assert second is not None
    assert (second.key, second.state, second.attempt, second.tried_at) == ("b", State.SENDING, 1, SOON)
    assert [one.key for one in await stores.outbox.orphans()] == ["b"]
    assert await stores.outbox.finish(second.id, second.attempt, SENT, SOON)
    assert [one.key for one in await stores.outbox.ready(SOON, set())] == ["c"]


async def test_what_waited_for_it_knows_where_it_stands(stores: Stores) -> None:
    first = await under_way(stores, owed("a"), owed("b", after="a", in_thread=True))
    second = await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON)
    assert second is not None
    assert (second.anchor, second.in_thread) == (SENT.posted, True)


async def test_another_lane_is_left_alone(stores: Stores) -> None:
    first = await under_way(stores, owed("a"), owed("b", to=replace(CHANNEL, channel="other")))
    assert await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON) is None
    assert [one.key for one in await stores.outbox.ready(SOON, set())] == ["b"]


async def test_what_waits_for_its_time_or_for_another_lane_is_not_taken(stores: Stores) -> None:
    elsewhere = owed("x", to=replace(CHANNEL, channel="other"))
    later, behind = owed("b", not_before=SOON + timedelta(hours=1)), owed("c", after="x")
    first = await under_way(stores, owed("a"), elsewhere, later, behind)
    assert await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON) is None
    assert await stores.outbox.orphans() == []


async def test_nothing_follows_what_must_be_tried_again_or_is_stuck(stores: Stores) -> None:
    first = await under_way(stores, owed("a"), owed("b"))
    again = Again(not_before=SOON + timedelta(hours=1))
    assert await stores.outbox.pass_on(first.id, first.attempt, again, SOON) is None
    (head,) = await stores.outbox.ready(SOON + timedelta(hours=1), set())
    claimed = await stores.outbox.claim(head.id, head.attempt, SOON)
    assert claimed is not None
    assert claimed.key == "a"
    assert await stores.outbox.pass_on(claimed.id, claimed.attempt, Refusal(reason="no"), SOON) is None
    assert await stores.outbox.orphans() == []


async def test_what_was_finished_before_passes_nothing_on(stores: Stores) -> None:
    first = await under_way(stores, owed("a"), owed("b"))
    assert await stores.outbox.finish(first.id, first.attempt, SENT, SOON)
    assert await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON) is None
    assert [one.key for one in await stores.outbox.ready(SOON, set())] == ["b"]


async def test_what_is_no_longer_wanted_is_dropped_and_the_lane_goes_on(stores: Stores) -> None:
    asks = question("R-7F3K", "ann")
    greeting = owed("a", MessageKind.WRONG_GROUP, asks.to)
    round_ = await stores.keep_round(collecting(seat("ann")), greeting, asks, replace(greeting, key="b"))
    (head,) = await stores.outbox.ready(NOON, set())
    first = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert first is not None
    await stores.rounds.change(round_.id, None, deciding(replace(round_, phase=Phase.CLOSED)), NOON)
    assert await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON) is None
    assert [one.key for one in await stores.outbox.ready(SOON, set())] == ["b"]
