"""The limits by themselves: nothing that a platform asked for is shortened, and nothing is held for longer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.courier.limits import ConcurrencyLimiter, RateLimiter, ReadyQueue
from bot.messages import Op, Pace
from bot.people import Workspace
from tests.unit.couriers import T0, World, person

W = Workspace(platform="chat", id="W")
ANA = person("ana")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def limiter(**pace: float) -> RateLimiter:
    return RateLimiter({"chat": Pace(**pace)})  # type: ignore[arg-type]


def test_bulk_edits_may_be_made_where_a_minute_holds_one_edit_and_no_more_than_one() -> None:
    rate = limiter(edits_a_minute_in_one_workspace=1)
    assert rate.edit_free_at(W, is_bulk=True) <= T0
    rate.take_edit(W, T0)
    assert rate.edit_free_at(W, is_bulk=True) == T0 + MINUTE


def test_of_many_conversations_those_that_must_wait_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.courier.limits.MANY_CONVERSATIONS", 1)
    rate = limiter(seconds_between_posts_in_one_conversation=10)
    rate.take(ANA, Op.POST, T0)
    rate.take(person("ben"), Op.POST, T0 + SECOND)
    rate.take(person("cal"), Op.POST, T0 + 2 * SECOND)
    assert rate.free_at(ANA, Op.POST) == T0 + 10 * SECOND
    rate.take(person("dee"), Op.POST, T0 + 30 * SECOND)
    assert set(rate._conversation_free) == {person("dee").lane}


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    rate = limiter()
    for until in (T0 + MINUTE, T0 + SECOND):
        rate.hold_workspace(W, until)
        rate.hold_edits(W, until)
    assert rate.held_until(ANA) == T0 + MINUTE
    assert rate.edit_free_at(W, is_bulk=False) == T0 + MINUTE
    rate.release(W)
    for until in (T0 + MINUTE, T0 + SECOND):
        rate.hold_conversation(ANA.lane, until)
    assert rate.held_until(ANA) == T0 + MINUTE
    assert rate.held_until(person("ben")) < T0


def test_a_workspace_that_is_released_is_held_by_nothing() -> None:
    rate = limiter()
    rate.hold_workspace(W, T0 + MINUTE)
    rate.hold_edits(W, T0 + MINUTE)
    rate.release(W)
    assert rate.held_until(ANA) < T0
    assert rate.edit_free_at(W, is_bulk=False) < T0
    assert rate.no_bulk_edits_until(T0) == {}


def test_where_bulk_edits_must_wait_is_told_with_the_time() -> None:
    rate = limiter(edits_a_minute_in_one_workspace=5)
    for _ in range(4):
        rate.take_edit(W, T0)
    assert rate.no_bulk_edits_until(T0) == {W: T0 + MINUTE}
    assert rate.no_bulk_edits_until(T0 + MINUTE) == {}
    assert rate.edit_free_at(W, is_bulk=False) <= T0


@pytest.mark.parametrize("what", ["conversation", "workspace", "edits", "posts", "edit", "between"])
def test_after_the_clock_was_set_back_nothing_is_held(what: str) -> None:
    rate = limiter(
        posts_a_minute_in_one_workspace=1,
        edits_a_minute_in_one_workspace=1,
        seconds_between_posts_in_one_conversation=9 if what == "between" else 0,
    )
    match what:
        case "conversation":
            rate.hold_conversation(ANA.lane, T0 + MINUTE)
        case "workspace":
            rate.hold_workspace(W, T0 + MINUTE)
        case "edits":
            rate.hold_edits(W, T0 + MINUTE)
        case "edit":
            rate.take(ANA, Op.AMEND, T0)
        case _:
            rate.take(ANA, Op.POST, T0)

    def free_at() -> datetime:
        return max(rate.free_at(ANA, Op.POST), rate.edit_free_at(W, is_bulk=False))

    assert free_at() > T0
    rate.reset()
    assert free_at() < T0


def test_an_edit_that_was_not_made_is_given_back() -> None:
    rate = limiter(edits_a_minute_in_one_workspace=1)
    rate.take(ANA, Op.AMEND, T0)
    rate.give_back(ANA, Op.AMEND)
    assert rate.edit_free_at(W, is_bulk=False) < T0


def test_no_more_calls_than_a_platform_or_a_workspace_allows() -> None:
    calls = ConcurrencyLimiter(2, 3)
    calls.take(ANA)
    calls.take(ANA)
    assert not calls.has_room(ANA)
    assert calls.has_room(person("ana", workspace="V"))
    calls.take(person("ana", workspace="V"))
    assert not calls.has_room(person("ana", workspace="U"))
    calls.give_back(ANA)
    assert calls.has_room(ANA)
    calls.one_at_a_time.add(W)
    assert not calls.has_room(ANA)


async def queue(rate: RateLimiter, calls: ConcurrencyLimiter, *names: str) -> ReadyQueue:
    """Names of people, each with their workspace: `ana@W`."""
    world, made = World(), ReadyQueue(rate, calls)
    for name in names:
        user, _, workspace = name.partition("@")
        world.owe(name, to=person(user, workspace=workspace))
    made.add(await world.outbox.ready(T0, frozenset()))
    return made


async def test_those_who_must_wait_keep_their_order() -> None:
    rate, calls = limiter(), ConcurrencyLimiter(9, 9)
    waiting = await queue(rate, calls, "ana@W", "ben@W", "cal@W")
    for name, seconds in (("ana", 3), ("ben", 2), ("cal", 4)):
        rate.hold_conversation(person(name).lane, T0 + seconds * SECOND)
    assert list(waiting.startable(T0)) == []
    assert waiting.next_at == T0 + 2 * SECOND
    assert [head.key for head in waiting.startable(T0 + MINUTE)] == ["ana@W", "ben@W", "cal@W"]


async def test_a_workspace_that_had_its_turn_comes_last() -> None:
    rate, calls = limiter(), ConcurrencyLimiter(9, 1)
    waiting = await queue(rate, calls, "ana@W", "ben@W", "ana@V", "ben@V")
    started = []
    for _ in range(4):
        for head in waiting.startable(T0):
            calls.take(head.to)
            started.append(head)
        calls.give_back(started[-1].to)
    assert sorted(head.key for head in started[:2]) == ["ana@V", "ana@W"]
