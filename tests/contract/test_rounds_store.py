"""What rounds promise, whatever keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.acts import Refused, ShowForm
from bot.errors import NotAllowed, UnknownRound
from bot.messages import line
from bot.people import Member, Reach, Why
from bot.rounds import Phase, Round, RoundCode, RoundId, Seat, Stage
from bot.rules.moves import Decision, SeatDecision
from bot.setups import LookedUp, Setup
from tests.builders import (
    DAY,
    HOUR,
    NOON,
    account,
    act,
    answers,
    collecting,
    draft,
    organiser,
    question,
    seat,
    status_card,
    venue,
)
from tests.contract.stores import CLOSE, DONE, Stores, deciding, kept_as, stores

__all__ = ["stores"]

CODE = RoundCode("R-7F3K")


def refuse(*_: object) -> Decision:
    raise NotAllowed(phase="draft")


async def test_a_round_comes_back_as_it_was_stored(stores: Stores) -> None:
    wanted = collecting(
        seat("ann", "leaders", locale="de", tz="Europe/Berlin"),
        seat("bob", unreachable=Why.DEACTIVATED),
        stage=Stage.DELIVERY,
        proposal="Report repairs on your phone",
        late_for=timedelta(seconds=5),
        remind_at=(NOON + HOUR, NOON + DAY),
        organisers=(organiser("sam"), organiser("kim", is_first=False)),
        setup=Setup(
            fields={"citizens": ("ann", "bob"), "service": ("Repairs",)},
            edition=3,
            looked_up=LookedUp(
                of=3,
                cast={"citizens": (Member(account=account("ann"), name="Ann"),)},
                missing=(),
                reach=Reach(name="r"),
            ),
        ),
    )
    stored = await stores.keep_round(wanted)
    found = await stores.rounds.get(CODE)
    assert found == stored
    assert found == await stores.rounds.get(found.id)
    assert _without_ids(found) == _without_ids(wanted)
    assert [seat.id is not None and seat.person_id is not None for seat in found.seats] == [True, True]


def _without_ids(round_: Round) -> Round:
    return replace(
        round_,
        id=RoundId(0),
        version=0,
        due_at=None,
        created_at=NOON,
        seats=tuple(replace(seat, id=None, person_id=None) for seat in round_.seats),
        venues=tuple(replace(venue, id=None) for venue in round_.venues),
    )


async def test_a_shell_has_no_seats_but_all_else(stores: Stores) -> None:
    stored = await stores.keep_round(collecting(seat("ann")))
    assert await stores.rounds.shell(stored.id) == replace(stored, seats=())


async def test_a_code_that_is_taken_becomes_another(stores: Stores) -> None:
    first = await stores.rounds.start(draft(), act())
    second = await stores.rounds.start(draft(), act())
    assert first.code == CODE
    assert second.code != CODE
    assert second.code.startswith("R-")
    assert (await stores.rounds.get(second.code)).id == second.id


async def test_the_same_act_starts_one_round(stores: Stores) -> None:
    first = await stores.rounds.start(draft(), act(id="press"))
    assert await stores.rounds.start(draft(), act(id="press")) == first


async def test_a_round_that_is_not_here_is_unknown(stores: Stores) -> None:
    with pytest.raises(UnknownRound):
        await stores.rounds.get(RoundCode("R-NONE"))
    with pytest.raises(UnknownRound):
        await stores.rounds.shell(RoundId(99))
    with pytest.raises(UnknownRound):
        await stores.rounds.seat(RoundCode("R-NONE"), account())
    with pytest.raises(UnknownRound):
        await stores.rounds.change(RoundId(99), None, deciding(), NOON)


async def test_one_seat_is_read_alone(stores: Stores) -> None:
    stored = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    assert await stores.rounds.seat(CODE, account("bob")) == (stored.header, stored.seats[1])
    assert await stores.rounds.seat(CODE, account("eve")) is None


async def test_somebody_sees_the_rounds_they_run_or_sit_in_newest_first(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann"), code="R-AAAA", organisers=(organiser("sam"),)))
    await stores.keep_round(collecting(seat("bob"), code="R-BBBB", organisers=(organiser("kim"),)))
    await stores.keep_round(collecting(seat("bob"), code="R-CCCC", organisers=(organiser("ann"),)))
    lines = await stores.rounds.of(account("ann"))
    assert [(line.code, line.is_organiser, line.seat is not None) for line in lines] == [
        ("R-CCCC", True, False),
        ("R-AAAA", False, True),
    ]
    assert await stores.rounds.of(account("stranger")) == []


async def test_a_change_counts_a_version_and_keeps_ids(stores: Stores) -> None:
    before = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    wanted = replace(before, seats=(replace(before.seats[0], asked_at=NOON + HOUR), before.seats[1], seat("cem")))
    change = await stores.rounds.change(before.id, None, deciding(wanted), NOON)
    assert change.round_.version == before.version + 1
    assert change.round_ == await stores.rounds.get(before.id)
    assert [seat.id for seat in change.round_.seats[:2]] == [seat.id for seat in before.seats]
    assert change.round_.seats[0].asked_at == NOON + HOUR
    assert change.round_.seats[2].name == "Cem"
    assert change.round_.venues == before.venues


async def test_a_decision_without_a_round_changes_nothing(stores: Stores) -> None:
    before = await stores.keep_round(collecting(seat("ann")))
    change = await stores.rounds.change(before.id, None, deciding(), NOON)
    assert change.round_ == before == await stores.rounds.get(before.id)


async def test_a_rule_that_raises_changes_nothing_and_may_be_tried_again(stores: Stores) -> None:
    before = await stores.keep_round(collecting(seat("ann")))
    press = act().id
    with pytest.raises(NotAllowed):
        await stores.rounds.change(before.id, press, refuse, NOON)
    assert await stores.rounds.get(before.id) == before
    assert (await stores.rounds.change(before.id, press, deciding(), NOON)).is_new


async def test_a_repeated_act_gets_the_same_answer_and_does_nothing(stores: Stores) -> None:
    before = await stores.keep_round(collecting(seat("ann")))
    press = act().id
    refusal = Refused(because=line("refused.sooner", at=NOON, wait=HOUR, count=3), fields={"closes_at": line("x")})
    rule = lambda round_: Decision(outcome=refusal, round_=replace(round_, small_group=5))  # noqa: E731
    first = await stores.rounds.change(before.id, press, rule, NOON)
    again = await stores.rounds.change(before.id, press, refuse, NOON)
    assert first.is_new
    assert not again.is_new
    assert again.outcome == first.outcome == refusal
    assert again.round_ == first.round_


async def test_a_form_is_not_stored_and_made_anew_for_a_repeat(stores: Stores) -> None:
    from bot.acts import Field, FieldKind, Form, FormKind

    before = await stores.keep_round(collecting(seat("ann")))
    press = act().id
    field = Field(name="personal", kind=FieldKind.TEXT, label=line("x"), values=("my words",))
    form = Form(kind=FormKind.ANSWER, code=CODE, fields=(field,), title=line("t"), submit=line("s"))
    rule = lambda round_: Decision(outcome=ShowForm(form=form), round_=replace(round_, small_group=9))  # noqa: E731
    await stores.rounds.change(before.id, press, rule, NOON)
    version = (await stores.rounds.get(before.id)).version
    again = await stores.rounds.change(before.id, press, rule, NOON)
    assert isinstance(again.outcome, ShowForm)
    assert not again.is_new
    assert (await stores.rounds.get(before.id)).version == version


async def test_one_seat_is_changed_alone_once(stores: Stores) -> None:
    before = await stores.keep_round(collecting(seat("ann"), seat("bob")))
    press = act("ann").id

    def decline(_: object, own: Seat) -> SeatDecision:
        return SeatDecision(outcome=DONE, seat=replace(own, declined_at=NOON))

    first = await stores.rounds.change_seat(CODE, account("ann"), press, decline, NOON)
    again = await stores.rounds.change_seat(CODE, account("ann"), press, refuse, NOON)  # type: ignore[arg-type]
    assert (first.is_new, again.is_new) == (True, False)
    assert again.outcome == DONE
    after = await stores.rounds.get(CODE)
    assert after.version == before.version
    assert after.seats[0] == replace(before.seats[0], declined_at=NOON, revision=1)
    assert after.seats[1] == before.seats[1]
    with pytest.raises(UnknownRound):
        await stores.rounds.change_seat(CODE, account("eve"), act().id, decline, NOON)


async def test_what_a_decision_about_one_seat_owes_is_owed_once(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")))
    press = act("ann").id

    def put_off(_: object, own: Seat) -> SeatDecision:
        return SeatDecision(outcome=DONE, owed=(question(CODE, "ann"),))

    for _ in range(2):
        await stores.rounds.change_seat(CODE, account("ann"), press, put_off, NOON)
    [message] = await stores.outbox.ready(NOON, set())
    assert message.seat
    assert message.seat.account == account("ann")


async def test_declining_after_a_reply_destroys_it(stores: Stores) -> None:
    await stores.keep_round(collecting(seat("ann")), status_card())
    await stores.replies.keep(CODE, account("ann"), act(), answers(), kept_as("reply"))

    def decline(_: object, own: Seat) -> SeatDecision:
        after = replace(own, declined_at=NOON, replied_at=None)
        return SeatDecision(outcome=DONE, seat=after, destroy_words=True, touch_status=True)

    assert (await stores.rounds.change_seat(CODE, account("ann"), act().id, decline, NOON)).erased
    assert await stores.replies.own(CODE, account("ann")) is None
    _, own = await stores.rounds.seat(CODE, account("ann")) or pytest.fail("no seat")
    assert (own.replied_at, own.declined_at) == (None, NOON)


async def test_due_rounds_come_earliest_first(stores: Stores) -> None:
    late = await stores.keep_round(collecting(code="R-LATE", closes_at=NOON + 2 * DAY, nudged_at=NOON))
    soon = await stores.keep_round(collecting(code="R-SOON", closes_at=NOON + DAY, nudged_at=NOON))
    await stores.keep_round(draft("R-DRAFT"))
    assert await stores.rounds.next_due() == soon.due_at
    assert await stores.rounds.due(NOON, 10) == []
    assert await stores.rounds.due(NOON + 3 * DAY, 10) == [soon.id, late.id]
    assert await stores.rounds.due(NOON + 3 * DAY, 1) == [soon.id]


async def test_many_rounds_close_at_once_and_are_due_to_be_prepared(stores: Stores) -> None:
    ids = [(await stores.keep_round(collecting(seat("ann"), code=f"R-{n}"))).id for n in range(3)]
    moved = await stores.keep_round(collecting(code="R-MOVED", closes_at=CLOSE))
    assert await stores.rounds.close([*ids, moved.id], CLOSE) == ids
    closed = await stores.rounds.get(ids[0])
    assert (closed.phase, closed.closed_at, closed.due_at) == (Phase.CLOSED, CLOSE, CLOSE)
    assert closed.version == 2
    assert (await stores.rounds.get(moved.id)).phase is Phase.COLLECTING
    assert await stores.rounds.close(ids, CLOSE) == []


async def test_the_heartbeat_is_the_last_one(stores: Stores) -> None:
    assert await stores.rounds.last_beat() is None
    await stores.rounds.beat(NOON)
    await stores.rounds.beat(NOON + HOUR)
    assert await stores.rounds.last_beat() == NOON + HOUR


async def test_of_each_platform_it_is_known_when_it_was_heard_last(stores: Stores) -> None:
    assert await stores.rounds.last_heard("slack") is None
    await stores.rounds.beat(NOON, ["slack", "discord"])
    await stores.rounds.beat(NOON + HOUR, ["discord"])
    assert await stores.rounds.last_heard("slack") == NOON
    assert await stores.rounds.last_heard("discord") == NOON + HOUR
    assert await stores.rounds.last_beat() == NOON + HOUR


async def test_rounds_that_close_while_we_are_down_are_found(stores: Stores) -> None:
    missed = await stores.keep_round(collecting(code="R-MISSED", closes_at=NOON + HOUR))
    soon = await stores.keep_round(collecting(code="R-SOON", closes_at=NOON + 3 * HOUR))
    await stores.keep_round(collecting(code="R-LATER", closes_at=NOON + 5 * HOUR))
    assert await stores.rounds.closing_between(NOON + 2 * HOUR, NOON + 4 * HOUR) == [missed.id, soon.id]


async def test_rounds_that_were_over_long_ago_are_found(stores: Stores) -> None:
    old = await stores.keep_round(replace(collecting(code="R-2222"), phase=Phase.ENDED, ends_at=NOON - DAY))
    called_off = await stores.keep_round(replace(collecting(code="R-3333"), phase=Phase.CANCELLED, ends_at=NOON - DAY))
    await stores.keep_round(replace(collecting(code="R-4444"), phase=Phase.ENDED, ends_at=NOON + DAY))
    await stores.keep_round(replace(collecting(code="R-5555"), phase=Phase.REVEALED, ends_at=NOON - DAY))
    assert await stores.rounds.over_since(NOON, 10) == [old.id, called_off.id]
    assert await stores.rounds.over_since(NOON, 1) == [old.id]


async def test_no_round_is_saved_in_a_phase_that_the_table_of_moves_does_not_lead_to(stores: Stores) -> None:
    kept = await stores.keep_round(collecting())
    with pytest.raises(NotAllowed):
        await stores.rounds.change(kept.id, None, deciding(replace(kept, phase=Phase.REVEALED)), NOON)
    assert (await stores.rounds.get(kept.id)).phase is Phase.COLLECTING


async def test_drafts_that_nobody_has_touched_are_found_and_no_others(stores: Stores) -> None:
    left = await stores.keep_round(draft("R-2222"))
    touched = await stores.keep_round(draft("R-3333"))
    await stores.rounds.change(touched.id, act().id, deciding(), NOON + 2 * DAY)
    await stores.keep_round(draft("R-4444", opening_at=NOON))
    await stores.keep_round(collecting(code="R-5555"))
    assert await stores.rounds.idle_drafts(NOON + DAY, 10) == [left.id]
    assert await stores.rounds.idle_drafts(NOON, 10) == []


async def test_rounds_in_play_are_those_that_somebody_must_run(stores: Stores) -> None:
    await stores.keep_round(draft("R-2222"))
    rounds = [
        await stores.keep_round(collecting(code=f"R-{n}{n}{n}{n}", phase=phase))
        for n, phase in enumerate(Phase, start=3)
        if phase is not Phase.DRAFT
    ]
    assert await stores.rounds.in_play() == [each.id for each in rounds[:3]]


async def test_an_organiser_and_a_venue_come_back_with_all_that_became_of_them(stores: Stores) -> None:
    where = venue(refused_at=NOON, refusal="archived", opens_at=NOON + DAY)
    whose = organiser(gone_at=NOON)
    kept = await stores.keep_round(
        collecting(venues=(where,), organisers=(whose,), waits_since=NOON, waits_for="later", revealing_at=NOON)
    )
    again = await stores.rounds.get(kept.id)
    assert [replace(each, id=None) for each in again.venues] == [where]
    assert again.organisers == (whose,)
    assert (again.waits_since, again.waits_for, again.revealing_at) == (NOON, "later", NOON)
    assert again.header.revealing_at == NOON
