"""What the outbox and the vault promise, whatever keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import NotAllowed
from bot.messages import Again, GaveUp, MessageKind, Op, Posted, Refusal, Sent, Step
from bot.people import Member, Reach, Why
from bot.rounds import Phase, RoundCode
from bot.rules.moves import Decision
from bot.setups import LookedUp, Setup
from tests.builders import (
    CHANNEL,
    DAY,
    HOUR,
    NOON,
    account,
    act,
    answers,
    collecting,
    draft,
    owed,
    question,
    seat,
    status_card,
    venue,
)
from tests.contract.stores import CLOSE, Stores, arrange, deciding, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")


def refuse(*_: object) -> Decision:
    raise NotAllowed(phase="draft")


async def test_what_is_owed_twice_is_stored_once(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("once", args={"n": 1}))
    await stores.rounds.change(round_.id, None, deciding(None, owed("once", args={"n": 2})), NOON)
    (message,) = await stores.outbox.ready(NOON, set())
    assert (message.key, message.args) == ("once", {"n": 1})


async def test_a_message_comes_back_as_it_was_owed(stores: Stores) -> None:
    args = {"at": NOON, "wait": HOUR, "list": [1, "two", None], "map": {"a": True}}
    round_ = await stores.keep_round(collecting(seat("ann")), question(CODE, "ann", args=args, is_card=True))
    (message,) = await stores.outbox.ready(NOON, set())
    assert message.args == args
    assert message.seat == round_.seats[0]
    assert message.header == round_.header
    assert message.to == round_.seats[0].address
    assert (message.attempt, message.tried_at, message.posted, message.anchor) == (0, None, None, None)
    assert message.is_card


async def test_a_lane_goes_in_order_and_lanes_go_side_by_side(stores: Stores) -> None:
    await stores.keep_round(
        collecting(seat("ann"), seat("bob")),
        owed("first"),
        owed("second"),
        question(CODE, "ann"),
        question(CODE, "bob"),
    )
    heads = await stores.outbox.ready(NOON, set())
    assert [one.key for one in heads] == [
        "first",
        f"{CODE}:question:{account('ann')}:0",
        f"{CODE}:question:{account('bob')}:0",
    ]
    assert [one.key for one in await stores.outbox.ready(NOON, {heads[0].lane}, 1)] == [heads[1].key]
    claimed = await stores.outbox.claim(heads[0].id, 0, NOON)
    assert claimed is not None
    assert [one.key for one in await stores.outbox.ready(NOON, set())] == [heads[1].key, heads[2].key]
    await stores.outbox.finish(claimed.id, claimed.attempt, Sent(posted=Posted(place="C", id="1")), NOON)
    assert "second" in [one.key for one in await stores.outbox.ready(NOON, set())]


async def test_nothing_is_ready_before_its_time(stores: Stores) -> None:
    await stores.keep_round(collecting(), owed("later", not_before=NOON + HOUR))
    assert await stores.outbox.ready(NOON, set()) == []
    assert await stores.outbox.next_ready(NOON) == NOON + HOUR
    assert len(await stores.outbox.ready(NOON + HOUR, set())) == 1
    assert await stores.outbox.next_ready(NOON + HOUR) is None


async def test_what_sleeps_until_a_time_of_its_own_is_passed_by_later_ones(stores: Stores) -> None:
    round_ = await stores.keep_round(
        collecting(), owed("tomorrow", not_before=NOON + DAY), owed("first"), owed("second")
    )
    (head,) = await stores.outbox.ready(NOON, set())
    assert head.key == "first"
    assert await stores.outbox.next_ready(NOON) == NOON + DAY
    (head,) = await stores.outbox.ready(NOON + DAY, set())
    assert head.key == "tomorrow"  # it is due, and older
    claimed = await stores.outbox.claim(head.id, head.attempt, NOON + DAY)
    assert claimed is not None
    assert await stores.outbox.ready(NOON + DAY, set()) == []
    await stores.outbox.finish(head.id, 1, Again(not_before=NOON + 2 * DAY), NOON + DAY)
    assert await stores.outbox.ready(NOON + DAY, set()) == []  # it was tried: nothing overtakes it now
    await stores.rounds.change(round_.id, None, deciding(None, owed("third")), NOON + DAY)
    assert await _drain(stores, NOON + 2 * DAY) == ["tomorrow", "first", "second", "third"]


async def test_what_is_owed_behind_a_sleeper_goes_at_once(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("tomorrow", not_before=NOON + DAY))
    await stores.rounds.change(round_.id, None, deciding(None, owed("now")), NOON)
    assert await _drain(stores, NOON) == ["now"]
    assert await _drain(stores, NOON + DAY) == ["tomorrow"]


async def _drain(stores: Stores, now: datetime) -> list[str]:
    sent = []
    while heads := await stores.outbox.ready(now, set()):
        assert len(heads) == 1
        await stores.deliver(heads[0].id, now)
        sent.append(heads[0].key)
    return sent


async def test_what_comes_after_waits_until_the_first_stands(stores: Stores) -> None:
    elsewhere = replace(CHANNEL, channel="other")
    await stores.keep_round(
        collecting(),
        owed("root"),
        owed("reply", after="root", in_thread=True),
        owed("deeper", after="reply", in_thread=True),
        owed("edit", op=Op.AMEND, after="reply"),
        owed("elsewhere", to=elsewhere, after="root"),
    )
    (root,) = await stores.outbox.ready(NOON, set())
    posted = await stores.deliver(root.id)
    ready = {one.key: one for one in await stores.outbox.ready(NOON, set())}
    assert set(ready) == {"reply", "elsewhere"}
    assert ready["reply"].anchor == posted
    second = await stores.deliver(ready["reply"].id)
    ready = {one.key: one for one in await stores.outbox.ready(NOON, set())}
    assert ready["deeper"].anchor == posted  # the thread's root, not the reply
    await stores.deliver(ready["deeper"].id)
    ready = {one.key: one for one in await stores.outbox.ready(NOON, set())}
    assert ready["edit"].anchor == second


async def test_a_message_after_one_that_nobody_owes_is_a_fault(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting())
    with pytest.raises(KeyError):
        await stores.rounds.change(round_.id, None, deciding(None, owed("x", after="nothing")), NOON)
    assert await stores.outbox.ready(NOON, set()) == []


async def test_only_one_claim_of_an_attempt_wins(stores: Stores) -> None:
    await stores.keep_round(collecting(), owed("once"))
    (head,) = await stores.outbox.ready(NOON, set())
    claimed = await stores.outbox.claim(head.id, 0, NOON)
    assert claimed is not None
    assert (claimed.attempt, claimed.tried_at) == (1, NOON)
    assert await stores.outbox.claim(head.id, 0, NOON) is None
    assert [one.key for one in await stores.outbox.orphans()] == ["once"]
    sent = Sent(posted=Posted(place="C", id="1"))
    assert not await stores.outbox.finish(head.id, 0, sent, NOON)
    assert await stores.outbox.finish(head.id, 1, sent, NOON)
    assert not await stores.outbox.finish(head.id, 1, sent, NOON)
    assert await stores.outbox.orphans() == []


async def test_again_puts_a_message_back_at_the_head_of_its_lane(stores: Stores) -> None:
    await stores.keep_round(collecting(), owed("first"), owed("second"))
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.outbox.step(head.id, 1, Step(name="uploaded", value="F1"))
    await stores.outbox.finish(head.id, 1, Again(not_before=NOON + HOUR), NOON)
    assert await stores.outbox.ready(NOON, set()) == []
    (head,) = await stores.outbox.ready(NOON + HOUR, set())
    assert (head.key, head.attempt, head.step) == ("first", 1, Step(name="uploaded", value="F1"))


async def test_somebody_who_cannot_be_reached_is_marked_and_their_lane_goes_on(stores: Stores) -> None:
    await stores.keep_round(
        collecting(seat("ann")),
        question(CODE, "ann"),
        owed("amended", MessageKind.QUESTION, op=Op.AMEND, after=f"{CODE}:question:{account('ann')}:0"),
        owed("behind"),
        status_card(),
    )
    heads = {one.kind: one for one in await stores.outbox.ready(NOON, set())}
    await stores.deliver(heads[MessageKind.STATUS].id)
    head = heads[MessageKind.QUESTION]
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.outbox.finish(head.id, 1, GaveUp(why=Why.REFUSED, reason="closed"), NOON)
    assert (await stores.rounds.get(CODE)).seats[0].unreachable is Why.REFUSED
    assert len(await stores.outbox.cards(NOON)) == 1
    (head,) = await stores.outbox.ready(NOON, set())
    assert head.key == "behind"  # what was to come after the question will never stand, and holds up nobody


async def test_a_stuck_lane_stands_still_until_it_is_freed(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(), owed("first"), owed("second"))
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.outbox.finish(head.id, 1, Refusal(reason="too long"), NOON)
    assert await stores.outbox.ready(NOON + DAY, set()) == []
    await stores.rounds.change(round_.id, None, deciding(free_lanes=True), NOON)
    (head,) = await stores.outbox.ready(NOON, set())
    assert (head.key, head.attempt) == ("first", 1)


async def test_what_is_no_longer_wanted_is_dropped_at_its_turn(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann", declined_at=NOON)), question(CODE, "ann"), owed("x"))
    heads = {one.kind: one for one in await stores.outbox.ready(NOON, set())}
    assert await stores.outbox.claim(heads[MessageKind.QUESTION].id, 0, NOON) is None
    assert [one.key for one in await stores.outbox.ready(NOON, set())] == ["x"]
    assert await stores.outbox.orphans() == []


async def test_a_card_shows_the_latest_and_rests_between(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), status_card())
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.outbox.touch_cards(round_.id)  # before it stands: its first post will show it
    posted = await stores.deliver(head.id)
    assert await stores.outbox.cards(NOON) == []
    await stores.outbox.touch_cards(round_.id)
    await stores.rounds.change(round_.id, None, deciding(touch=(status_card().key,)), NOON)
    (due,) = await stores.outbox.cards(NOON)
    assert due.message.posted == posted
    await stores.outbox.touch_cards(round_.id)  # while it is being edited
    await stores.outbox.shown(due.message.id, due.wanted, NOON + HOUR)
    assert await stores.outbox.cards(NOON) == []
    assert await stores.outbox.next_ready(NOON) == NOON + HOUR
    (due,) = await stores.outbox.cards(NOON + HOUR)
    await stores.outbox.shown(due.message.id, due.wanted, NOON + HOUR)
    assert await stores.outbox.cards(NOON + DAY) == []


async def test_reminders_are_gone_once_a_round_is_prepared(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
    bob = round_.seats[1]
    await stores.rounds.change(
        round_.id,
        None,
        deciding(
            None,
            owed("reminder", MessageKind.REMINDER, bob.address, seat_id=bob.id),
            owed("after", to=bob.address),
        ),
        NOON,
    )
    (head,) = await stores.outbox.ready(NOON, set())
    assert head.kind is MessageKind.REMINDER
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    assert await stores.outbox.orphans() == []
    assert "after" in [one.key for one in await stores.outbox.ready(CLOSE, set())]


async def test_the_announcement_that_stands_asks_everybody(stores: Stores) -> None:
    await _opening(stores)
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.deliver(head.id)
    opened = await stores.rounds.get(CODE)
    assert opened.phase is Phase.COLLECTING
    assert [seat.name for seat in opened.seats] == ["Ann", "Bob"]
    kinds = [one.kind for one in await stores.outbox.ready(NOON, set())]
    assert sorted(kinds) == [MessageKind.QUESTION, MessageKind.QUESTION, MessageKind.STATUS]


@pytest.mark.parametrize("result", [Refusal(reason="no"), GaveUp(why=None, reason="no")])
async def test_an_announcement_that_is_refused_makes_a_draft_again(stores: Stores, result: Refusal | GaveUp) -> None:
    await _opening(stores)
    (head,) = await stores.outbox.ready(NOON, set())
    await stores.outbox.claim(head.id, 0, NOON)
    await stores.outbox.finish(head.id, 1, result, NOON)
    draft_again = await stores.rounds.get(CODE)
    assert (draft_again.phase, draft_again.opening_at) == (Phase.DRAFT, None)
    (told,) = await stores.outbox.ready(NOON, set())
    assert told.kind is MessageKind.NOT_OPENED


async def _opening(stores: Stores) -> None:
    people = tuple(Member(account=account(user), name=user.title()) for user in ("ann", "bob"))
    found = LookedUp(of=0, cast={"citizens": people}, missing=(), reach=Reach(name="repairs"))
    announcement = owed(f"{CODE}:announcement:0", MessageKind.ANNOUNCEMENT, is_card=True)
    opening = draft(venues=(venue(),), opening_at=NOON, closes_at=NOON + 3 * DAY, setup=Setup(looked_up=found))
    await stores.keep_round(opening, announcement)


async def test_the_vault_gives_back_what_was_put(stores: Stores) -> None:
    assert await stores.vault.get("token") is None
    await stores.vault.put("token", b"xoxb-1")
    await stores.vault.put("token", b"xoxb-2\0")
    assert await stores.vault.get("token") == b"xoxb-2\0"
    await stores.vault.delete("token")
    assert await stores.vault.get("token") is None
