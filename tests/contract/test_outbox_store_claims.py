"""What a claim does in its transaction, and what it hands over."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import Again, Message, MessageKind, Posted, Sent
from bot.rounds import Phase, RoundCode
from tests.builders import HOUR, NOON, account, act, answers, collecting, owed, question, seat, status_card
from tests.contract.stores import CLOSE, Stores, arrange, deciding, kept_as, stores

__all__ = ["stores"]

CODE = "R-7F3K"


async def claimed(stores: Stores, key: str) -> Message:
    head = next(one for one in await stores.outbox.ready(NOON, set()) if one.key == key)
    sending = await stores.outbox.claim(head.id, head.attempt, NOON)
    assert sending is not None
    return sending


async def test_the_first_claim_of_a_reveal_tells_the_round_the_status_card_and_the_claimant(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), status_card())
    await stores.deliver_all(NOON)
    await stores.show_all(NOON)
    closed = replace(await stores.rounds.get(round_.id), phase=Phase.CLOSED, prepared_at=NOON)
    await stores.rounds.change(round_.id, None, deciding(closed, owed("headline", MessageKind.HEADLINE)), NOON)
    assert await stores.outbox.cards(NOON) == []
    headline = await claimed(stores, "headline")
    kept = await stores.rounds.get(round_.id)
    assert kept.revealing_at == NOON == headline.header.revealing_at
    assert headline.header.version == kept.version
    assert [due.message.kind for due in await stores.outbox.cards(NOON)] == [MessageKind.STATUS]


async def test_a_claim_of_an_earlier_attempt_is_none(stores: Stores) -> None:
    await stores.keep_round(collecting(), owed("a"))
    first = await claimed(stores, "a")
    await stores.outbox.finish(first.id, first.attempt, Again(not_before=NOON), NOON)
    assert await stores.outbox.claim(first.id, 0, NOON) is None
    assert await stores.outbox.claim(first.id, 1, NOON) is not None


async def test_older_posts_are_pointed_to_the_newest_one_the_oldest_first(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), question(CODE, "ann"))
    await stores.deliver_all(NOON)
    seat_id = round_.seats[0].id
    to = round_.seats[0].address
    stood = []
    for n in (1, 2):
        stood.append(await _live(stores))
        news = owed(f"news {n}", MessageKind.DEADLINE_MOVED, to, seat_id=seat_id)
        await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
        sending = await claimed(stores, f"news {n}")
        await stores.outbox.finish(sending.id, sending.attempt, Sent(posted=Posted(place="D1", id=f"news {n}")), NOON)
    due = [one for one in await stores.outbox.cards(NOON + HOUR) if one.is_older]
    assert [one.message.posted for one in due] == stood[:1]


async def _live(stores: Stores) -> Posted | None:
    """Where Ann's live message stands: it is touched, and looked at."""
    round_ = await stores.rounds.get(RoundCode(CODE))
    await stores.outbox.touch_cards(round_.id)
    due = [one for one in await stores.outbox.cards(CLOSE + HOUR) if not one.is_older]
    for one in due:
        await stores.outbox.shown(one.message.id, one.wanted, NOON)
    return due[0].message.posted


async def test_a_card_never_shows_less_than_it_did(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), status_card())
    await stores.deliver_all(NOON)
    for _ in range(2):
        await stores.outbox.touch_cards(round_.id)
    (due,) = await stores.outbox.cards(NOON)
    await stores.outbox.shown(due.message.id, due.wanted, NOON)
    await stores.outbox.shown(due.message.id, due.wanted - 1, NOON)
    assert await stores.outbox.cards(NOON) == []


async def test_news_that_was_on_its_way_while_counts_were_made_equal_leaves_its_message_due(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), question(CODE, "ann"))
    await stores.deliver_all(NOON)
    for _ in range(3):
        await _live(stores)
    await stores.rounds.close([round_.id], CLOSE)
    news = owed("news", MessageKind.WITHHELD, round_.seats[0].address, seat_id=round_.seats[0].id)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    sending = await claimed(stores, "news")
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    assert await stores.outbox.finish(sending.id, sending.attempt, Sent(posted=Posted(place="D1", id="news")), CLOSE)
    assert await _live(stores) == Posted(place="D1", id="news")


async def test_a_live_message_is_urgent_no_longer_once_news_shows_what_its_person_did(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), question(CODE, "ann"))
    await stores.deliver_all(NOON)
    await stores.replies.keep(RoundCode(CODE), account("ann"), act("1"), answers(), kept_as("reply"))
    news = owed("news", MessageKind.DEADLINE_MOVED, round_.seats[0].address, seat_id=round_.seats[0].id)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    sending = await claimed(stores, "news")
    assert await stores.outbox.finish(sending.id, sending.attempt, Sent(posted=Posted(place="D1", id="news")), NOON)
    await stores.outbox.touch_cards(round_.id)
    assert [due.is_bulk for due in await stores.outbox.cards(NOON)] == [True]
