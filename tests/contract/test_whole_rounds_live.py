"""Each person has one live message a round: kept up to date in place, and taken over by news. On every platform."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.chat import EVERYBODY, ORGANISER, Fault, Seen, says
from tests.contract.team import GRACE, LENGTH, Team
from tests.contract.test_whole_rounds import FAY, FINN, FLO, LEO, chat, team

__all__ = ["chat", "team"]


def inbox(team: Team, person: str) -> list[Seen]:
    """What stands in their conversation with the bot and can be pressed."""
    owed = [seen for seen in team.chat.seen(person) if seen.place == "inbox" and seen.kind]
    return [seen for seen in owed if seen.controls]


def live(team: Team, person: str) -> Seen:
    """The one message of the round that has buttons."""
    (found,) = inbox(team, person)
    return found


def verbs(seen: Seen) -> list[str]:
    return [id.split(":")[1] for id in seen.controls]


async def edits(team: Team) -> None:
    """A platform that takes some fifty edits a minute has taken them all."""
    await team.chat.pass_time(timedelta(minutes=2))


# state ------------------------------------------------------------------------------------------------------------


async def test_the_question_becomes_held_and_after_take_back_the_question_again(team: Team) -> None:
    await team.open()
    asked = live(team, FAY)
    receipt = await team.answer(FAY)
    await team.a_moment()
    held = live(team, FAY)
    assert says(held, "message.held.held")
    assert held.controls == (
        f"coproduce:answer:{team.code}:change",
        f"coproduce:withdraw:{team.code}",
        f"coproduce:stop:{team.code}",
        f"coproduce:receipt:{team.code}",
    )
    assert receipt not in held.text
    await team.press_and_agree(FAY, "withdraw")
    await team.a_moment()
    assert live(team, FAY) == asked


async def test_that_an_answer_is_held_is_told_also_after_a_restart(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    await team.chat.restart()
    await team.a_moment()
    assert says(live(team, FAY), "message.held.held")


async def test_whoever_said_no_by_mistake_answers_from_the_same_message(team: Team) -> None:
    await team.open()
    await team.chat.press(FAY, "decline")
    await team.a_moment()
    assert says(live(team, FAY), "message.declined.told")
    assert verbs(live(team, FAY)) == ["answer"]
    await team.answer(FAY)
    await team.a_moment()
    assert says(live(team, FAY), "message.held.held")


@pytest.mark.parametrize("attribution", ["group", "named"])
async def test_once_the_round_has_closed_everybody_has_the_same_message(team: Team, attribution: str) -> None:
    await team.chat.change_place(is_public=False)
    await team.open(attribution=attribution)
    await team.everybody_answers(FINN, FLO)
    await team.chat.press(FLO, "decline")
    await team.chat.change_place(is_public=True)  # the reveal waits for the organiser
    await team.reveal()
    await edits(team)
    shown = {(live(team, person).text, live(team, person).controls) for person in EVERYBODY}
    assert len(shown) == 1
    assert says(live(team, FAY), "message.withheld.told")


async def test_who_is_taken_off_has_their_own_words_and_who_is_called_off_nothing_to_press(team: Team) -> None:
    await team.open()
    await team.chat.command(ORGANISER, f"remove {team.code} @Fay Hall")
    await team.a_moment()
    assert says(team.newest(FAY, "removed"), "message.removed.told")
    assert verbs(live(team, FAY)) == ["withdraw", "receipt"]
    await team.chat.command(ORGANISER, f"cancel {team.code}")
    await team.chat.press(ORGANISER, "confirm", "cancel")
    await edits(team)
    assert not any(inbox(team, person) for person in EVERYBODY)


# news -------------------------------------------------------------------------------------------------------------


async def test_a_reminder_takes_over_the_buttons_and_the_older_one_says_where_to_look(team: Team) -> None:
    await team.open()
    await team.chat.command(ORGANISER, f"remind {team.code}")
    await team.a_moment()
    assert live(team, FAY) == team.newest(FAY, "reminder")
    older = team.newest(FAY, "question")
    assert says(older, "message.older.below")
    assert "\n" not in older.text
    await team.answer(FAY)
    await team.a_moment()
    assert says(live(team, FAY), "message.held.held")
    assert says(team.newest(FAY, "reminder"), "message.held.held")


async def test_a_moved_deadline_is_told_with_the_buttons_of_each_and_stays(team: Team) -> None:
    await team.open()
    await team.answer(FAY)
    await team.chat.command(ORGANISER, f"extend {team.code} in 5 days")
    await team.chat.press(ORGANISER, "confirm")
    await edits(team)
    assert says(live(team, FAY), "message.deadline_moved.later")
    assert verbs(live(team, FAY)) == ["answer", "withdraw", "stop", "receipt"]
    assert verbs(live(team, FINN)) == ["answer", "snooze", "decline", "wrong", "more"]


async def test_those_missing_are_told_of_an_early_close_and_can_still_answer(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.a_moment()
    await team.chat.command(ORGANISER, f"close {team.code}")
    await team.chat.press(ORGANISER, "confirm")
    await team.chat.settle()
    assert says(team.newest(LEO, "closed_early"), "message.closed_early.told")
    assert says(team.newest(LEO, "closed_early"), "message.closed_early.late")
    assert not any(team.all_seen(person, "closed_early") for person in EVERYBODY if person != LEO)
    await team.a_moment()
    await edits(team)
    assert live(team, LEO) == team.newest(LEO, "opened")


async def test_at_the_reveal_everybody_gets_the_same_new_message_with_all_the_buttons(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.reveal()
    await edits(team)
    for person in EVERYBODY:
        assert live(team, person) == team.newest(person, "opened")
        assert says(team.newest(person, "question"), "message.older.below")
    assert len({live(team, person) for person in EVERYBODY}) == 1
    assert live(team, LEO).controls == tuple(
        f"coproduce:{verb}:{team.code}" for verb in ("read", "late", "check", "withdraw", "hiding")
    )


async def test_somebody_moved_has_the_newer_question_alone(team: Team) -> None:
    await team.open()
    await team.chat.command(ORGANISER, f"add {team.code} citizens @Fay Hall")
    await edits(team)
    newest = live(team, FAY)
    assert newest.kind == "question"
    assert [says(seen, "message.older.below") for seen in team.all_seen(FAY, "question")] == [True, False]
    await team.answer(FAY)
    await team.a_moment()
    assert says(live(team, FAY), "message.held.held")


# who was asked ----------------------------------------------------------------------------------------------------


async def test_reached_counts_those_who_got_the_question_and_says_who_is_still_being_asked(team: Team) -> None:
    await team.set_up()
    await team.chat.fault(Fault.UNREACHABLE, kind="question", person=FAY)
    await team.chat.fault(Fault.LOSE_POST, kind="question", person=FINN)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    await team.chat.pass_time(timedelta(seconds=6))
    shown = await team.chat.command(ORGANISER, f"status {team.code}")
    assert isinstance(shown, Seen)
    assert "3 asked, 1 reached" in shown.text
    assert "1 person is still being asked" in shown.text
    await team.a_moment()
    card = team.newest(ORGANISER, "status").text
    assert "3 asked, 2 reached" in card
    assert "being asked" not in card


async def test_whoever_answers_without_the_question_was_reached(team: Team) -> None:
    await team.set_up()
    await team.chat.fault(Fault.UNREACHABLE, kind="question", person=FAY)
    await team.chat.press(ORGANISER, "open")
    await team.chat.settle()
    await team.chat.command(FAY, f"answer {team.code}")
    await team.chat.fill(FAY, {"personal": "Here all the same."})
    await team.everybody_answers(FAY)
    await team.chat.pass_time(LENGTH + GRACE + timedelta(minutes=1))
    headline = "\n".join(seen.text for seen in team.channel())
    assert "could not be reached" not in headline
