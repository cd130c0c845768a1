"""A workspace that lets the bot in again: what was put off there is due, and the rounds that waited are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.messages import Again, Posted
from bot.people import Workspace
from tests.builders import CHANNEL, HERE, HOUR, NOON, collecting, owed, status_card
from tests.contract.stores import Stores, deciding, stores

__all__ = ["stores"]

ELSEWHERE = replace(CHANNEL, workspace="X")
SOON = NOON + timedelta(minutes=1)


async def put_off(stores: Stores, key: str) -> None:
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == key)
    claimed = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert claimed is not None
    await stores.outbox.finish(claimed.id, claimed.attempt, Again(not_before=NOON + HOUR), NOON)


async def test_what_was_tried_there_is_due_at_once_and_nothing_else(stores: Stores) -> None:
    first = await stores.keep_round(collecting(code="R-AAAA"), owed("a"), owed("x", to=ELSEWHERE))
    second = await stores.keep_round(collecting(code="R-BBBB"), owed("later", not_before=NOON + HOUR))
    third = await stores.keep_round(collecting(code="R-CCCC"), owed("never tried"))
    await put_off(stores, "a")
    await put_off(stores, "x")
    assert await stores.outbox.wake(HERE, SOON) == [first.id, third.id]
    assert [one.key for one in await stores.outbox.ready(SOON, set())] == ["never tried", "a"]
    assert await stores.outbox.wake(Workspace(platform="play", id="X"), SOON) == [first.id]
    assert second.id not in await stores.outbox.wake(HERE, SOON)


async def test_a_card_that_was_put_off_there_is_due_at_once(stores: Stores) -> None:
    card = status_card()
    round_ = await stores.keep_round(collecting(), card)
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.deliver(head.id)
    await stores.rounds.change(round_.id, None, deciding(None, touch=(card.key,)), NOON)
    (due,) = await stores.outbox.cards(NOON)
    await stores.outbox.shown(head.id, due.wanted - 1, NOON + HOUR)
    assert await stores.outbox.cards(SOON) == []
    assert await stores.outbox.wake(HERE, SOON) == []
    assert len(await stores.outbox.cards(SOON)) == 1


async def test_a_post_that_moved_is_edited_and_followed_where_it_stands_now(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("a"), owed("b", after="a", in_thread=True))
    other = await stores.keep_round(collecting(code="R-BBBB"), owed("x", is_card=True))
    heads = {one.key: one for one in await stores.outbox.ready(NOON, set())}
    was = await stores.deliver(heads["a"].id)
    await stores.deliver(heads["x"].id)
    to = Posted(place="C1", id="anew")
    await stores.outbox.moved(round_.id, was, to)
    await stores.outbox.moved(other.id, was, to)  # of another round, where nothing stands
    (second,) = await stores.outbox.ready(NOON, set())
    assert second.anchor == to
    await stores.outbox.touch_cards(other.id)
    (card,) = await stores.outbox.cards(NOON)
    assert card.message.posted not in (to, was)
