"""When something is tried again."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.courier.limits import ConcurrencyLimiter, RateLimiter
from bot.courier.retries import RetryPolicy, RevokedWorkspaces, UnansweredCalls
from bot.errors import Later, Revoked, Unknown
from bot.messages import Again, Message, MessageId, Op, Owed, Pace, Refusal
from bot.messages import MessageKind as Kind
from bot.people import Workspace
from tests.unit.couriers import CHANNEL, LOOK_AFTER, T0, StoppedClock, World, person

W, V = (Workspace(platform="chat", id=name) for name in "WV")
SECOND = timedelta(seconds=1)


def a_message(n: int = 1, workspace: str = "W", **changes: object) -> Message:
    world = World()
    world.outbox.owe(Owed(key=f"m{n}", kind=Kind.PAGE, to=person("ana", workspace=workspace)))
    (kept,) = world.outbox.kept.values()
    return replace(kept.message, id=MessageId(n), tried_at=T0, **changes)  # type: ignore[arg-type]


class Policy:
    def __init__(self, look_after: timedelta = LOOK_AFTER) -> None:
        self.clock = StoppedClock()
        self.rate = RateLimiter({"chat": Pace()})
        self.calls = ConcurrencyLimiter(8, 8)
        self.revoked = RevokedWorkspaces(self.rate, self.calls)
        self.policy = RetryPolicy(self.clock, self.rate, self.revoked, look_after)


def test_a_search_is_due_at_its_moment_and_once() -> None:
    unanswered = UnansweredCalls(LOOK_AFTER)
    message = a_message()
    unanswered.add(message, T0)
    assert unanswered.due(T0 + LOOK_AFTER - SECOND) == []
    assert unanswered.due(T0 + LOOK_AFTER) == [message]
    unanswered.begin(message)
    assert unanswered.due(T0 + LOOK_AFTER) == []
    unanswered.put_off(message, T0 + 2 * LOOK_AFTER)
    assert unanswered.due(T0 + 2 * LOOK_AFTER) == [message]
    unanswered.resolve(message)
    assert message.id not in unanswered


def test_an_edit_without_an_answer_is_repeated_at_once() -> None:
    unanswered = UnansweredCalls(LOOK_AFTER)
    unanswered.add(a_message(op=Op.AMEND), T0)
    assert unanswered.next_at == T0


def test_searches_are_hurried_in_one_workspace_and_none_is_put_off_by_it() -> None:
    unanswered = UnansweredCalls(LOOK_AFTER)
    here, there, due = a_message(1), a_message(2, "V"), a_message(3)
    for message in (here, there, due):
        unanswered.add(message, T0)
    unanswered.put_off(due, T0 - SECOND)
    unanswered.hurry(W, T0)
    assert unanswered.due(T0) == [here, due]
    assert unanswered.next_at == T0 - SECOND


def test_the_pause_began_when_the_token_was_revoked_first() -> None:
    made = Policy()
    made.policy.after_call(a_message(), Revoked(W))
    made.clock.move(60)
    until = made.policy.after_call(a_message(), Revoked(W))
    assert made.revoked.since(W) == T0
    assert until == T0 + 11 * timedelta(minutes=1) == made.rate.held_until(person("ana"))
    assert made.rate.held_until(person("ana", workspace="V")) < T0


def test_a_workspace_is_back_only_where_it_was_gone() -> None:
    made = Policy()
    made.revoked.note_success(W)
    assert made.revoked.restored == set()
    made.revoked.revoke(W, T0)
    made.revoked.note_success(W)
    made.revoked.note_success(V)
    assert made.revoked.restored == {W}
    made.revoked.lift(W)
    assert made.calls.one_at_a_time == set()
    assert made.rate.held_until(person("ana")) < T0
    made.revoked.forget(W)
    assert made.revoked.since(W) is None
    assert made.revoked.restored == set()


@pytest.mark.parametrize(("look_after", "waits"), [(LOOK_AFTER, LOOK_AFTER), (SECOND, 5 * SECOND)])
def test_a_call_without_an_answer_is_repeated_after_a_while(look_after: timedelta, waits: timedelta) -> None:
    assert Policy(look_after).policy.after_call(a_message(), Unknown()) == T0 + waits


@pytest.mark.parametrize("scope", ["", CHANNEL.lane])
def test_what_a_platform_asks_to_wait_is_waited_where_it_asks(scope: str) -> None:
    made = Policy()
    assert made.policy.after_call(a_message(), Later(7, scope)) == T0 + 7 * SECOND
    assert made.rate.held_until(CHANNEL) == T0 + 7 * SECOND
    assert (made.rate.held_until(person("ben")) > T0) == (scope == "")


def test_a_message_that_cannot_be_composed_is_tried_six_times_and_then_stuck() -> None:
    made = Policy()
    results = [made.policy.after_fault(a_message(), KeyError()) for _ in range(7)]
    waits = [(one.not_before - T0).total_seconds() for one in results if isinstance(one, Again)]
    assert waits == [5, 10, 20, 40, 80, 5]  # the seventh is the first after an organiser had it tried again
    assert results[5] == Refusal(reason="unexpected")


def test_a_message_that_went_out_begins_anew() -> None:
    made = Policy()
    made.policy.after_fault(a_message(), KeyError())
    made.policy.note_success(a_message())
    assert made.policy.after_fault(a_message(), KeyError()) == Again(not_before=T0 + 5 * SECOND)


def test_after_an_error_of_the_storage_the_conversation_rests() -> None:
    made = Policy()
    made.policy.after_storage_error(a_message(), KeyError())
    assert made.rate.held_until(person("ana")) == T0 + 5 * SECOND


def test_expected_errors_are_no_alarm(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    made = Policy()
    made.policy.after_call(a_message(), Unknown())
    made.policy.after_call(a_message(), KeyError())
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR"]
