"""Order is kept for one round in one place: what stands still there stops no other round, nor does a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages import Again, MessageKind, Op, Posted, Refusal, Result, Sent, State
from bot.rounds import Phase, Round
from tests.builders import CHANNEL, HOUR, NOON, collecting, owed, question, seat
from tests.contract.stores import Stores, deciding, stores

__all__ = ["stores"]

SENT = Sent(posted=Posted(place="C1", id="1"))
AGAIN = Again(not_before=NOON + HOUR)
STUCK = Refusal(reason="is_archived")
SOON = NOON + timedelta(seconds=1)


async def ready(stores: Stores, busy: frozenset[str] = frozenset()) -> list[str]:
    return [one.key for one in await stores.outbox.ready(SOON, busy)]


async def finish_first(stores: Stores, result: Result | None, key: str = "a") -> None:
    """None: it stays on its way."""
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == key)
    claimed = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert claimed is not None
    if result is not None:
        assert await stores.outbox.finish(claimed.id, claimed.attempt, result, NOON)


@pytest.mark.parametrize("result", [None, AGAIN, STUCK])
async def test_what_is_stuck_tried_again_or_on_its_way_stops_no_other_round_there(
    stores: Stores, result: Result | None
) -> None:
    await stores.keep_round(collecting(code="R-AAAA"), owed("a"), owed("behind it"))
    await stores.keep_round(collecting(code="R-BBBB"), owed("b"), owed("behind b"))
    await finish_first(stores, result)
    assert await ready(stores) == ["b"]
    await finish_first(stores, SENT, "b")
    assert await ready(stores) == ["behind b"]


async def test_a_lane_that_is_busy_leaves_the_other_rounds_of_its_place_alone(stores: Stores) -> None:
    await stores.keep_round(collecting(code="R-AAAA"), owed("a"))
    await stores.keep_round(collecting(code="R-BBBB"), owed("b"))
    (first, _) = await stores.outbox.ready(NOON, set())
    assert await ready(stores, frozenset({first.lane})) == ["b"]


@pytest.mark.parametrize("result", [None, AGAIN, STUCK])
async def test_nothing_waits_for_a_file(stores: Stores, result: Result | None) -> None:
    await stores.keep_round(collecting(), owed("a", MessageKind.REPORT, op=Op.ATTACH), owed("b"), owed("c"))
    await finish_first(stores, result)
    assert await ready(stores) == ["b"]


async def test_files_to_one_place_come_one_after_the_other(stores: Stores) -> None:
    first, second = (owed(key, MessageKind.REPORT, op=Op.ATTACH) for key in ("a", "b"))
    await stores.keep_round(collecting(), first, second)
    await finish_first(stores, None)
    assert await ready(stores) == []


# what is over ---------------------------------------------------------------------------------------------------


async def with_a_stuck_question(stores: Stores) -> Round:
    asks = question("R-7F3K", "ann")
    round_ = await stores.keep_round(collecting(seat("ann")), asks)
    await finish_first(stores, STUCK, asks.key)
    return round_


@pytest.mark.parametrize("phase", [Phase.CANCELLED, Phase.CLOSED])
async def test_what_is_stuck_and_pointless_once_the_round_moves_on_is_dropped_and_the_news_goes_out(
    stores: Stores, phase: Phase
) -> None:
    round_ = await with_a_stuck_question(stores)
    asks = question("R-7F3K", "ann")
    news = owed("news", MessageKind.WRONG_GROUP, asks.to)
    after = owed("after the question", MessageKind.WRONG_GROUP, after=asks.key)
    await stores.rounds.change(round_.id, None, deciding(replace(round_, phase=phase), news, after), NOON)
    assert await ready(stores) == ["news"]


async def test_what_is_tried_again_and_pointless_by_now_holds_up_nothing(stores: Stores) -> None:
    asks = question("R-7F3K", "ann")
    round_ = await stores.keep_round(collecting(seat("ann")), asks)
    await finish_first(stores, AGAIN, asks.key)
    news = owed("news", MessageKind.WRONG_GROUP, asks.to)
    await stores.rounds.change(round_.id, None, deciding(replace(round_, phase=Phase.CANCELLED), news), NOON)
    assert await ready(stores) == ["news"]


async def test_a_question_that_is_stuck_at_the_deadline_is_dropped_by_the_close(stores: Stores) -> None:
    round_ = await with_a_stuck_question(stores)
    asks = question("R-7F3K", "ann")
    await stores.rounds.close([round_.id], NOON + timedelta(days=4))
    news = owed("news", MessageKind.WRONG_GROUP, asks.to)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    assert await ready(stores) == ["news"]


async def test_what_is_stuck_and_wanted_still_stays_when_the_round_moves_on(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(phase=Phase.REVEALED), owed("a", MessageKind.PAGE), owed("b"))
    await finish_first(stores, STUCK)
    await stores.rounds.change(round_.id, None, deciding(replace(round_, phase=Phase.ENDED)), NOON)
    assert await ready(stores) == []


async def test_only_a_decision_that_frees_them_frees_what_is_stuck(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("a"), owed("b"))
    other = await stores.keep_round(collecting(code="R-BBBB"), owed("x", to=replace(CHANNEL, channel="other")))
    await finish_first(stores, STUCK)
    await finish_first(stores, STUCK, "x")
    await stores.rounds.change(round_.id, None, deciding(None, owed("c"), touch_all=True, audit=("extended",)), NOON)
    assert await ready(stores) == []
    await stores.rounds.change(round_.id, None, deciding(None, free_lanes=True), NOON)
    assert await ready(stores) == ["a"]
    await stores.rounds.change(other.id, None, deciding(None, free_lanes=True), NOON)
    assert await ready(stores) == ["a", "x"]
    assert {one.state for one in await stores.outbox.ready(SOON, set())} == {State.OWED}


# one after the other --------------------------------------------------------------------------------------------


async def test_what_is_next_in_the_lane_and_waits_for_another_place_is_not_passed_over(stores: Stores) -> None:
    """A page that follows the headline of another place: nothing overtakes it, and it goes once that stands."""
    elsewhere = owed("x", to=replace(CHANNEL, channel="other"))
    await stores.keep_round(collecting(), elsewhere, owed("a"), owed("b", after="x"), owed("c"))
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == "a")
    first = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert first is not None
    assert await stores.outbox.pass_on(first.id, first.attempt, SENT, SOON) is None
    assert await ready(stores) == ["x"]
    await finish_first(stores, SENT, "x")
    assert await ready(stores) == ["b"]
    await finish_first(stores, SENT, "b")
    assert await ready(stores) == ["c"]
