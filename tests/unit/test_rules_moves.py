"""The table of moves, what is due, and what is still wanted when its turn comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Closed, NotAllowed
from bot.messages import MessageKind
from bot.people import Why
from bot.rounds import Header, Phase, Seat
from bot.rules.answering import kept_as
from bot.rules.moves import ASK_AGAIN, GRACE, MOVES, begins_reveal, move, next_due, nudge_at, sources_of, still_wanted
from tests.builders import DAY, HOUR, NOON, collecting, draft, seat, venue

CLOSES = NOON + 3 * DAY


def header(phase: Phase = Phase.COLLECTING) -> Header:
    return collecting(phase=phase).header


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize("to", list(Phase))
def test_a_round_moves_only_as_the_table_says(phase: Phase, to: Phase) -> None:
    round_ = collecting(phase=phase)
    if to in MOVES[phase]:
        assert move(round_, to).phase is to
    else:
        with pytest.raises(NotAllowed):
            move(round_, to)


def test_nothing_leads_out_of_the_end() -> None:
    assert MOVES[Phase.ENDED] == MOVES[Phase.CANCELLED] == ()


def test_a_revealed_round_can_only_end() -> None:
    assert MOVES[Phase.REVEALED] == (Phase.ENDED,)


def test_a_collecting_round_is_due_at_the_soonest_of_close_reminder_and_nudge() -> None:
    assert next_due(collecting(nudged_at=NOON)) == CLOSES + GRACE
    assert next_due(collecting(nudged_at=NOON, remind_at=(NOON + DAY,))) == NOON + DAY
    assert next_due(collecting()) == CLOSES - timedelta(hours=3)


def test_a_closed_round_is_due_at_once_until_it_is_prepared_or_held_back() -> None:
    closed = collecting(phase=Phase.CLOSED, closed_at=CLOSES)
    assert next_due(closed) == CLOSES
    assert next_due(replace(closed, prepared_at=CLOSES)) is None


def test_a_reveal_that_waits_for_its_organisers_comes_back_every_day() -> None:
    closed = collecting(phase=Phase.CLOSED, closed_at=CLOSES)
    assert next_due(replace(closed, held_back_at=CLOSES + HOUR)) == CLOSES + HOUR + ASK_AGAIN
    refused = replace(closed, prepared_at=CLOSES, venues=(venue(refused_at=CLOSES + HOUR),))
    assert next_due(refused) == CLOSES + HOUR + ASK_AGAIN
    assert next_due(replace(closed, prepared_at=CLOSES, venues=(venue(opens_at=CLOSES + DAY),))) == CLOSES + DAY


def test_the_phases_that_lead_to_another_are_read_from_the_table() -> None:
    assert sources_of(Phase.CLOSED) == (Phase.COLLECTING,)
    assert sources_of(Phase.CANCELLED) == (Phase.DRAFT, Phase.COLLECTING, Phase.CLOSED)
    assert sources_of(Phase.DRAFT) == ()


def test_a_revealed_round_is_due_at_its_end_and_others_never() -> None:
    assert next_due(collecting(phase=Phase.REVEALED, ends_at=CLOSES + DAY)) == CLOSES + DAY
    assert [next_due(collecting(phase=phase)) for phase in (Phase.ENDED, Phase.CANCELLED)] == [None, None]
    assert next_due(draft()) is None


def test_the_nudge_comes_a_tenth_before_the_end_of_a_short_round_and_never_in_a_draft() -> None:
    assert nudge_at(collecting(closes_at=NOON + 10 * HOUR)) == NOON + 9 * HOUR
    with pytest.raises(NotAllowed):
        nudge_at(draft())


def test_the_reveal_begins_with_the_first_claim_of_one_of_its_messages() -> None:
    assert begins_reveal(header(Phase.CLOSED), MessageKind.HEADLINE)
    assert not begins_reveal(replace(header(Phase.CLOSED), revealing_at=CLOSES), MessageKind.HEADLINE)
    assert not begins_reveal(header(Phase.CLOSED), MessageKind.HELD_BACK)
    assert not begins_reveal(header(Phase.REVEALED), MessageKind.PAGE)


HERE, GONE = seat("fay"), seat("fay", removed_at=NOON)
REPLIED, DECLINED = seat("fay", replied_at=NOON), seat("fay", declined_at=NOON)
STOPPED, BEGUN = seat("fay", stopped_at=NOON), seat("fay", drafted_at=NOON)
UNREACHABLE = seat("fay", unreachable=Why.REFUSED)


@pytest.mark.parametrize(
    ("kind", "phase", "whose", "wanted"),
    [
        (MessageKind.QUESTION, Phase.COLLECTING, HERE, True),
        (MessageKind.QUESTION, Phase.COLLECTING, DECLINED, False),
        (MessageKind.QUESTION, Phase.COLLECTING, GONE, False),
        (MessageKind.QUESTION, Phase.CLOSED, HERE, False),
        (MessageKind.REMINDER, Phase.COLLECTING, HERE, True),
        (MessageKind.REMINDER, Phase.COLLECTING, REPLIED, False),
        (MessageKind.REMINDER, Phase.COLLECTING, DECLINED, False),
        (MessageKind.REMINDER, Phase.COLLECTING, STOPPED, False),
        (MessageKind.REMINDER, Phase.COLLECTING, UNREACHABLE, False),
        (MessageKind.REMINDER, Phase.CLOSED, HERE, False),
        (MessageKind.NUDGE, Phase.COLLECTING, BEGUN, True),
        (MessageKind.NUDGE, Phase.COLLECTING, HERE, False),
        (MessageKind.DEADLINE_MOVED, Phase.COLLECTING, HERE, True),
        (MessageKind.DEADLINE_MOVED, Phase.CLOSED, HERE, False),
        (MessageKind.CANCELLED, Phase.CANCELLED, HERE, True),
        (MessageKind.CANCELLED, Phase.CANCELLED, GONE, False),
        (MessageKind.OPENED, Phase.REVEALED, HERE, True),
        (MessageKind.OPENED, Phase.CANCELLED, HERE, False),
        (MessageKind.REMOVED, Phase.COLLECTING, GONE, True),
        (MessageKind.ANNOUNCEMENT, Phase.DRAFT, None, True),
        (MessageKind.ANNOUNCEMENT, Phase.CANCELLED, None, False),
        (MessageKind.HELD_BACK, Phase.CLOSED, None, True),
        (MessageKind.HELD_BACK, Phase.REVEALED, None, False),
        (MessageKind.WITHHELD, Phase.CLOSED, HERE, True),
        (MessageKind.WITHHELD, Phase.REVEALED, HERE, False),
        (MessageKind.NEW_VENUE, Phase.CLOSED, UNREACHABLE, False),
        (MessageKind.PAGE, Phase.CLOSED, None, True),
        (MessageKind.PAGE, Phase.ENDED, None, True),
        (MessageKind.PAGE, Phase.CANCELLED, None, False),
        (MessageKind.INVITATION, Phase.REVEALED, None, True),
        (MessageKind.REPORT, Phase.ENDED, None, True),
    ],
)
def test_what_has_become_pointless_is_no_longer_wanted(
    kind: MessageKind, phase: Phase, whose: Seat | None, wanted: bool
) -> None:
    assert still_wanted(header(phase), whose, kind) is wanted


@pytest.mark.parametrize(
    ("phase", "after", "seal", "late", "kind"),
    [
        (Phase.COLLECTING, -1, True, False, "reply"),
        (Phase.COLLECTING, -1, False, False, "draft"),
        (Phase.COLLECTING, -1, True, True, "reply"),
        (Phase.COLLECTING, 0, True, False, "late_draft"),
        (Phase.COLLECTING, 0, True, True, "late_draft"),
        (Phase.CLOSED, -1, True, False, "late_draft"),
        (Phase.CLOSED, 60, True, True, "late"),
        (Phase.REVEALED, 60, True, False, "late_draft"),
        (Phase.REVEALED, 60, False, True, "late_draft"),
        (Phase.REVEALED, 60, True, True, "late"),
    ],
)
def test_words_are_kept_as_the_phase_and_the_clock_say(
    phase: Phase, after: int, seal: bool, late: bool, kind: str
) -> None:
    at = CLOSES + timedelta(seconds=after)
    assert kept_as(header(phase), seat("fay"), at=at, seal=seal, late=late) == kind


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.CANCELLED, Phase.DRAFT])
def test_a_round_that_is_over_keeps_no_words(phase: Phase) -> None:
    with pytest.raises(Closed):
        kept_as(header(phase), seat("fay"), at=NOON, seal=True, late=True)


def test_no_late_words_are_kept_from_the_end_on() -> None:
    ending = replace(header(Phase.REVEALED), ends_at=CLOSES + DAY)
    assert kept_as(ending, seat("fay"), at=CLOSES + DAY - timedelta(seconds=1), seal=True, late=True) == "late"
    with pytest.raises(Closed):
        kept_as(ending, seat("fay"), at=CLOSES + DAY, seal=True, late=True)


def test_whoever_was_taken_off_keeps_no_words() -> None:
    with pytest.raises(NotAllowed):
        kept_as(header(), GONE, at=NOON, seal=True, late=False)
