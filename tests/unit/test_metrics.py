"""Figures are counted where a port is crossed, and what crosses is not changed by it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.acts import Act, Home, MoveChoice, Moved, Outcome, Refused, Said
from bot.answers import Receipt
from bot.errors import Later, Unreachable
from bot.messages import Again, GaveUp, MessageKind, Post, Posted, PostKey, Refusal, Result, Sent, State, line
from bot.people import Account, Why
from bot.ports import Platform
from bot.rounds import ActId, RoundCode
from coproduce.metrics import Metrics
from tests.builders import CHANNEL, NOON, actor, collecting, owed
from tests.contract.stores import Stores
from tests.fake_platform import Fault, MemoryPlatform
from tests.fakes import MemoryOutbox, MemoryReplies, MemoryRounds, MemoryStore, MemoryVault

POST = Post(kind=MessageKind.CAST_CHANGED, content=(line("x"),))
KEY = PostKey("k" * 22)
POSTED = Posted(place="C1", id="1")


def figures(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """What is not zero: (name, label values in the order of the names of their labels …) -> figure."""
    text = metrics.text(ready={}, waiting={}, beat=None).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in samples if one.value}


def stores(store: MemoryStore, metrics: Metrics) -> Stores:
    return Stores(
        rounds=MemoryRounds(store),
        replies=MemoryReplies(store),
        outbox=metrics.of_outbox(MemoryOutbox(store)),
        vault=MemoryVault(store),
    )


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (Sent(posted=POSTED), "sent"),
        (Again(not_before=NOON + timedelta(hours=1)), "put_off"),
        (GaveUp(why=None, reason="unreachable"), "given_up"),
        (Refusal(reason="rejected"), "refused"),
    ],
)
async def test_how_an_attempt_ended_is_counted_by_platform_and_kind_and_once(result: Result, outcome: str) -> None:
    metrics = Metrics()
    at = stores(MemoryStore(), metrics)
    await at.keep_round(collecting(), owed("one"))
    (head,) = await at.outbox.ready(NOON, set())
    claimed = await at.outbox.claim(head.id, head.attempt, NOON)
    assert claimed is not None
    assert await at.outbox.finish(claimed.id, claimed.attempt, result, NOON)
    assert not await at.outbox.finish(claimed.id, claimed.attempt, result, NOON)
    assert figures(metrics)["coproduce_messages_total", "cast_changed", outcome, "play"] == 1


async def test_what_follows_in_a_lane_and_what_another_process_left_are_counted_too() -> None:
    metrics, store = Metrics(), MemoryStore()
    at = stores(store, metrics)
    await at.keep_round(collecting(), owed("one"), owed("two", MessageKind.INVITATION), owed("three"))
    (head,) = await at.outbox.ready(NOON, set())
    await MemoryOutbox(store).claim(head.id, head.attempt, NOON)
    (orphan,) = await at.outbox.orphans()
    second = await at.outbox.pass_on(orphan.id, orphan.attempt, Sent(posted=POSTED), NOON)
    assert second is not None
    third = await at.outbox.pass_on(second.id, second.attempt, Sent(posted=POSTED), NOON)
    assert third is not None
    counted = figures(metrics)
    assert counted["coproduce_messages_total", "cast_changed", "sent", "play"] == 1
    assert counted["coproduce_messages_total", "invitation", "sent", "play"] == 1


async def test_calls_of_a_platform_are_timed_by_what_it_answered() -> None:
    metrics, inner = Metrics(), MemoryPlatform(now=lambda: NOON)
    platform = metrics.of_platform(inner)
    await platform.post(POST, CHANNEL, KEY)
    inner.fail(Fault.LATER)
    with pytest.raises(Later):
        await platform.post(POST, CHANNEL, KEY)
    inner.fail(Fault.UNREACHABLE)
    with pytest.raises(Unreachable) as caught:
        await platform.post(POST, CHANNEL, KEY)
    assert caught.value.why is Why.REFUSED
    counted = figures(metrics)
    for outcome in ("ok", "later", "unreachable"):
        assert counted["coproduce_platform_call_seconds_count", "post", outcome, "play"] == 1
    assert (platform.name, platform.pace) == (inner.name, inner.pace)


async def test_every_call_of_a_platform_that_waits_is_timed() -> None:
    metrics, ports = Metrics(), vars(Platform)
    waits = [name for name, call in ports.items() if inspect.iscoroutinefunction(call)]

    class Nothing:
        name = "play"

        def __getattr__(self, name: str) -> Callable[[], Awaitable[None]]:
            async def nothing() -> None: ...

            return nothing

    platform = metrics.of_platform(Nothing())  # type: ignore[arg-type]
    for name in waits:
        await getattr(platform, name)()
    counted = figures(metrics)
    assert len(waits) == 8
    assert all(counted["coproduce_platform_call_seconds_count", name, "ok", "play"] == 1 for name in waits)


class Nobody:
    async def is_of(self, account: Account, code: RoundCode) -> bool:
        return False

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        return ()


HELD = Said(content=(line("said.held"),), receipt=Receipt("AAAA-BBBB-CCCC-DDDD"))
NO = Refused(because=line("refused.too_late"))


@pytest.mark.parametrize(
    ("shown", "outcome", "held"), [(HELD, "said", 1), (Said(content=()), "said", 0), (NO, "refused", 0)]
)
async def test_acts_are_counted_by_what_people_were_shown(shown: Outcome, outcome: str, held: int) -> None:
    class Doing(Nobody):
        async def do(self, act: Act) -> Outcome:
            return shown

    metrics = Metrics()
    assert await metrics.of_service(Doing()).do(Home(id=ActId("1"), actor=actor(), at=NOON)) is shown
    counted = figures(metrics)
    assert counted["coproduce_acts_total", "home", outcome] == 1
    assert counted.get(("coproduce_replies_held_total",), 0) == held


async def test_a_press_that_only_those_can_make_who_have_sealed_is_counted_as_any_other() -> None:
    class Doing(Nobody):
        async def do(self, act: Act) -> Outcome:
            return Said(content=())

    metrics = Metrics()
    pressed = Moved(id=ActId("1"), actor=actor(), at=NOON, choice=MoveChoice.STAY)
    await metrics.of_service(Doing()).do(pressed)
    counted = figures(metrics)
    assert counted["coproduce_acts_total", "answer", "said"] == 1
    assert not any("moved" in key for key in counted)


async def test_an_act_that_fails_is_counted_and_fails() -> None:
    class Failing(Nobody):
        async def do(self, act: Act) -> Outcome:
            raise OSError

    metrics = Metrics()
    with pytest.raises(OSError):  # noqa: PT011
        await metrics.of_service(Failing()).do(Home(id=ActId("1"), actor=actor(), at=NOON))
    assert figures(metrics)["coproduce_acts_total", "home", "error"] == 1


def test_what_waits_no_more_is_told_no_more() -> None:
    metrics = Metrics()
    owes = {("play", State.OWED, MessageKind.QUESTION): 3}
    assert b'coproduce_messages_waiting{kind="question",platform="play",state="owed"} 3.0' in metrics.text(
        ready={"slack": True}, waiting=owes, beat=NOON
    )
    later = metrics.text(ready={"slack": False}, waiting={}, beat=NOON)
    assert b"question" not in later
    assert b'coproduce_ready{part="slack"} 0.0' in later
