"""What replies promise, whatever keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from bot.answers import Receipt, Seen
from bot.errors import Closed, NotAllowed, Sealed, UnknownRound
from bot.messages import MessageKind, Op, Owed, Page, Posted, Refusal, Sent
from bot.reveal import Arranged, Opened
from bot.rounds import ActId, Attribution, Perspective, Phase, Round, RoundCode
from bot.rules.moves import Decision
from tests.builders import (
    CHANNEL,
    DAY,
    HOUR,
    NOON,
    account,
    act,
    answers,
    collecting,
    organiser,
    owed,
    question,
    seat,
    status_card,
)
from tests.contract.stores import CLOSE, DONE, Stores, arrange, deciding, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")


def refuse(*_: object) -> Decision:
    raise NotAllowed(phase="draft")


async def test_a_reply_is_held_with_a_receipt_and_comes_back_to_its_writer(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann"), seat("bob")))
    wrote = answers("  Whole, “with” 😀 marks\n", sign=True)
    held = await stores.replies.keep(CODE, account("ann"), act("ann", at=NOON + HOUR), wrote, kept_as("reply"))
    assert held.receipt is not None
    assert (held.kind, held.is_first) == ("reply", True)
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.answers, own.kind, own.receipt) == (wrote, "reply", held.receipt)
    assert await stores.replies.own(CODE, account("bob")) is None
    assert await stores.replies.holds(CODE, account("ann"), held.receipt)
    assert not await stores.replies.holds(CODE, account("bob"), held.receipt)
    assert (await stores.rounds.get(CODE)).seats[0].replied_at == NOON + HOUR


@pytest.mark.parametrize("kind", ["draft", "reply"])
async def test_what_is_held_tells_until_when_it_stays_closed_also_when_it_is_sent_again(
    stores: Stores, kind: str
) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    assert round_.closes_at
    press = act()
    for boxes in (None, frozenset({"personal"})):
        held = await stores.replies.keep(CODE, account("ann"), press, answers(), kept_as(kind), boxes=boxes)
        assert held.closes_at == round_.closes_at
    same = await stores.replies.keep(
        CODE, account("ann"), act(), answers(), kept_as("draft"), boxes=frozenset({"personal"})
    )
    assert (same.closes_at, same.changed) == (round_.closes_at, False)


async def test_a_receipt_may_be_typed_carelessly(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    held = await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))
    assert held.receipt
    typed = Receipt(f" {held.receipt.lower().replace('-', ' ')} ")
    assert await stores.replies.holds(CODE, account("ann"), typed)
    assert not await stores.replies.holds(CODE, account("ann"), Receipt("nonsense"))


async def test_an_edit_replaces_what_was_there(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    first = await stores.replies.keep(CODE, account("ann"), act(), answers("old"), kept_as("reply"))
    second = await stores.replies.keep(CODE, account("ann"), act(), answers("new"), kept_as("reply"))
    assert (first.is_first, second.is_first) == (True, False)
    assert first.receipt != second.receipt
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert own.answers.personal == "new"
    assert first.receipt is not None
    assert not await stores.replies.holds(CODE, account("ann"), first.receipt)


async def test_a_draft_is_kept_without_counting_and_goes_when_it_is_sealed(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    draft_ = await stores.replies.keep(CODE, account("ann"), act(at=NOON), answers("half"), kept_as("draft"))
    assert draft_.receipt is None
    _, own_seat = await stores.rounds.seat(CODE, account("ann")) or pytest.fail("no seat")
    assert (own_seat.drafted_at, own_seat.replied_at, own_seat.is_missing) == (NOON, None, True)
    await stores.replies.keep(CODE, account("ann"), act(), answers("whole"), kept_as("reply"))
    _, own_seat = await stores.rounds.seat(CODE, account("ann")) or pytest.fail("no seat")
    assert own_seat.drafted_at is None
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert own.kind == "reply"


async def test_a_draft_newer_than_the_reply_is_what_its_writer_goes_on_with(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    held = await stores.replies.keep(CODE, account("ann"), act(), answers("sealed"), kept_as("reply"))
    await stores.replies.keep(CODE, account("ann"), act(), answers("second thoughts"), kept_as("draft"))
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.answers.personal, own.kind, own.receipt) == ("second thoughts", "draft", held.receipt)


async def test_the_same_act_again_is_held_the_same(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    held = await stores.replies.keep(CODE, account("ann"), act(id="press"), answers("mine"), kept_as("reply"))
    again = await stores.replies.keep(CODE, account("ann"), act(id="press"), answers("other"), refuse)  # type: ignore[arg-type]
    assert again == held
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert own.answers.personal == "mine"


async def test_a_repeat_of_an_act_that_was_replaced_since_shows_no_receipt(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act(id="press"), answers("old"), kept_as("reply"))
    await stores.replies.keep(CODE, account("ann"), act(), answers("new"), kept_as("reply"))
    again = await stores.replies.keep(CODE, account("ann"), act(id="press"), answers("old"), kept_as("reply"))
    assert (again.kind, again.receipt, again.is_first) == ("reply", None, True)


async def test_only_a_first_reply_touches_the_status_card(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")), status_card(), owed("other-card", is_card=True))
    for message in await stores.outbox.ready(NOON, set()):
        await stores.deliver(message.id)
    assert await stores.outbox.cards(NOON) == []
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("draft"))
    assert await stores.outbox.cards(NOON) == []
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))
    (due,) = await stores.outbox.cards(NOON)
    assert due.message.kind is MessageKind.STATUS
    await stores.outbox.shown(due.message.id, due.wanted, NOON)
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))
    assert await stores.outbox.cards(NOON) == []


async def test_words_that_the_rule_refuses_are_not_kept(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))

    def closed(header: object, seat: object, whole: object) -> str:
        raise Closed(code=CODE)

    with pytest.raises(Closed):
        await stores.replies.keep(CODE, account("ann"), act(), answers(), closed)
    assert await stores.replies.own(CODE, account("ann")) is None
    with pytest.raises(UnknownRound):
        await stores.replies.keep(CODE, account("eve"), act(), answers(), kept_as("reply"))


async def test_a_withdrawn_reply_is_gone(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))
    erased = await stores.take_back(CODE, account("ann"), act())
    assert (erased.found, erased.is_final, erased.what) == (True, True, "reply")
    assert await stores.replies.own(CODE, account("ann")) is None
    assert (await stores.rounds.get(CODE)).seats[0].replied_at is None
    assert not (await stores.take_back(CODE, account("ann"), act())).found
    held = await stores.replies.keep(CODE, account("ann"), act(), answers("again"), kept_as("reply"))
    assert held.is_first


async def test_a_reply_is_withdrawn_until_it_becomes_a_perspective(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    for one in ("ann", "bob"):
        await stores.replies.keep(CODE, account(one), act(), answers(one), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    assert (await stores.take_back(CODE, account("ann"), act())).what == "reply"
    await stores.reveal(round_)
    (left,) = await stores.replies.perspectives(round_.id)
    assert left.answers == answers("bob")


async def test_prepare_keeps_the_late_replies(stores: Stores) -> None:
    round_ = await stores.closed(seat("ann"), seat("bob"), seat("cal"))
    await stores.replies.keep(CODE, account("ann"), act(), answers("too late"), kept_as("late"))
    await stores.replies.keep(CODE, account("bob"), act(), answers("not sealed"), kept_as("late_draft"))
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.kind, own.answers) == ("late", answers("too late"))


async def test_late_words_that_are_still_sealed_are_withdrawn(stores: Stores) -> None:
    await stores.closed(seat("ann"), seat("bob"))
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("late"))
    await stores.replies.keep(CODE, account("bob"), act(), answers(), kept_as("late_draft"))
    assert (await stores.take_back(CODE, account("ann"), act())).what == "late"
    assert (await stores.take_back(CODE, account("bob"), act())).what == "late_draft"
    assert not (await stores.take_back(CODE, account("bob"), act())).found


async def test_perspectives_stay_sealed_until_the_reveal(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    held = await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))
    assert held.receipt

    async def all_sealed() -> None:
        assert held.receipt
        for door in (
            stores.replies.perspectives(round_.id),
            stores.replies.voices(round_.id, [0]),
            stores.replies.find(CODE, held.receipt),
        ):
            with pytest.raises(Sealed):
                await door

    await all_sealed()
    await stores.rounds.close([round_.id], CLOSE)
    await all_sealed()
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    await all_sealed()


async def test_a_round_is_prepared_once_and_revealed_when_its_headline_stands(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("cem")))
    wrote = {user: answers(f"Words of {user}") for user in ("ann", "bob")}
    for user, words in wrote.items():
        await stores.replies.keep(CODE, account(user), act(user), words, kept_as("reply"))
    assert not await stores.replies.prepare(round_.id, arrange, NOON)  # still collecting
    await stores.rounds.close([round_.id], CLOSE)
    assert await stores.replies.prepare(round_.id, arrange, CLOSE)
    assert not await stores.replies.prepare(round_.id, arrange, CLOSE)
    prepared = await stores.rounds.get(CODE)
    assert (prepared.phase, prepared.prepared_at, prepared.due_at) == (Phase.CLOSED, CLOSE, None)
    head, *_ = await stores.outbox.ready(CLOSE, set())
    claimed = await stores.outbox.claim(head.id, head.attempt, CLOSE + HOUR)
    assert claimed is not None
    claimed_only = await stores.rounds.get(CODE)
    assert (claimed_only.phase, claimed_only.revealing_at) == (Phase.CLOSED, CLOSE + HOUR)
    with pytest.raises(Sealed):
        await stores.replies.perspectives(round_.id)
    sent = Sent(posted=Posted(place="C1", id="1"))
    assert await stores.outbox.finish(head.id, claimed.attempt, sent, CLOSE + 2 * HOUR)
    opened = await stores.rounds.get(CODE)
    assert (opened.phase, opened.revealed_at) == (Phase.REVEALED, CLOSE + 2 * HOUR)
    assert opened.ends_at == opened.due_at == CLOSE + 2 * HOUR + opened.late_for
    perspectives = await stores.replies.perspectives(round_.id)
    assert [one.position for one in perspectives] == [0, 1]
    assert {one.answers.personal for one in perspectives} == {"Words of ann", "Words of bob"}
    assert await stores.replies.voices(round_.id, [1]) == [perspectives[1]]


async def test_the_reveal_cuts_unsigned_words_from_their_writers(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("cem", snoozed_until=NOON)))
    await stores.replies.keep(CODE, account("ann"), act("ann", id="press"), answers("unsigned"), kept_as("reply"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers("signed", sign=True), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    opened = await stores.reveal(await stores.rounds.get(CODE))
    assert {(one.name, one.seat_id) for one in await stores.replies.perspectives(round_.id)} == {
        (None, None),
        ("Bob", opened.seats[1].id),
    }
    assert {(s.replied_at, s.drafted_at, s.snoozed_until, s.revision) for s in opened.seats} == {(None, None, None, 0)}
    assert await stores.replies.own(CODE, account("ann")) is None
    with pytest.raises(Closed):
        await stores.replies.keep(CODE, account("ann"), act(id="press"), answers(), kept_as("late"))


async def test_under_names_it_stays_known_who_replied(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), attribution=Attribution.NAMED))
    await stores.replies.keep(CODE, account("ann"), act("ann", at=NOON + HOUR), answers(), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    opened = await stores.reveal(await stores.rounds.get(CODE))
    assert opened.seats[0].replied_at == NOON + HOUR


async def test_a_draft_that_was_never_sealed_becomes_a_late_draft(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("half"), kept_as("draft"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers("whole"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.answers.personal, own.kind) == ("half", "late_draft")
    held = await stores.replies.keep(CODE, account("ann"), act("ann"), answers("late"), kept_as("late"))
    assert held.is_first
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.answers.personal, own.kind) == ("late", "late")


async def test_a_round_without_replies_keeps_what_was_not_handed_in(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("half"), kept_as("draft"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert (own.answers.personal, own.kind) == ("half", "late_draft")


async def test_a_headline_that_is_refused_reveals_nothing_and_marks_its_venue(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("in time"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    (head,) = await stores.outbox.ready(CLOSE, set())
    claimed = await stores.outbox.claim(head.id, head.attempt, CLOSE)
    assert claimed is not None
    await stores.outbox.finish(head.id, claimed.attempt, Refusal(reason="archived"), CLOSE + HOUR)
    refused = await stores.rounds.get(CODE)
    assert (refused.phase, refused.revealed_at, refused.ends_at) == (Phase.CLOSED, None, None)
    assert [(each.refused_at, each.refusal) for each in refused.venues] == [(CLOSE + HOUR, "archived")]
    told = [each.kind for each in await stores.outbox.ready(CLOSE + HOUR, set())]
    assert sorted(told) == [MessageKind.HELD_BACK, MessageKind.WITHHELD, MessageKind.WITHHELD]


async def test_a_reveal_is_planned_again_for_another_venue_and_the_old_messages_are_gone(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("in time"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    assert not await stores.replies.plan_again(round_.id, plan_elsewhere, CLOSE)  # it is not prepared
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    moved = deciding((await stores.rounds.get(CODE)), unplan=CHANNEL)
    await stores.rounds.change(round_.id, None, moved, CLOSE)
    assert await stores.outbox.ready(CLOSE, set()) == []
    assert await stores.replies.plan_again(round_.id, plan_elsewhere, CLOSE)
    (head,) = await stores.outbox.ready(CLOSE, set())
    assert head.to == ELSEWHERE
    await stores.deliver(head.id, CLOSE)
    assert not await stores.replies.plan_again(round_.id, plan_elsewhere, CLOSE)  # it is revealed


ELSEWHERE = replace(CHANNEL, channel="quiet")


def plan_elsewhere(round_: Round, voices: Sequence[Perspective]) -> Arranged:
    assert [voice.answers.personal for voice in voices] == ["in time"]
    head = owed(f"{round_.code}:headline:2", MessageKind.HEADLINE, ELSEWHERE)
    return Arranged(perspectives=(), owed=(head,), round_=round_)


async def test_a_plan_that_fails_leaves_the_round_to_be_prepared(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("safe"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    with pytest.raises(ZeroDivisionError):
        await stores.replies.prepare(round_.id, lambda *_: 1 // 0, CLOSE)  # type: ignore[arg-type]
    own = await stores.replies.own(CODE, account("ann"))
    assert own is not None
    assert own.answers.personal == "safe"
    assert await stores.replies.prepare(round_.id, arrange, CLOSE)


async def test_late_replies_are_released_signed_ones_first(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("cem")))
    await stores.replies.keep(CODE, account("cem"), act("cem"), answers("in time"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("late", seen=Seen.NONE), kept_as("late"))
    signed = answers("late, signed", sign=True, seen=Seen.ALL)
    await stores.replies.keep(CODE, account("bob"), act("bob"), signed, kept_as("late"))

    def at(start: int) -> Callable[[Round, Sequence[Opened]], Arranged]:
        return lambda round_, opened: arrange(round_, opened, start, opened[0].answers.seen)

    assert await stores.replies.release_late(round_.id, at(1), CLOSE, signed=True) == 1
    assert await stores.replies.release_late(round_.id, at(2), CLOSE, signed=True) == 0
    assert await stores.replies.release_late(round_.id, at(2), CLOSE, signed=False) == 1
    perspectives = await stores.replies.perspectives(round_.id)
    assert [(one.answers.personal, one.name, one.seen) for one in perspectives] == [
        ("in time", None, None),
        ("late, signed", "Bob", Seen.ALL),
        ("late", None, Seen.NONE),
    ]
    assert await stores.replies.own(CODE, account("ann")) is None


async def test_a_late_reply_makes_its_round_due_once_it_is_revealed(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("cem")))
    await stores.replies.keep(CODE, account("cem"), act("cem"), answers("in time"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    await stores.replies.keep(CODE, account("ann"), act("ann", at=CLOSE), answers("late"), kept_as("late"))
    assert await stores.rounds.due(CLOSE + DAY, 9) == []
    (head,) = await stores.outbox.ready(CLOSE, set())
    await stores.deliver(head.id, CLOSE + HOUR)
    assert await stores.rounds.due(CLOSE + HOUR, 9) == [round_.id]
    settle = lambda before: Decision(outcome=DONE, round_=replace(before, due_at=None))  # noqa: E731
    await stores.rounds.change(round_.id, None, settle, CLOSE + HOUR)
    assert await stores.rounds.due(CLOSE + DAY, 9) == []
    await stores.replies.keep(CODE, account("bob"), act("bob", at=CLOSE + DAY), answers("later"), kept_as("late"))
    assert await stores.rounds.due(CLOSE + DAY, 9) == [round_.id]


async def test_a_perspective_is_found_and_taken_down_by_its_receipt(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    held = await stores.replies.keep(CODE, account("ann"), act("ann"), answers("mine"), kept_as("reply"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers("his"), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    assert held.receipt
    found = await stores.replies.find(CODE, held.receipt)
    assert found is not None
    assert found.answers.personal == "mine"
    stubs = []

    def owing(_: Round, stub: Perspective, standing: Mapping[str, Page | None]) -> Sequence[Owed]:
        stubs.append(stub)
        (key,) = standing
        page = standing[key]
        assert page is not None
        assert page.voices == {0}
        return [owed("amend", MessageKind.PAGE, op=Op.AMEND, after=key)]

    erased = await stores.replies.take_down(CODE, held.receipt, owing, CLOSE + HOUR)
    assert (erased.what, erased.found, erased.is_final) == ("perspective", True, True)
    taken = next(one for one in await stores.replies.perspectives(round_.id) if one.position == found.position)
    assert stubs == [taken]
    assert taken.answers.is_empty
    assert taken.withdrawn_at == CLOSE.replace(hour=0, minute=0, second=0)  # a date only
    assert taken.commitment == found.commitment
    assert await stores.replies.find(CODE, held.receipt) is None
    assert not (await stores.replies.take_down(CODE, held.receipt, owing, CLOSE + HOUR)).found


async def test_signed_words_are_taken_down_by_their_writer(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("mine", sign=True), kept_as("reply"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers("his"), kept_as("reply"))
    with pytest.raises(Sealed):
        await stores.replies.take_down(CODE, account("ann"), lambda *_: (), NOON)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    assert not (await stores.replies.take_down(CODE, account("bob"), lambda *_: (), CLOSE)).found
    assert (await stores.replies.take_down(CODE, account("ann"), lambda *_: (), CLOSE)).found
    readable = [one.answers.personal for one in await stores.replies.perspectives(round_.id) if one.is_readable]
    assert readable == ["his"]


async def test_the_same_press_to_take_down_is_answered_as_the_first_time(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("mine", sign=True), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    press = ActId("press:1")
    first = await stores.replies.take_down(CODE, account("ann"), lambda *_: (), CLOSE, press)
    again = await stores.replies.take_down(CODE, account("ann"), lambda *_: (), CLOSE, press)
    other = await stores.replies.take_down(CODE, account("ann"), lambda *_: (), CLOSE, ActId("press:2"))
    assert {first.what, again.what, other.what} == {"perspective"}
    assert (first.found, again.found, other.found) == (True, True, False)


async def test_a_decision_can_destroy_what_some_never_sealed_or_everything(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("cem")))
    for user in ("ann", "bob"):
        await stores.replies.keep(CODE, account(user), act(user), answers("sealed"), kept_as("reply"))
    for user in ("ann", "cem"):
        await stores.replies.keep(CODE, account(user), act(user), answers("half"), kept_as("draft"))
    everybody = tuple(each.id for each in round_.seats)
    change = await stores.rounds.change(round_.id, None, deciding(destroy_drafts_of=everybody), NOON)
    assert [(each.drafted_at, each.replied_at is None) for each in change.round_.seats] == [
        (None, False),
        (None, False),
        (None, True),
    ]
    owns = [await stores.replies.own(CODE, account(user)) for user in ("ann", "bob", "cem")]
    assert [own.answers.personal if own else None for own in owns] == ["sealed", "sealed", None]
    await stores.replies.keep(CODE, account("cem"), act("cem"), answers("anew"), kept_as("reply"))
    cancel = lambda before: Decision(  # noqa: E731
        outcome=DONE, round_=replace(before, phase=Phase.CANCELLED), destroy_all_words=True
    )
    change = await stores.rounds.change(round_.id, None, cancel, NOON)
    assert await stores.replies.own(CODE, account("bob")) is None
    assert [each.replied_at for each in change.round_.seats] == [None, None, None]


async def test_what_somebody_sealed_before_they_were_removed_is_among_the_voices(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    for user in ("ann", "bob"):
        await stores.replies.keep(CODE, account(user), act(user), answers(user), kept_as("reply"))
    gone = replace(round_.seats[0], removed_at=NOON, replied_at=NOON, revision=2)
    removed = replace(await stores.rounds.get(CODE), seats=(gone, (await stores.rounds.get(CODE)).seats[1]))
    await stores.rounds.change(round_.id, None, deciding(removed), NOON)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(round_)
    voices = await stores.replies.perspectives(round_.id)
    assert {one.answers.personal for one in voices} == {"ann", "bob"}


async def test_cancelling_a_prepared_round_destroys_its_perspectives(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.replies.prepare(round_.id, arrange, CLOSE)
    cancel = lambda before: Decision(  # noqa: E731
        outcome=DONE, round_=replace(before, phase=Phase.CANCELLED), destroy_all_words=True
    )
    await stores.rounds.change(round_.id, None, cancel, NOON)
    with pytest.raises(Sealed):
        await stores.replies.perspectives(round_.id)


async def test_ending_a_round_destroys_late_drafts_and_keeps_perspectives(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers(), kept_as("draft"))
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    end = lambda before: Decision(  # noqa: E731
        outcome=DONE, round_=replace(before, phase=Phase.ENDED), destroy_all_words=True
    )
    await stores.rounds.change(round_.id, None, end, CLOSE)
    assert await stores.replies.own(CODE, account("bob")) is None
    assert len(await stores.replies.perspectives(round_.id)) == 1


async def test_a_destroyed_round_is_unknown(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann")), question(CODE, "ann"))
    other = await stores.keep_round(collecting(seat("ann"), code="R-OTHER"), question("R-OTHER", "ann"))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
    assert (await stores.replies.destroy(round_.id)).found
    assert not (await stores.replies.destroy(round_.id)).found
    with pytest.raises(UnknownRound):
        await stores.rounds.get(CODE)
    (next_one,) = await stores.outbox.ready(NOON, set())
    assert next_one.round_id == other.id  # its lane goes on


async def test_an_erased_person_is_in_no_round(stores: Stores) -> None:
    round_ = await stores.keep_round(
        collecting(seat("ann"), seat("bob"), organisers=(organiser("sam"), organiser("ann"))),
        question(CODE, "ann"),
        question(CODE, "bob"),
    )
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers("hers", sign=True), kept_as("reply"))
    await stores.replies.keep(CODE, account("bob"), act("bob"), answers("his", sign=True), kept_as("reply"))
    await stores.rounds.close([round_.id], CLOSE)
    opened = await stores.reveal(await stores.rounds.get(CODE))
    ann = opened.seats[0].person_id
    assert ann is not None
    assert (await stores.replies.erase(ann, CLOSE)).found
    after = await stores.rounds.get(CODE)
    assert [seat.name for seat in after.seats] == ["Bob"]
    assert [one.name for one in after.organisers] == ["Sam"]
    readable = [one.answers.personal for one in await stores.replies.perspectives(round_.id) if one.is_readable]
    assert readable == ["his"]
    assert await stores.rounds.of(account("ann")) == []
    assert not (await stores.replies.erase(ann, CLOSE)).found


async def test_a_hidden_voice_keeps_its_mark_and_its_reason_and_no_words(stores: Stores) -> None:
    round_ = await stores.keep_round(collecting(seat("ann"), seat("bob"), seat("lea", "leaders")))
    await stores.replies.keep(CODE, account("ann"), act("ann"), answers(), kept_as("reply"))
    with pytest.raises(Sealed):
        await stores.replies.hide(CODE, 0, "it names somebody", lambda *_: (), NOON)
    await stores.rounds.close([round_.id], CLOSE)
    await stores.reveal(await stores.rounds.get(CODE))
    (before,) = await stores.replies.perspectives(round_.id)
    assert await stores.replies.hide(CODE, 0, "it names somebody", lambda *_: (), CLOSE)
    (hidden,) = await stores.replies.perspectives(round_.id)
    assert (hidden.hidden, hidden.commitment) == ("it names somebody", before.commitment)
    assert hidden.answers.is_empty
    assert not await stores.replies.hide(CODE, 0, "again", lambda *_: (), CLOSE)
    assert not await stores.replies.hide(CODE, 7, "nobody", lambda *_: (), CLOSE)
