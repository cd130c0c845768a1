"""The one live message that each person has for a round: where it stands, when it is edited, what is first."""

from __future__ import annotations

import pytest

from bot.messages import Again, CardDue, GaveUp, MessageKind, Posted, Sent
from bot.people import Why, Workspace
from bot.rounds import ActId, Round, RoundCode
from bot.rules import answering
from bot.rules.moves import SeatDecision
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    PLATFORM,
    account,
    act,
    answers,
    collecting,
    owed,
    question,
    seat,
    status_card,
)
from tests.contract.stores import CLOSE, Stores, arrange, deciding, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")


async def asked(stores: Stores, *users: str) -> Round:
    """A round in which everybody has their question."""
    people = [seat(user, asked_at=None) for user in users]
    await stores.keep_round(collecting(*people), *(question(CODE, user) for user in users), status_card())
    await stores.deliver_all(NOON)
    await stores.show_all(NOON)
    return await stores.rounds.get(CODE)


async def tell(stores: Stores, round_: Round, kind: MessageKind, user: str = "ann") -> Posted:
    """News for one person; where it stands."""
    mine = next(one for one in round_.seats if one.account.user == user)
    news = owed(f"{kind}:{user}", kind, mine.address, seat_id=mine.id)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    (head,) = [one for one in await stores.outbox.ready(NOON, set()) if one.kind is kind]
    return await stores.deliver(head.id)


async def live(stores: Stores) -> list[CardDue]:
    """Posts of people that are to be edited."""
    return [due for due in await stores.outbox.cards(CLOSE + DAY) if due.message.kind is MessageKind.QUESTION]


async def seal(stores: Stores, user: str = "ann") -> None:
    await stores.replies.keep(CODE, account(user), act(user), answers(), kept_as("reply"))


# asked ----------------------------------------------------------------------------------------------------------


async def test_somebody_is_asked_when_the_question_stands_and_the_status_card_says_so(stores: Stores) -> None:
    people = [seat(user, asked_at=None) for user in ("ann", "bob")]
    await stores.keep_round(collecting(*people), status_card(), question(CODE, "ann"), question(CODE, "bob"))
    status, ann, bob = await stores.outbox.ready(NOON, set())
    await stores.deliver(status.id)
    assert not await stores.outbox.cards(NOON)
    await stores.deliver(ann.id, NOON + HOUR)
    assert [due.message.kind for due in await stores.outbox.cards(NOON)] == [MessageKind.STATUS]
    await stores.show_all(NOON)
    await stores.outbox.claim(bob.id, 0, NOON)
    await stores.outbox.finish(bob.id, 1, GaveUp(why=Why.REFUSED, reason="closed"), NOON)
    seats = (await stores.rounds.get(CODE)).seats
    assert [one.asked_at for one in seats] == [NOON + HOUR, None]
    assert [due.message.kind for due in await stores.outbox.cards(NOON)] == [MessageKind.STATUS]


async def test_somebody_asked_once_more_keeps_the_first_time(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    again = question(CODE, "ann", key="again")
    await stores.rounds.change(round_.id, None, deciding(None, again), NOON)
    await stores.deliver_all(NOON + HOUR)
    assert (await stores.rounds.get(CODE)).seats[0].asked_at == NOON


async def withdraw(stores: Stores, user: str) -> None:
    found = await stores.rounds.seat(CODE, account(user))
    assert found
    await stores.replies.withdraw(CODE, account(user), act(user), found[1].revision)


# what touches it ------------------------------------------------------------------------------------------------


async def test_whoever_seals_or_takes_back_has_it_edited_with_the_same_transaction(stores: Stores) -> None:
    await asked(stores, "ann", "bob")
    await seal(stores)
    (due,) = await live(stores)
    assert due.message.seat is not None
    assert due.message.seat.account == account("ann")
    assert due.message.seat.replied_at is not None
    await stores.show_all(NOON)
    await withdraw(stores, "ann")
    (due,) = await live(stores)
    assert due.message.seat is not None
    assert due.message.seat.replied_at is None


@pytest.mark.parametrize("verb", ["decline", "snooze", "stop"])
async def test_whoever_says_no_or_later_or_stop_has_it_edited(stores: Stores, verb: str) -> None:
    await asked(stores, "ann", "bob")

    def rule(header: object, mine: object) -> SeatDecision:
        match verb:
            case "decline":
                return answering.decline(header, mine, None, NOON)  # type: ignore[arg-type]
            case "snooze":
                return answering.snooze(header, mine, "3h", NOON, "UTC")  # type: ignore[arg-type]
            case _:
                return answering.stop_reminders(header, mine, NOON)  # type: ignore[arg-type]

    await stores.rounds.change_seat(CODE, account("ann"), ActId("press"), rule, NOON)
    assert [due.message.seat and due.message.seat.account for due in await live(stores)] == [account("ann")]


async def test_a_draft_is_shown_after_what_others_sent_and_a_look_edits_nothing(stores: Stores) -> None:
    await asked(stores, "ann", "bob")
    boxes = frozenset({"personal"})
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("draft"), boxes=boxes)
    await seal(stores, "bob")
    assert [due.message.seat and due.message.seat.account.user for due in await live(stores)] == ["bob", "ann"]
    await stores.show_all(NOON)
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("draft"), boxes=boxes)
    assert await live(stores) == []


async def test_changes_to_what_was_sent_edit_nothing_until_they_are_sent_too(stores: Stores) -> None:
    await asked(stores, "ann")
    await seal(stores)
    await stores.show_all(NOON)
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("other"), kept_as("draft"))
    assert await live(stores) == []


