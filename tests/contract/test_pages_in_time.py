"""Pages of an answer that are sent one at a time, with the clock moving between them, on every platform."""

from __future__ import annotations

from datetime import timedelta

from tests.contract.chat import EVERYBODY, FRONTLINE, LEADERS, Sheet, says
from tests.contract.team import LENGTH, Team, words_of
from tests.contract.test_whole_rounds import chat, team

__all__ = ["chat", "team"]

FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS
PAGE = timedelta(seconds=30)
JUST = timedelta(seconds=2)
MINUTE = timedelta(minutes=1)


async def _ready_to_write(team: Team, person: str, before_the_deadline: timedelta) -> None:
    await team.chat.pass_time(LENGTH - before_the_deadline)
    assert isinstance(await team.chat.press(person, f"coproduce:answer:{team.code}"), Sheet)


async def _late_form(team: Team, person: str) -> dict[str, str]:
    """What it holds, on all of its pages."""
    assert isinstance(await team.chat.press(person, f"coproduce:late:{team.code}"), Sheet)
    sheet = await team.chat.leaf(person)
    return {name: "".join(sheet.values[name]) for name in words_of(person)}


async def test_an_answer_written_slowly_is_sealed_whole(team: Team) -> None:
    await team.open()
    await _ready_to_write(team, LEO, timedelta(hours=1))
    shown = await team.chat.fill(LEO, words_of(LEO), each_page_takes=PAGE)
    assert says(shown, "said.held")
    await team.reveal()
    assert all(text in "\n".join(team.pages()) for text in words_of(LEO)["barriers"].split("\n"))


async def test_pages_kept_in_time_are_not_lost_when_the_last_one_comes_just_after_the_deadline(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await _ready_to_write(team, LEO, team.chat.pages * PAGE - JUST)
    shown = await team.chat.fill(LEO, words_of(LEO), each_page_takes=PAGE)
    assert says(shown, "said.kept_late")
    await team.chat.pass_time(MINUTE)
    assert "Leo says" not in team.everything()
    assert await _late_form(team, LEO) == words_of(LEO)


async def test_what_was_begun_in_time_is_there_still_when_the_rest_comes_just_after_the_deadline(team: Team) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await _ready_to_write(team, LEO, timedelta(hours=1))
    await team.chat.begin(LEO, {"personal": "Leo says: begun in time"})
    assert isinstance(await team.chat.press(LEO, f"coproduce:answer:{team.code}"), Sheet)
    rest = {name: text for name, text in words_of(LEO).items() if name != "personal"}
    await team.chat.pass_time(timedelta(hours=1) + JUST - team.chat.pages * PAGE)
    await team.chat.fill(LEO, rest, each_page_takes=PAGE)
    await team.chat.pass_time(MINUTE)
    kept = await _late_form(team, LEO)
    assert kept.pop("personal").startswith("Leo says: begun in time")
    assert kept == rest


async def test_turning_the_pages_of_a_sealed_answer_and_going_away_leaves_it_sealed(team: Team) -> None:
    await team.open()
    receipt = await team.answer(LEO)
    assert isinstance(await team.chat.press(LEO, f"coproduce:answer:{team.code}"), Sheet)
    await team.chat.leaf(LEO)
    assert says(await team.chat.command(LEO, f"check {team.code} {receipt}"), "said.check.held")
    await team.reveal()
    assert len(team.pages()) == 1


async def test_changes_begun_just_before_the_close_leave_the_sealed_answer_as_it_was(team: Team) -> None:
    await team.open()
    await team.answer(LEO)
    await _ready_to_write(team, LEO, MINUTE)
    await team.chat.begin(LEO, {"personal": "Leo says: second thoughts"})
    await team.reveal()
    assert len(team.pages()) == 1
    assert "second thoughts" not in team.everything()


async def test_changes_begun_and_not_sealed_bring_one_private_word_before_the_close(team: Team) -> None:
    await team.open()
    await team.answer(LEO)
    assert isinstance(await team.chat.press(LEO, f"coproduce:answer:{team.code}"), Sheet)
    await team.chat.begin(LEO, {"personal": "Leo says: second thoughts"})
    await team.chat.pass_time(LENGTH - timedelta(minutes=30))
    (told,) = team.all_seen(LEO, "nudge")
    assert says(told, "message.nudge.edited")
    assert not any(team.all_seen(person, "nudge") for person in EVERYBODY if person != LEO)
