"""An edit that would change nothing is not made: people would see "edited" below words that are the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from bot.courier.delivery import ShownCards
from bot.errors import Rejected, Revoked, Unknown
from bot.messages import MessageKind, Pace, Post, Posted
from bot.people import Address, Workspace
from tests.unit.couriers import SAMS, World, person
from tests.world import World as Rounds
from tests.world import memory_stores

A_MOMENT = 6  # longer than a card rests between two edits


async def posted(world: World, *keys: str) -> None:
    for key in keys:
        world.owe(key, to=SAMS, kind=MessageKind.STATUS, is_card=True)
    await world.settled()


async def touched(world: World, key: str = "card", *, changed: bool = False) -> None:
    world.outbox.touch(key)
    if not changed:
        world.shows_alike.add(key)
    world.courier.poke()
    await world.settled(after=A_MOMENT)
    world.shows_alike.discard(key)


async def test_a_card_that_would_say_what_it_says_is_not_edited_and_is_up_to_date() -> None:
    world = World()
    world.shows_alike.add("card")
    async with world.running():
        await posted(world, "card")
        await touched(world)
        assert await world.settled(after=A_MOMENT) is None
    assert world.chat.edits == []
    assert world.outbox.of("card").shown == 1


async def test_a_card_that_says_something_else_is_edited_and_then_rests() -> None:
    world = World()
    async with world.running():
        await posted(world, "card")
        await touched(world, changed=True)
        world.shows_alike.add("card")
        world.alike_to = 1
        await touched(world)
    assert len(world.chat.edits) == 1


async def test_an_edit_that_is_not_made_takes_nothing_of_the_pace() -> None:
    world = World(pace=Pace(edits_a_minute_in_one_workspace=1))
    world.shows_alike.add("alike")
    async with world.running():
        await posted(world, "alike", "other")
        for key in ("alike", "other"):
            world.outbox.touch(key)
        world.courier.poke()
        await world.settled()
        await world.settled(after=A_MOMENT)
    assert len(world.chat.edits) == 1
    assert world.outbox.of("other").shown == 1


async def test_after_an_edit_without_an_answer_nobody_knows_what_stands() -> None:
    world = World()
    async with world.running():
        await posted(world, "card")
        world.chat.faults["show"] = [Unknown()]
        await touched(world, changed=True)
        world.shows_alike.add("card")  # back to what was posted
        await world.settled(after=60)
    assert world.chat.count("show") == 2


async def test_after_an_edit_that_was_refused_the_next_is_made() -> None:
    world = World()
    async with world.running():
        await posted(world, "card")
        world.chat.faults["show"] = [Rejected("no"), Rejected("no")]
        await touched(world, changed=True)
        await touched(world)
    assert len(world.chat.edits) == 1


async def test_a_restart_forgets_what_stands() -> None:
    world = World()
    world.shows_alike.add("card")
    async with world.running():
        await posted(world, "card")
    world.courier = world.new_courier()
    async with world.running():
        await touched(world)
    assert len(world.chat.edits) == 1


async def test_where_an_edit_was_posted_anew_the_new_post_is_what_stands() -> None:
    world = World(edits_nothing=True)
    async with world.running():
        await posted(world, "card")
        await touched(world, changed=True)
        world.alike_to = 1
        await touched(world)
    assert len(world.chat.edits) == 1


async def test_an_edit_that_is_not_made_does_not_say_that_a_workspace_is_back() -> None:
    world = World()
    world.shows_alike.add("card")
    async with world.running():
        await posted(world, "card")
        world.chat.faults["post"] = [Revoked(Workspace(platform="chat", id="W"))]
        world.owe("one", to=person("ana"))
        await world.settled()
        world.outbox.touch("card")
        world.outbox.of("one").not_before += timedelta(hours=1)
        await world.settled(after=600)
    assert world.outbox.of("card").shown == 1
    assert world.outbox.calls["wake"] == 0


@pytest.mark.parametrize("writers", [("fay", "finn", "cal"), ()])
async def test_in_a_whole_round_no_message_is_edited_to_what_it_says_already(writers: tuple[str, ...]) -> None:
    stores, _ = memory_stores()
    world = Rounds(stores)
    stands: dict[str, Post] = {}
    equal: list[MessageKind] = []
    edits: Counter[MessageKind] = Counter()
    post, show = world.platform.post, world.platform.show

    async def posting(message, to, key, thread=None):  # type: ignore[no-untyped-def]
        at = await post(message, to, key, thread)
        stands[at.id] = message
        return at

    async def showing(card: Post, at: Posted, to: Address) -> Posted:
        equal.extend([card.kind] if stands.get(at.id) == card else [])
        edits[card.kind] += 1
        stands[at.id] = card
        return await show(card, at, to)

    world.platform.post, world.platform.show = posting, showing  # type: ignore[method-assign]
    await world.start()
    code = await world.open()
    for writer in writers:
        await world.write(writer, code, "words")
    await world.pass_time(timedelta(days=30))
    await world.crash()
    assert edits[MessageKind.OLDER]
    assert equal == []


def test_nothing_of_what_a_card_says_is_kept_but_a_digest() -> None:
    shown = ShownCards()
    at = Posted(place="D1", id="1")
    post = Post(kind=MessageKind.QUESTION, content=())
    shown.remember(at, post)
    assert shown.is_shown(at, post)
    assert all(isinstance(kept, bytes) for kept in shown._digests.values())


def test_of_many_cards_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.courier.delivery.CARDS_REMEMBERED", 2)
    shown = ShownCards()
    post = Post(kind=MessageKind.QUESTION, content=())
    places = [Posted(place="D1", id=str(n)) for n in range(3)]
    for at in places[:2]:
        shown.remember(at, post)
    shown.remember(places[0], post)
    shown.remember(places[2], post)
    assert [shown.is_shown(at, post) for at in places] == [True, False, True]
