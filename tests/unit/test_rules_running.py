"""Reminders, downtime, and what arrives after things have moved on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import NotAllowed
from bot.messages import MessageKind
from bot.people import Cast, Why
from bot.rounds import Phase
from bot.rules import casting, opening, revealing, running, schedule, setting_up
from bot.settings import RoundSettings
from bot.setups import Setup
from tests.builders import DAY, HOUR, NOON, actor, collecting, draft, seat

CLOSES = NOON + 3 * DAY
MINUTE = timedelta(minutes=1)
MISSING = (seat("fay"), seat("finn"))


def planning(*moments: datetime) -> RoundSettings:
    """As an operator sets it who wants reminders at these moments."""
    return RoundSettings(remind=tuple(CLOSES - at for at in moments), quiet_hours=None)


def reminded(*seats: object, at: object = NOON + DAY, **changes: object) -> list[tuple[MessageKind, str]]:
    round_ = collecting(*seats, nudged_at=NOON, **changes)  # type: ignore[arg-type]
    decision = running.remind_due(round_, at, planning(*round_.remind_at))  # type: ignore[arg-type]
    return [(owed.kind, owed.to.user or "") for owed in decision.owed]


def test_only_those_missing_are_reminded() -> None:
    seats = (*MISSING, seat("cal", replied_at=NOON), seat("cara", declined_at=NOON), seat("cleo", removed_at=NOON))
    assert reminded(*seats, remind_at=(NOON + DAY,)) == [(MessageKind.REMINDER, "fay"), (MessageKind.REMINDER, "finn")]


def test_nobody_is_reminded_who_stopped_snoozed_or_cannot_be_reached() -> None:
    seats = (
        seat("fay", stopped_at=NOON),
        seat("finn", unreachable=Why.REFUSED),
        seat("cal", snoozed_until=NOON + DAY + HOUR),
        seat("cara", snoozed_until=NOON + DAY),  # their own reminder comes at this very moment
        seat("cleo", snoozed_until=NOON + DAY - HOUR),
    )
    assert reminded(*seats, remind_at=(NOON + DAY,)) == [(MessageKind.REMINDER, "cleo")]


def test_several_reminders_that_are_overdue_are_one() -> None:
    round_ = collecting(*MISSING, nudged_at=NOON, remind_at=(NOON + HOUR, NOON + DAY, NOON + 2 * DAY))
    decision = running.remind_due(round_, NOON + DAY, planning(*round_.remind_at))
    assert len(decision.owed) == len(MISSING)
    assert decision.round_
    assert decision.round_.remind_at == (NOON + 2 * DAY,)


def test_a_reminder_by_hand_takes_the_place_of_the_one_that_follows_unless_it_is_the_last() -> None:
    def left(*moments: datetime) -> tuple[datetime, ...]:
        round_ = collecting(*MISSING, nudged_at=NOON, remind_at=moments)
        decision = running.remind(round_, actor(), NOON + DAY - MINUTE, planning(*moments))
        assert decision.round_
        return decision.round_.remind_at

    assert left(NOON + DAY, NOON + 2 * DAY) == (NOON + 2 * DAY,)
    assert left(NOON + DAY) == (NOON + DAY,)


def test_past_the_deadline_nobody_is_reminded_or_nudged() -> None:
    begun = seat("fay", drafted_at=NOON)
    round_ = collecting(begun, remind_at=(NOON + DAY,))
    decision = running.remind_due(round_, CLOSES, planning(*round_.remind_at))
    assert decision.owed == ()
    assert decision.round_
    assert (decision.round_.remind_at, decision.round_.nudged_at) == ((), CLOSES)


def test_a_nudge_takes_the_place_of_the_reminder_beside_it() -> None:
    round_ = collecting(seat("fay", drafted_at=NOON), seat("finn"), remind_at=(CLOSES - HOUR,))
    owed = running.remind_due(round_, CLOSES - HOUR, planning(CLOSES - HOUR)).owed
    assert [(each.kind, each.to.user) for each in owed] == [(MessageKind.REMINDER, "finn"), (MessageKind.NUDGE, "fay")]


def test_nothing_is_due_in_a_round_that_does_not_collect() -> None:
    assert running.remind_due(collecting(phase=Phase.CLOSED), CLOSES, RoundSettings()).round_ is None
    assert running.remind_due(collecting(nudged_at=NOON), NOON, RoundSettings()).round_ is None


# downtime -----------------------------------------------------------------------------------------------------


def test_downtime_moves_a_deadline_and_tells_everybody_who_can_hear_it() -> None:
    told = (seat("fay"), seat("finn", declined_at=NOON), seat("cal", unreachable=Why.BOT))
    decision = running.after_downtime(collecting(*told), CLOSES, CLOSES, RoundSettings())
    assert decision.round_
    assert decision.round_.closes_at == CLOSES + 15 * MINUTE
    assert [owed.to.user for owed in decision.owed] == ["fay"]
    assert decision.touch_all


@pytest.mark.parametrize(
    "round_",
    [
        collecting(phase=Phase.CLOSED),
        collecting(moved_for_downtime=2),
        collecting(closes_at=CLOSES + DAY),  # far enough as it is
        draft(),
    ],
)
def test_downtime_moves_nothing_else(round_: object) -> None:
    assert running.after_downtime(round_, CLOSES, CLOSES, RoundSettings()).round_ is None  # type: ignore[arg-type]


def test_a_short_round_looks_back_and_moves_by_a_tenth() -> None:
    closes_at = NOON + 100 * MINUTE
    assert schedule.watch_from(NOON, closes_at) == closes_at - 10 * MINUTE
    assert schedule.moved_deadline(NOON, closes_at, closes_at) == closes_at + 10 * MINUTE
    assert schedule.watch_from(NOON, CLOSES) == CLOSES - 30 * MINUTE
    assert schedule.cast_fixed_at(NOON, closes_at) == closes_at - 10 * MINUTE


def test_reminders_close_to_the_question_or_to_each_other_are_left_out() -> None:
    settings = RoundSettings(remind=(timedelta(hours=71, minutes=30), 0.5, timedelta(hours=36), timedelta(hours=3)))
    assert schedule.reminders(NOON, CLOSES, settings) == (CLOSES - 36 * HOUR, CLOSES - 3 * HOUR)


# what arrives after things have moved on ----------------------------------------------------------------------


def test_an_announcement_that_stands_after_all_opens_no_cancelled_round() -> None:
    assert opening.announced(draft(phase=Phase.CANCELLED), NOON, RoundSettings()).round_ is None


def test_what_was_looked_up_for_an_older_set_up_is_not_kept() -> None:
    round_ = draft(setup=Setup(fields={}, edition=2))
    assert setting_up.looked_up(round_, Cast(found={}), None, 1).round_ is None


def test_a_set_up_without_a_channel_has_no_place() -> None:
    assert setting_up.place(draft()) is None


def test_the_rules_themselves_ask_who_acts() -> None:
    with pytest.raises(NotAllowed):
        running.remind(collecting(), actor("fay"), NOON, RoundSettings())
    with pytest.raises(NotAllowed):
        running.cancel(collecting(), actor("fay"), NOON, confirmed=True)


def test_only_a_revealed_round_is_ended_by_hand() -> None:
    with pytest.raises(NotAllowed):
        running.end_early(collecting(), actor("sam"), NOON, confirmed=True)


def test_whoever_was_taken_off_is_in_no_wrong_group() -> None:
    with pytest.raises(NotAllowed):
        casting.wrong_group(collecting(), seat("fay", removed_at=NOON), "Fay", confirmed=True)


def test_a_reveal_is_held_back_once_and_not_after_it_was_agreed_to() -> None:
    closed = collecting(seat("fay", replied_at=NOON), phase=Phase.CLOSED)
    assert revealing.hold_back(closed, CLOSES).round_
    for changes in ({"held_back_at": CLOSES}, {"reveal_agreed_at": CLOSES}, {"prepared_at": CLOSES}):
        assert revealing.hold_back(replace(closed, **changes), CLOSES).round_ is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("country", "day"), [("", 25), ("GB", 29), ("SE", 28)])
def test_the_invitation_to_talk_waits_for_a_working_day(country: str, day: int) -> None:
    opened = datetime(2026, 12, 24, 16, tzinfo=UTC)  # a Thursday
    invited = revealing.invite_at(collecting(closes_at=opened), opened, RoundSettings(country=country))
    assert invited == datetime(2026, 12, day, 9, tzinfo=UTC)


def test_a_short_round_invites_to_talk_at_once() -> None:
    assert revealing.invite_at(collecting(closes_at=NOON + HOUR), NOON + HOUR, RoundSettings()) == NOON + HOUR
