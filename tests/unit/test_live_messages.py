"""What each person's one live message says, and who is told by news; what counts as reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.compose import status_of
from bot.messages import MessageKind, Post
from bot.people import Why
from bot.rounds import Attribution, Change, ChangeKind, GroupCount, Phase, Round, Seat, Statement
from bot.rules import casting, moves, opening, running
from bot.settings import RoundSettings
from bot.text import Worded
from tests.builders import DAY, HOUR, NOON, account, actor, seat
from tests.unit.messages import TEXTS, a_round, read, verbs

ANSWERED: dict[str, Any] = {"replied_at": NOON + HOUR, "revision": 3}


def card(round_: Round, **changes: Any) -> Worded:
    """The live message of somebody in this state."""
    return read(MessageKind.QUESTION, round_, of=replace(round_.seats[0], **changes), now=NOON + 2 * HOUR)


def ids(worded: Worded) -> list[str]:
    return [button.id for button in worded.buttons]


# state ------------------------------------------------------------------------------------------------------------


def test_once_the_answer_is_sealed_it_says_so_with_other_buttons() -> None:
    held = card(a_round(), **ANSWERED)
    assert "Repairs online: we have your answers." in held.text
    assert ids(held) == [
        "coproduce:answer:R-7F3K:change",
        "coproduce:withdraw:R-7F3K",
        "coproduce:stop:R-7F3K",
        "coproduce:receipt:R-7F3K",
    ]


def test_it_tells_no_time_of_writing_and_not_how_often() -> None:
    first = card(a_round(), **ANSWERED)
    later = card(a_round(), replied_at=NOON + 90 * timedelta(minutes=1), revision=9, drafted_at=NOON)
    assert first == later


def test_whoever_stopped_the_reminders_has_no_button_for_it() -> None:
    assert "stop" not in verbs(card(a_round(), **ANSWERED, stopped_at=NOON))


def test_after_take_back_it_is_the_question_again() -> None:
    assert card(a_round()) == card(a_round(), revision=4)
    assert verbs(card(a_round(), revision=4)) == ["answer", "snooze", "decline", "wrong", "more"]


def test_whoever_said_no_by_mistake_can_still_answer() -> None:
    no = card(a_round(), declined_at=NOON)
    assert "you'd rather not answer" in no.text
    assert ids(no) == ["coproduce:answer:R-7F3K"]


@pytest.mark.parametrize("attribution", list(Attribution))
@pytest.mark.parametrize("phase", [Phase.COLLECTING, Phase.CLOSED, Phase.REVEALED, Phase.ENDED])
def test_from_the_close_on_it_says_the_same_to_everybody(phase: Phase, attribution: Attribution) -> None:
    closed = replace(
        a_round(attribution=attribution), phase=phase, closes_at=NOON + HOUR, revealed_at=NOON + HOUR, ends_at=NOON
    )
    states: list[dict[str, Any]] = [{}, ANSWERED, {"declined_at": NOON}, {"stopped_at": NOON}, {"drafted_at": NOON}]
    assert len({(card(closed, **state).text, *ids(card(closed, **state))) for state in states}) == 1
    assert not {"answer", "snooze", "decline", "receipt", "stop"} & set(verbs(card(closed)))


def test_a_round_closed_early_says_so() -> None:
    closed = replace(
        a_round(), phase=Phase.CLOSED, changes=(Change(kind=ChangeKind.CLOSED_EARLY, at=NOON),), closed_at=NOON
    )
    assert "Sam has closed the round early" in card(closed).text


def test_at_the_reveal_it_is_what_the_new_post_says() -> None:
    opened = replace(a_round(), phase=Phase.REVEALED, revealed_at=NOON)
    assert card(opened) == read(MessageKind.OPENED, opened, of=opened.seats[0], now=NOON + 2 * HOUR)
    over = replace(opened, phase=Phase.ENDED)
    assert verbs(card(over)) == ["read", "check", "withdraw", "hiding"]


def test_a_round_without_a_voice_says_so_and_takes_late_answers() -> None:
    nobody = Statement(groups=(GroupCount(group="citizens", asked=1, reached=1, replied=0, declined=0),))
    over = card(replace(a_round(), phase=Phase.REVEALED, revealed_at=NOON, statement=nobody))
    assert "nobody had answered" in over.text
    assert verbs(over) == ["late"]


def test_a_cancelled_round_has_nothing_to_press_and_somebody_removed_their_own_words() -> None:
    assert card(replace(a_round(), phase=Phase.CANCELLED), **ANSWERED).text.startswith("Sam has called off")
    assert not card(replace(a_round(), phase=Phase.CANCELLED)).buttons
    for phase in (Phase.COLLECTING, Phase.CLOSED):
        gone = card(replace(a_round(), phase=phase), removed_at=NOON)
        assert gone.text.startswith("Sam has taken you off")
        assert verbs(gone) == ["withdraw", "receipt"]  # the same whether they had answered or not


@pytest.mark.parametrize("phase", [Phase.REVEALED, Phase.ENDED])
def test_once_the_answers_are_open_somebody_removed_has_the_same_message_as_everybody(phase: Phase) -> None:
    opened = replace(a_round(), phase=phase)
    assert card(opened, removed_at=NOON) == card(opened)


def test_an_older_post_says_where_to_look_in_one_line_without_buttons() -> None:
    round_ = a_round()
    told = read(MessageKind.QUESTION, round_, of=replace(round_.seats[0], **ANSWERED), args={"is_older": True})
    assert told.text == "Repairs online: there is a newer message about this below."
    assert not told.buttons


# news -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [MessageKind.NUDGE, MessageKind.DEADLINE_MOVED])
def test_news_has_the_buttons_of_what_it_takes_over(kind: MessageKind) -> None:
    round_ = a_round()
    held = replace(round_.seats[0], **ANSWERED)
    assert ids(read(kind, round_, of=held)) == ids(card(round_, **ANSWERED))
    assert set(ids(read(kind, round_, of=round_.seats[0]))) >= set(ids(card(round_)))


def test_those_missing_are_told_of_an_early_close_and_how_to_answer_still() -> None:
    round_ = a_round(
        seat("ann", "leaders", replied_at=NOON),
        seat("bo"),
        seat("cy", declined_at=NOON),
        seat("di", unreachable=Why.REFUSED),
        seat("ed", asked_at=None),
    )
    decided = running.close_early(round_, actor(), NOON + HOUR, confirmed=True)
    assert [(one.kind, one.to.user) for one in decided.owed] == [(MessageKind.CLOSED_EARLY, "bo")]
    told = read(MessageKind.CLOSED_EARLY, decided.round_, of=round_.seats[1])
    assert 'closed the round "Repairs online" early' in told.text
    assert verbs(told) == ["late", "withdraw"]


@pytest.mark.parametrize(
    ("phase", "changes", "is_wanted"),
    [
        (Phase.COLLECTING, {}, True),
        (Phase.CLOSED, {}, True),
        (Phase.REVEALED, {}, False),
        (Phase.CLOSED, {"replied_at": NOON}, False),
        (Phase.CLOSED, {"unreachable": Why.REFUSED}, False),
        (Phase.COLLECTING, {"removed_at": NOON}, False),
    ],
)
def test_an_early_close_is_told_until_the_answers_open(phase: Phase, changes: dict[str, Any], is_wanted: bool) -> None:
    header = replace(a_round(), phase=phase).header
    assert moves.still_wanted(header, seat("bo", **changes), MessageKind.CLOSED_EARLY) is is_wanted


# reached ----------------------------------------------------------------------------------------------------------


def _status(*seats: Seat, **changes: Any) -> str:
    shown = status_of(a_round(*seats, **changes))
    return TEXTS.post(Post(kind=MessageKind.STATUS, content=tuple(shown.content), controls=shown.controls)).text


def test_only_who_got_the_question_or_answered_counts_as_reached() -> None:
    people = (
        seat("ann"),
        seat("bo", asked_at=None),
        seat("cy", asked_at=None, unreachable=Why.REFUSED),
        seat("di", asked_at=None, replied_at=NOON),
        seat("ed", asked_at=None, declined_at=NOON),
    )
    told = _status(*people)
    assert "5 asked, 3 reached" in told
    assert "1 person is still being asked." in told


def test_once_everybody_has_the_question_nobody_is_being_asked() -> None:
    assert "being asked" not in _status(seat("ann"), seat("cy", asked_at=None, unreachable=Why.REFUSED))
    assert "being asked" not in _status(seat("ann", asked_at=None), phase=Phase.CLOSED)


def test_nobody_is_asked_before_the_question_stands() -> None:
    assert opening.question(a_round(), seat("ann")).is_card
    cast = casting.add(a_round(seat("ann", "citizens")), actor(), "citizens", _cast("zoe"), NOON + HOUR)
    assert cast.round_ is not None
    assert cast.round_.seats[-1].asked_at is None


def _cast(user: str) -> Any:
    from bot.people import Cast, Member

    return Cast(found={user: (Member(account=account(user), name=user.title()),)})


def test_whoever_is_still_being_asked_gets_no_reminder() -> None:
    round_ = a_round(seat("ann"), seat("bo", asked_at=None))
    decided = running.remind(round_, actor(), NOON + DAY, RoundSettings())
    assert [one.to.user for one in decided.owed] == ["ann"]