async def test_what_comes_after_the_close_edits_nothing(stores: Stores) -> None:
    round_ = await asked(stores, "ann", "bob")
    await seal(stores)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.show_all(CLOSE)
    await withdraw(stores, "ann")
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers(), kept_as("late"))
    assert await live(stores) == []


# news -----------------------------------------------------------------------------------------------------------


async def test_news_takes_over_and_the_older_post_says_so(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    reminder = await tell(stores, round_, MessageKind.REMINDER)
    (due,) = await live(stores)
    assert (due.is_older, due.message.args.get("is_older")) == (True, True)
    first = due.message.posted
    assert first not in (None, reminder)
    assert first is not None
    await stores.outbox.pointed(due.message.id, first)
    assert await live(stores) == []  # and the news itself is not written over
    await seal(stores)
    (due,) = await live(stores)
    assert (due.is_older, due.message.posted) == (False, reminder)


@pytest.mark.parametrize(
    "kind",
    [
        MessageKind.NUDGE,
        MessageKind.DEADLINE_MOVED,
        MessageKind.CLOSED_EARLY,
    ],
)
async def test_every_kind_of_news_takes_over(stores: Stores, kind: MessageKind) -> None:
    round_ = await asked(stores, "ann")
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("draft"))
    posted = await tell(stores, round_, kind)
    await stores.show_all(NOON)
    await stores.outbox.touch_cards(round_.id)
    (due,) = await live(stores)
    assert due.message.posted == posted


async def test_a_second_question_takes_over_from_the_first(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    again = question(CODE, "ann", key="again")
    await stores.rounds.change(round_.id, None, deciding(None, again), NOON)
    (head,) = [one for one in await stores.outbox.ready(NOON, set()) if one.key == "again"]
    posted = await stores.deliver(head.id)
    (due,) = await live(stores)
    assert due.is_older
    await stores.show_all(NOON)
    await seal(stores)
    (due,) = await live(stores)
    assert (due.message.key, due.message.posted) == ("again", posted)


async def test_news_is_not_written_over_by_the_change_that_it_tells_of(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    (mine,) = round_.seats
    news = owed("moved", MessageKind.DEADLINE_MOVED, mine.address, seat_id=mine.id)
    await stores.rounds.change(round_.id, None, deciding(None, news, touch_all=True), NOON)
    await stores.deliver_all(NOON)
    assert [due.is_older for due in await live(stores)] == [True]


async def test_what_changes_while_news_is_on_its_way_is_shown_where_it_stands(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    (mine,) = round_.seats
    news = owed("reminder", MessageKind.REMINDER, mine.address, seat_id=mine.id)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    (head,) = await stores.outbox.ready(NOON, set())
    claimed = await stores.outbox.claim(head.id, 0, NOON)
    assert claimed is not None
    await seal(stores)
    stands = Posted(place="C1", id="the reminder")
    assert await stores.outbox.pass_on(head.id, 1, Sent(posted=stands), NOON) is None
    (due,) = await live(stores)
    assert (due.is_older, due.message.posted, due.is_bulk) == (False, stands, False)


async def test_news_that_does_not_stand_takes_over_nothing(stores: Stores) -> None:
    round_ = await asked(stores, "ann")
    (mine,) = round_.seats
    news = owed("reminder", MessageKind.REMINDER, mine.address, seat_id=mine.id)
    await stores.rounds.change(round_.id, None, deciding(None, news), NOON)
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.outbox.finish(head.id, 1, Again(not_before=NOON + HOUR), NOON)
    assert await live(stores) == []


# in which order -------------------------------------------------------------------------------------------------


async def test_who_acts_is_edited_before_all_others(stores: Stores) -> None:
    round_ = await asked(stores, *(f"p{n}" for n in range(5)))
    await stores.outbox.touch_cards(round_.id)
    await seal(stores, "p3")
    dues = await stores.outbox.cards(NOON + HOUR)
    assert [due.is_bulk for due in dues] == [False, False, True, True, True, True]
    first = [due.message.seat and due.message.seat.account for due in dues[:2]]
    assert account("p3") in first
    full = frozenset({Workspace(platform=PLATFORM, id="T")})
    assert len(await stores.outbox.cards(NOON + HOUR, full)) == 2
    mine = next(due for due in dues if due.message.seat and due.message.seat.account == account("p3"))
    await stores.outbox.shown(mine.message.id, mine.wanted - 1, NOON)  # put off: it stays the first
    assert any(due.message.id == mine.message.id for due in await stores.outbox.cards(NOON + HOUR, full))
    await stores.outbox.shown(mine.message.id, mine.wanted, NOON)
    await stores.outbox.touch_cards(round_.id)
    assert len(await stores.outbox.cards(NOON + HOUR, full)) == 1


# the close ------------------------------------------------------------------------------------------------------


async def test_the_place_of_news_outlives_the_row_that_told_who_was_missing(stores: Stores) -> None:
    round_ = await asked(stores, "ann", "bob")
    await seal(stores, "bob")
    reminder = await tell(stores, round_, MessageKind.REMINDER)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    places = [due.message.posted for due in await stores.outbox.cards(CLOSE) if not due.is_older]
    assert reminder in places


async def test_an_edit_under_way_at_the_close_hides_no_later_one(stores: Stores) -> None:
    round_ = await asked(stores, "ann", "bob")
    for _ in range(3):
        await seal(stores)
    (due,) = await live(stores)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    await stores.outbox.shown(due.message.id, due.wanted, CLOSE)
    assert len([one for one in await stores.outbox.cards(CLOSE) if one.message.kind is MessageKind.QUESTION]) == 2
