"""What waits for a message that will never be sent is dropped, and blocks nothing behind it."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import GaveUp, MessageKind, Refusal
from bot.people import Address
from bot.rounds import Phase
from tests.builders import CHANNEL, NOON, collecting, owed, seat
from tests.contract.stores import Stores, deciding, stores

__all__ = ["stores"]

GONE = GaveUp(why=None, reason="cannot_open")
ELSEWHERE = replace(CHANNEL, channel="elsewhere")


async def finish(stores: Stores, key: str, result: GaveUp | Refusal) -> None:
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == key)
    sending = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert sending is not None
    assert await stores.outbox.finish(sending.id, sending.attempt, result, NOON)


async def ready(stores: Stores) -> list[str]:
    return [one.key for one in await stores.outbox.ready(NOON, set())]


async def test_what_is_owed_after_something_that_was_given_up_is_dropped_at_once(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("a"))
    await finish(stores, "a", GONE)
    await stores.rounds.change(round_.id, None, deciding(None, owed("b", after="a"), owed("c")), NOON)
    assert await ready(stores) == ["c"]


async def test_what_waits_for_what_waits_is_dropped_as_well_in_every_lane(stores: Stores) -> None:
    b = owed("b", to=ELSEWHERE, after="a")
    d = owed("d", to=replace(CHANNEL, channel="third"), after="b")
    behind = owed("behind d", to=replace(CHANNEL, channel="third"))
    await stores.keep_round(collecting(), owed("a"), b, d, behind)
    await finish(stores, "a", GONE)
    assert await ready(stores) == ["behind d"]


async def test_what_waits_for_something_no_longer_wanted_is_dropped_with_it(stores: Stores) -> None:
    ann = seat("ann", declined_at=NOON)
    to = Address(platform=ann.account.platform, workspace=ann.account.workspace, user=ann.account.user)
    reminder = owed("reminder", MessageKind.REMINDER, to, seat_of=str(ann.account))
    after = owed("after", to=ELSEWHERE, after="reminder")
    await stores.keep_round(collecting(ann), reminder, after, owed("behind", to=ELSEWHERE))
    (head,) = [one for one in await stores.outbox.ready(NOON, set()) if one.key == "reminder"]
    assert await stores.outbox.claim(head.id, head.attempt, NOON) is None
    assert await ready(stores) == ["behind"]


async def test_a_reveal_that_is_taken_back_goes_although_it_was_stuck(stores: Stores) -> None:
    closed = replace(collecting(), phase=Phase.CLOSED)
    round_ = await stores.keep_round(closed, owed("headline", MessageKind.HEADLINE), owed("behind"))
    await finish(stores, "headline", Refusal(reason="is_archived"))
    assert "behind" not in await ready(stores)
    await stores.rounds.change(round_.id, None, deciding(None, unplan=CHANNEL), NOON)
    assert "behind" in await ready(stores)
