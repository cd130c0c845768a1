"""The rules at their bounds: the very moment, the very number, the one character more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.acts import Refused, Said
from bot.answers import LARGEST_ANSWER, Answers
from bot.errors import Closed, NotAllowed
from bot.messages import Line, MessageKind
from bot.people import Cast, Member, Reach, Standing, Why
from bot.rounds import Attribution, Phase
from bot.rules import answering, casting, opening, revealing, running, schedule, setting_up, setup_groups
from bot.rules.moves import Decision
from bot.settings import RoundSettings
from bot.setups import Setup
from tests.builders import DAY, HOUR, NOON, account, actor, collecting, draft, organiser, seat, venue

CLOSES = NOON + 3 * DAY
SECOND = timedelta(seconds=1)
SAM = actor("sam")


def said(decision: Decision) -> str:
    """The key of the first sentence."""
    match decision.outcome:
        case Said(content=(Line(key=key), *_)):
            return key
        case Refused(because=because):
            return because.key
        case other:
            return type(other).__name__


def remind_before(*lengths: timedelta) -> RoundSettings:
    return RoundSettings(remind=lengths, quiet_hours=None)


# reminders and the nudge --------------------------------------------------------------------------------------


def test_a_nudge_that_is_due_waits_for_no_reminder_and_brings_none() -> None:
    round_ = collecting(seat("fay", drafted_at=NOON), seat("finn"), remind_at=(CLOSES - HOUR,))
    decision = running.remind_due(round_, CLOSES - 3 * HOUR, remind_before(HOUR))
    assert [(owed.kind, owed.to.user) for owed in decision.owed] == [(MessageKind.NUDGE, "fay")]
    assert decision.round_
    assert decision.round_.nudged_at == CLOSES - 3 * HOUR
    assert (decision.round_.remind_at, decision.round_.reminded_at) == ((CLOSES - HOUR,), None)


def test_a_nudge_is_due_from_its_moment_on_and_a_reminder_from_its_own() -> None:
    begun = collecting(seat("fay", drafted_at=NOON))
    assert running.remind_due(begun, CLOSES - 3 * HOUR - SECOND, remind_before()).round_ is None
    assert running.remind_due(begun, CLOSES - 3 * HOUR, remind_before()).owed
    waiting = collecting(seat("fay"), nudged_at=NOON, remind_at=(NOON + DAY,))
    assert running.remind_due(waiting, NOON + DAY - SECOND, remind_before(2 * DAY)).round_ is None
    assert running.remind_due(waiting, NOON + DAY, remind_before(2 * DAY)).owed


def test_only_those_who_began_and_can_be_reached_are_nudged() -> None:
    seats = (
        seat("fay", drafted_at=NOON),
        seat("finn"),
        seat("cal", drafted_at=NOON, unreachable=Why.REFUSED),
        seat("cara", drafted_at=NOON, replied_at=NOON),
        seat("cleo", drafted_at=NOON, declined_at=NOON),
    )
    decision = running.remind_due(collecting(*seats), CLOSES - HOUR, remind_before())
    assert [owed.to.user for owed in decision.owed] == ["fay", "cara"]  # her latest changes are not in


def test_a_reminder_that_went_to_nobody_does_not_hold_up_one_by_hand() -> None:
    round_ = collecting(seat("fay", replied_at=NOON), nudged_at=NOON, remind_at=(NOON + DAY,), reminded_at=NOON)
    decision = running.remind_due(round_, NOON + DAY, remind_before(2 * DAY))
    assert decision.round_
    assert decision.round_.reminded_at == NOON


def test_reminding_by_hand_is_possible_again_an_hour_after_the_last_one() -> None:
    round_ = collecting(seat("fay"), reminded_at=NOON)
    refused = running.remind(round_, SAM, NOON + HOUR - SECOND, RoundSettings()).outcome
    assert isinstance(refused, Refused)
    assert refused.because.facts["again"] == NOON + HOUR
    again = running.remind(round_, SAM, NOON + HOUR, RoundSettings())
    assert said(again) == "said.reminded"
    assert again.round_
    assert again.round_.reminded_at == NOON + HOUR


def test_an_automatic_reminder_comes_an_hour_after_one_by_hand() -> None:
    def left(now: datetime) -> int:
        round_ = collecting(seat("fay"), nudged_at=NOON, remind_at=(NOON + DAY, CLOSES - HOUR))
        decision = running.remind(round_, SAM, now, remind_before(2 * DAY, HOUR))
        assert decision.round_
        return len(decision.round_.remind_at)

    assert left(NOON + DAY - HOUR) == 2
    assert left(NOON + DAY - HOUR + SECOND) == 1


def test_reminders_keep_an_hour_from_question_and_neighbour_or_a_tenth_of_a_short_round() -> None:
    def kept(length: timedelta, *before: timedelta) -> list[timedelta]:
        at = schedule.reminders(NOON, NOON + length, RoundSettings(remind=before))
        return [NOON + length - each for each in at]

    assert kept(3 * DAY, 3 * DAY - HOUR) == [3 * DAY - HOUR]
    assert kept(3 * DAY, 3 * DAY - HOUR + SECOND) == []
    assert kept(3 * DAY, 5 * HOUR, 4 * HOUR, 3 * HOUR + SECOND) == [5 * HOUR, 4 * HOUR]
    assert kept(5 * HOUR, 4.5 * HOUR) == [4.5 * HOUR]
    assert kept(5 * HOUR, 4.5 * HOUR + SECOND) == []
    assert kept(5 * HOUR, 1 * HOUR, 0.5 * HOUR) == [1 * HOUR, 0.5 * HOUR]


# moving the deadline ------------------------------------------------------------------------------------------


def extend(until: datetime, now: datetime = NOON + DAY, **settings: object) -> Decision:
    every_day = {"quiet_hours": None, "working_days": frozenset(range(7)), **settings}
    kept = RoundSettings(remind=(0.5, timedelta(hours=24)), **every_day)  # type: ignore[arg-type]
    return running.extend(collecting(seat("fay"), nudged_at=NOON), SAM, until, now, kept, confirmed=True)


def test_extending_midway_counts_reminders_from_the_opening() -> None:
    moved = extend(NOON + 6 * DAY).round_
    assert moved
    assert moved.remind_at == (NOON + 3 * DAY, NOON + 5 * DAY)
    assert moved.nudged_at is None


def test_reminders_whose_time_has_passed_do_not_come_again() -> None:
    moved = extend(NOON + 4 * DAY, now=NOON + 2 * DAY).round_
    assert moved
    assert moved.remind_at == (NOON + 3 * DAY,)


def test_an_earlier_deadline_leaves_exactly_48_hours_or_is_refused() -> None:
    early = extend(NOON + DAY + schedule.NOTICE - SECOND)
    assert isinstance(early.outcome, Refused)
    assert early.outcome.because.facts == {"earliest": NOON + DAY + schedule.NOTICE}
    assert said(extend(NOON + 2 * DAY + 23 * HOUR, now=NOON + 23 * HOUR)) == "said.extended"


def test_the_same_deadline_is_no_extension() -> None:
    assert said(extend(CLOSES)) == "refused.same_deadline"


def test_whoever_declined_or_cannot_be_reached_hears_of_no_new_deadline() -> None:
    seats = (
        seat("fay"),
        seat("finn", declined_at=NOON),
        seat("cal", unreachable=Why.REFUSED),
        seat("cara", removed_at=NOON),
        seat("cleo", replied_at=NOON),
    )
    decision = running.extend(collecting(*seats), SAM, CLOSES + DAY, NOON + DAY, RoundSettings(), confirmed=True)
    assert [owed.to.user for owed in decision.owed] == ["fay", "cleo"]
    assert {owed.kind for owed in decision.owed} == {MessageKind.DEADLINE_MOVED}
    assert decision.touch_all


def test_at_the_deadline_itself_nothing_can_be_run_any_more() -> None:
    running.must_collect(collecting(), CLOSES - SECOND)
    for round_, now in ((collecting(), CLOSES), (collecting(phase=Phase.CLOSED), NOON), (draft(), NOON)):
        with pytest.raises(NotAllowed):
            running.must_collect(round_, now)


def test_downtime_moves_a_deadline_twice_and_never_backwards() -> None:
    for moved, has_moved in ((schedule.MOST_MOVES - 1, True), (schedule.MOST_MOVES, False)):
        decision = running.after_downtime(collecting(moved_for_downtime=moved), CLOSES, CLOSES, RoundSettings())
        assert (decision.round_ is not None) is has_moved
        assert decision.audit == (("downtime",) if has_moved else ())
    just_enough = CLOSES - schedule.MOVED_BY
    assert running.after_downtime(collecting(), just_enough, just_enough, RoundSettings()).round_ is None
    assert running.after_downtime(collecting(), just_enough + SECOND, CLOSES, RoundSettings()).round_


def test_closing_early_keeps_when_the_nudge_went_and_reminds_nobody_more() -> None:
    round_ = collecting(seat("fay"), remind_at=(NOON + 2 * DAY,), nudged_at=NOON + HOUR)
    closing = running.close_early(round_, SAM, NOON + DAY, confirmed=True)
    assert closing.round_
    assert (closing.round_.closes_at, closing.round_.remind_at) == (NOON + DAY, ())
    assert closing.round_.nudged_at == NOON + HOUR
    assert closing.touch_all
    silent = running.close_early(replace(round_, nudged_at=None), SAM, NOON + DAY, confirmed=True).round_
    assert silent
    assert silent.nudged_at == NOON + DAY


# who takes part -----------------------------------------------------------------------------------------------


def member(user: str, **changes: object) -> Member:
    return Member(account=account(user), name=user.title(), **changes)  # type: ignore[arg-type]


def cast(*members: Member) -> Cast:
    return Cast(found={each.account.user: (each,) for each in members})


def test_nobody_is_added_in_the_last_day_or_the_last_tenth_of_a_short_round() -> None:
    zoe = cast(member("zoe"))
    for length, fixed in ((20 * DAY, DAY), (10 * HOUR, HOUR)):
        round_ = collecting(seat("fay"), closes_at=NOON + length)
        bound = NOON + length - fixed
        assert said(casting.add(round_, SAM, "citizens", zoe, bound - SECOND)) == "said.added"
        assert said(casting.add(round_, SAM, "citizens", zoe, bound)) == "refused.add.too_late"


def test_somebody_added_is_asked_as_themselves_and_the_channel_hears_how_many() -> None:
    round_ = collecting(seat("fay"), version=4)
    zoe, zed = member("zoe", locale="en-GB", tz="Europe/Berlin"), member("zed")
    decision = casting.add(round_, SAM, "citizens", cast(zoe, zed), NOON + HOUR)
    assert decision.round_
    fay, new, other = decision.round_.seats
    assert (fay.name, new.name, new.group, new.locale, new.tz) == ("Fay", "Zoe", "citizens", "en-GB", "Europe/Berlin")
    assert (other.account, other.group) == (account("zed"), "citizens")
    assert [(change.group, change.at) for change in decision.round_.changes] == [("citizens", NOON + HOUR)] * 2
    asked = [owed.to.user for owed in decision.owed if owed.kind is MessageKind.QUESTION]
    assert asked == ["zoe", "zed"]
    (told,) = [owed for owed in decision.owed if owed.kind is MessageKind.CAST_CHANGED]
    assert (told.to, dict(told.args)) == (venue().address, {"what": "added", "group": "citizens", "count": 2})
    assert decision.touch_all
    assert isinstance(decision.outcome, Said)
    (shown,) = decision.outcome.content
    assert isinstance(shown, Line)
    assert dict(shown.facts) == {"count": 2, "group": "citizens"}


def test_whoever_is_moved_keeps_their_draft_and_their_no_which_nobody_is_told() -> None:
    was = seat("fay", declined_at=NOON, unreachable=Why.REFUSED, drafted_at=NOON, revision=3)
    decision = casting.add(collecting(was, seat("cal", "citizens")), SAM, "citizens", cast(member("fay")), NOON + HOUR)
    assert decision.round_
    moved, untouched = decision.round_.seats
    assert (moved.group, moved.declined_at, moved.unreachable) == ("citizens", NOON, None)
    assert (moved.drafted_at, moved.revision) == (NOON, 4)
    assert untouched == seat("cal", "citizens")


def test_adding_somebody_where_they_are_says_who_and_where() -> None:
    outcome = casting.add(collecting(seat("fay")), SAM, "frontline", cast(member("fay")), NOON + HOUR).outcome
    assert isinstance(outcome, Refused)
    assert (outcome.because.key, dict(outcome.because.facts)) == (
        "refused.add.already",
        {"name": "Fay", "group": "frontline"},
    )


def test_an_unknown_group_is_said_back_beside_the_known_ones() -> None:
    outcome = casting.add(collecting(seat("fay")), SAM, "cooks", cast(member("zoe")), NOON + HOUR).outcome
    assert isinstance(outcome, Refused)
    assert dict(outcome.because.facts) == {"typed": "cooks", "known": "citizens\nfrontline\nleaders"}


def test_removing_changes_the_one_seat_and_names_its_group() -> None:
    round_ = collecting(replace(seat("fay", revision=2), id=1), replace(seat("finn"), id=2))  # type: ignore[arg-type]
    decision = casting.remove(round_, SAM, "fay", NOON + HOUR)
    assert decision.round_
    fay, finn = decision.round_.seats
    assert (fay.removed_at, fay.revision) == (NOON + HOUR, 3)
    assert finn == round_.seats[1]
    assert [(change.group, change.at) for change in decision.round_.changes] == [("frontline", NOON + HOUR)]
    assert decision.touch_all
    assert next((owed.kind, owed.to.user) for owed in decision.owed) == (MessageKind.REMOVED, "fay")


def test_a_co_organiser_gets_a_status_card_only_once_the_round_is_open() -> None:
    otto = cast(member("otto"))
    assert casting.share(draft(), SAM, otto).owed == ()
    decision = casting.share(collecting(), SAM, otto)
    assert [(owed.kind, owed.to.user, owed.is_card) for owed in decision.owed] == [(MessageKind.STATUS, "otto", True)]
    assert decision.round_
    assert [(each.name, each.is_first) for each in decision.round_.organisers] == [("Sam", True), ("Otto", False)]


def test_sharing_twice_is_once_and_no_guest_runs_a_round() -> None:
    shared = collecting(organisers=(organiser(), organiser("otto", is_first=False)))
    again = casting.share(shared, SAM, cast(member("otto")))
    assert (said(again), again.round_, again.owed) == ("said.shared", None, ())
    assert said(casting.share(collecting(), SAM, cast(member("gus", standing=Standing.GUEST)))) == "refused.guest"


def test_every_organiser_hears_who_thinks_they_are_in_the_wrong_group() -> None:
    round_ = collecting(seat("fay"), organisers=(organiser(), organiser("otto", is_first=False)))
    decision = casting.wrong_group(round_, round_.seats[0], "Fay", confirmed=True)
    assert [owed.to.user for owed in decision.owed] == ["sam", "otto"]
    assert {tuple(owed.args.items()) for owed in decision.owed} == {
        (("name", "Fay"), ("group", "frontline"), ("user", "fay"))
    }


# words --------------------------------------------------------------------------------------------------------


def test_a_box_may_hold_as_much_as_it_says_and_not_one_character_more() -> None:
    assert answering.mistakes(Answers(barriers="x" * LARGEST_ANSWER), seal=True) == {}
    wrong = answering.mistakes(Answers(barriers="x" * (LARGEST_ANSWER + 1)), seal=True)
    assert {name: dict(why.facts) for name, why in wrong.items()} == {
        "barriers": {"longest": LARGEST_ANSWER, "count": LARGEST_ANSWER + 1}
    }


def test_half_a_character_is_not_sealed() -> None:
    for half in map(chr, (0xD800, 0xDFFF)):
        assert [*answering.mistakes(Answers(others=f"a{half}b"), seal=True)] == ["others"]
    assert answering.mistakes(Answers(others="\ud7ff\ue000"), seal=True) == {}


def test_an_empty_draft_is_no_mistake_and_an_empty_reply_is_one() -> None:
    assert answering.mistakes(Answers(), seal=False) == {}
    assert [why.key for why in answering.mistakes(Answers(), seal=True).values()] == ["refused.empty.answer"]


def test_words_count_until_the_deadline_and_late_ones_until_the_end() -> None:
    def kept(at: datetime, phase: Phase) -> str:
        header = collecting(phase=phase, ends_at=CLOSES + DAY).header
        return answering.kept_as(header, seat("fay"), at=at, seal=True, late=True)

    assert kept(CLOSES - SECOND, Phase.COLLECTING) == "reply"
    assert kept(CLOSES, Phase.COLLECTING) == "late_draft"
    assert kept(CLOSES + DAY - SECOND, Phase.REVEALED) == "late"
    with pytest.raises(Closed):
        kept(CLOSES + DAY, Phase.REVEALED)


def test_saying_no_is_possible_until_the_deadline_and_clears_what_was_planned() -> None:
    header = collecting().header
    was = seat("fay", snoozed_until=NOON + HOUR, revision=5)
    no = answering.decline(header, was, None, CLOSES - SECOND)
    assert no.seat
    assert (no.seat.declined_at, no.seat.snoozed_until, no.seat.revision) == (CLOSES - SECOND, None, 6)
    assert no.touch_status
    late = answering.decline(header, was, None, CLOSES)
    assert (late.seat, late.destroy_words, late.touch_status) == (None, False, False)


@pytest.mark.parametrize(
    ("choice", "now", "until"),
    [
        ("3h", NOON, NOON + 3 * HOUR),
        ("tomorrow", NOON, datetime(2026, 12, 2, 8, tzinfo=NOON.tzinfo)),  # nine in Berlin
        ("last_day", NOON, CLOSES - DAY),
        ("3h", CLOSES - 3 * HOUR - SECOND, CLOSES - SECOND),
        ("3h", CLOSES - 3 * HOUR, None),
        ("last_day", CLOSES - DAY - SECOND, CLOSES - DAY),
        ("last_day", CLOSES - DAY, None),
    ],
)
def test_putting_it_off_leads_to_a_moment_between_now_and_the_deadline(
    choice: str, now: datetime, until: datetime | None
) -> None:
    put_off = answering.snooze(collecting().header, seat("fay", revision=1), choice, now, "Europe/Berlin")
    if until is None:
        assert isinstance(put_off.outcome, Refused)
        assert (put_off.seat, put_off.owed) == (None, ())
        return
    assert put_off.seat
    assert (put_off.seat.snoozed_until, put_off.seat.revision) == (until, 2)
    (reminder,) = put_off.owed
    assert (reminder.kind, reminder.not_before, reminder.to) == (MessageKind.REMINDER, until, seat("fay").address)


def test_stopping_reminders_also_stops_one_that_was_put_off_and_keeps_nothing_after_the_close() -> None:
    was = seat("fay", snoozed_until=NOON + HOUR, revision=1)
    stopped = answering.stop_reminders(collecting().header, was, NOON).seat
    assert stopped
    assert (stopped.stopped_at, stopped.snoozed_until, stopped.revision) == (NOON, None, 2)
    assert answering.stop_reminders(collecting(phase=Phase.CLOSED).header, was, NOON).seat is None


# setting up ---------------------------------------------------------------------------------------------------


def test_a_new_draft_takes_what_the_settings_say_and_what_is_known_of_its_organiser() -> None:
    settings = RoundSettings(
        late_for=timedelta(days=2),
        small_group=5,
        attribution=Attribution.NAMED,
        time_zone="Europe/Paris",
        locale="fr",
    )
    made = setting_up.new_draft(SAM, " Repairs ", "repairs", NOON, settings)
    assert (made.late_for, made.small_group) == (timedelta(days=2), 5)
    assert (made.time_zone, made.locale, made.service) == ("Europe/Paris", "fr", "Repairs")
    assert dict(made.setup.fields) == {
        "stage": ("design",),
        "attribution": ("named",),
        "time_zone": ("Europe/Paris",),
        "service": ("Repairs",),
        "channel": ("repairs",),
    }
    assert made.organisers == (organiser(),)
    known = setting_up.new_draft(actor(locale="en-GB", tz="Europe/Berlin"), "", "", NOON, settings)
    assert (known.time_zone, known.locale, known.setup.one("time_zone")) == ("Europe/Berlin", "en-GB", "Europe/Berlin")
    assert not {"service", "channel"} & set(known.setup.fields)


def filled_in(**fields: tuple[str, ...]) -> Setup:
    right = {
        "service": ("Repairs",),
        "proposal": ("On your phone",),
        "channel": ("repairs",),
        "stage": ("design",),
        "attribution": ("group",),
        "leaders": ("lea",),
        "frontline": ("fay",),
        "citizens": ("cal",),
        "closes_at": ("in 5 days",),
        "time_zone": ("Europe/London",),
    }
    return Setup(fields={**right, **fields}, edition=1)


def mistakes(**fields: tuple[str, ...]) -> dict[str, tuple[str, dict[str, object]]]:
    wrong = setting_up.mistakes(draft(setup=filled_in(**fields), closes_at=NOON + 5 * DAY), NOON, RoundSettings())
    return {name: (why.key, dict(why.facts)) for name, why in wrong.items()}


def test_a_set_up_that_is_filled_in_has_no_mistake() -> None:
    assert mistakes() == {}


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("service", setting_up.LONGEST_NAME),
        *((name, LARGEST_ANSWER) for name in ("proposal", "decided", "still_open", "contact")),
    ],
)
def test_a_text_of_the_set_up_may_be_as_long_as_it_says(field: str, longest: int) -> None:
    assert mistakes(**{field: ("x" * longest,)}) == {}
    too_long = mistakes(**{field: ("x" * (longest + 1),)})
    assert too_long == {field: ("refused.too_long", {"longest": longest, "count": longest + 1})}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"stage": ("dreaming",)}, {"stage": ("refused.stage", {})}),
        ({"attribution": ("secret",)}, {"attribution": ("refused.attribution", {})}),
        ({"time_zone": ("Mars",)}, {"time_zone": ("refused.time_zone", {})}),
        ({"closes_at": ()}, {"closes_at": ("refused.empty.closes_at", {})}),
        ({"closes_at": ("in 9 minutes",)}, {"closes_at": ("refused.too_short", {"shortest": timedelta(minutes=10)})}),
        ({"closes_at": ("in 10 minutes",)}, {}),
        ({"leaders": ()}, {"leaders": ("refused.empty.group", {"group": "leaders"})}),
        ({"leaders": (), "group:Night shift": ("zoe",)}, {}),
        ({"leaders": ("cal",)}, {"leaders": ("refused.twice", {"group": "leaders", "other": "citizens"})}),
        ({"citizens": ("cal", "cal")}, {}),
        (
            {"group:Night shift": ("cal",)},
            {"group:Night shift": ("refused.twice", {"group": "Night shift", "other": "citizens"})},
        ),
    ],
)
def test_each_mistake_of_a_set_up_is_told_at_its_box(fields: dict[str, tuple[str, ...]], wrong: object) -> None:
    assert mistakes(**fields) == wrong


def test_groups_are_read_citizens_first_and_leaders_last_with_others_between() -> None:
    named = setup_groups.group_refs(
        {
            "leaders": ("lea",),
            "group:Night shift": (" zoe ", "", "zoe"),
            "frontline": ("fay", "cleaners"),
            "citizens": ("", " "),
        }
    )
    assert list(named.items()) == [("frontline", ("fay", "cleaners")), ("Night shift", ("zoe",)), ("leaders", ("lea",))]


def test_the_rehearsal_shows_groups_in_reading_order() -> None:
    round_ = draft(setup=filled_in(**{"group:Night shift": ("zoe",)}))
    rehearsal = setting_up.rehearse(round_, actor("sam", locale="en-GB", tz="Europe/Berlin"), 7)
    assert [owed.args["group"] for owed in rehearsal.owed] == ["citizens", "frontline", "Night shift", "leaders"]
    assert {(owed.args["locale"], owed.args["tz"], owed.to.user) for owed in rehearsal.owed} == {
        ("en-GB", "Europe/Berlin", "sam")
    }


def test_somebody_in_two_groups_is_named_and_kept_in_the_first() -> None:
    round_ = draft(setup=filled_in(citizens=("all",), leaders=("lea",)))
    everybody = (member("cal"), member("lea"))
    cast_ = Cast(found={"all": everybody, "lea": (member("lea"),), "fay": (member("fay"),)})
    decision = setting_up.looked_up(round_, cast_, Reach(name="repairs"), 1)
    assert decision.round_
    found = decision.round_.setup.looked_up
    assert found
    assert found.twice == ("Lea",)
    assert {name: [m.name for m in members] for name, members in found.cast.items()} == {
        "citizens": ["Cal", "Lea"],
        "frontline": ["Fay"],
        "leaders": [],
    }
    assert (found.of, found.reach) == (1, Reach(name="repairs"))
    assert decision.touch_all


# between the close and the reveal -----------------------------------------------------------------------------


def test_only_replies_hold_a_reveal_back_also_those_of_people_who_were_taken_off() -> None:
    closed = collecting(seat("fay", replied_at=NOON), phase=Phase.CLOSED)
    held = revealing.hold_back(closed, CLOSES)
    assert held.round_
    assert (held.round_.held_back_at, held.touch_all) == (CLOSES, True)
    assert [(owed.kind, owed.to.user) for owed in held.owed] == [
        (MessageKind.HELD_BACK, "sam"),
        (MessageKind.WITHHELD, "fay"),
    ]
    assert revealing.hold_back(replace(closed, seats=(seat("fay"),)), CLOSES).round_ is None
    taken_off = (seat("fay", replied_at=NOON, removed_at=NOON),)
    assert revealing.hold_back(replace(closed, seats=taken_off), CLOSES).round_


def test_agreeing_lets_a_reveal_go_once() -> None:
    held = collecting(seat("fay", replied_at=NOON), phase=Phase.CLOSED, held_back_at=CLOSES)
    agreed = revealing.agree(held, SAM, CLOSES + HOUR)
    assert agreed.round_
    assert (agreed.round_.held_back_at, agreed.round_.reveal_agreed_at) == (None, CLOSES + HOUR)
    assert agreed.touch_all
    again = revealing.agree(agreed.round_, SAM, CLOSES + 2 * HOUR)
    assert (again.round_, again.audit, said(again)) == (None, (), "said.reveal_agreed")


def test_a_round_of_a_day_is_talked_about_the_next_morning_and_a_shorter_one_at_once() -> None:
    settings = RoundSettings()
    assert revealing.invite_at(collecting(closes_at=NOON + DAY - SECOND), NOON + DAY, settings) == NOON + DAY
    morning = datetime(2026, 12, 3, 9, tzinfo=NOON.tzinfo)
    assert revealing.invite_at(collecting(closes_at=NOON + DAY), NOON + DAY, settings) == morning


# opening ------------------------------------------------------------------------------------------------------


def test_what_counts_from_the_opening_moves_with_it_and_a_time_of_day_stays() -> None:
    ahead = draft(setup=filled_in(closes_at=("in 5 days",)))
    assert opening.opening_deadline(ahead, NOON + 5 * DAY, NOON + HOUR) == NOON + 5 * DAY + HOUR
    by_day = draft(setup=filled_in(closes_at=("fri 17:00",)))
    assert opening.opening_deadline(by_day, NOON + 5 * DAY, NOON + HOUR) == NOON + 5 * DAY
