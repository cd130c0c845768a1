"""Somebody who was taken off a round after the question: what they sealed stays theirs. On every platform."""

from __future__ import annotations

from tests.contract.chat import EVERYBODY, ORGANISER, PLACE, Seen, says
from tests.contract.team import Team
from tests.contract.test_whole_rounds import CAL, FAY, FINN, chat, team
from tests.contract.test_whole_rounds_live import edits, live

__all__ = ["chat", "team"]


async def take_off(team: Team, *people: str) -> None:
    for person in people:
        assert says(await team.chat.command(ORGANISER, f"remove {team.code} @{person}"), "said.removed")
    await team.a_moment()


async def test_at_the_reveal_whoever_was_taken_off_gets_the_same_post_as_everybody(team: Team) -> None:
    await team.open()
    await team.everybody_answers(FINN)
    await take_off(team, FAY, FINN)  # of whom one had answered
    await team.reveal()
    await edits(team)
    posts = {(live(team, person).text, live(team, person).controls) for person in EVERYBODY}
    assert len(posts) == 1
    assert says(live(team, FAY), "message.opened.open")
    assert [id.split(":")[1] for id in live(team, FAY).controls] == ["read", "late", "check", "withdraw", "hiding"]


async def test_whoever_was_taken_off_reads_checks_and_takes_down_from_that_post(team: Team) -> None:
    await team.open()
    receipts = await team.everybody_answers()
    await take_off(team, FAY)
    await team.reveal()
    await edits(team)
    assert says(await team.chat.press(FAY, "read"), "said.read")
    checked = await team.chat.command(FAY, f"check {team.code} {receipts[FAY]}")
    assert isinstance(checked, Seen)
    assert not says(checked, "refused.removed")
    assert says(await team.chat.press(FAY, "late"), "refused.removed")
    assert says(await team.chat.command(FAY, f"withdraw {team.code} {receipts[FAY]}"), "said.taken_down")
    await team.a_moment()
    assert not any("Fay says" in page for page in team.pages())


async def test_whoever_was_taken_off_hears_why_the_answers_wait_and_where_they_open(team: Team) -> None:
    await team.open()
    await team.everybody_answers(FINN)
    await take_off(team, FAY, FINN)
    await team.chat.change_place(is_archived=True)
    await team.reveal()
    assert len({(team.newest(one, "withheld").text, team.newest(one, "withheld").controls) for one in EVERYBODY}) == 1
    await team.chat.add_place("quiet", (ORGANISER, CAL, FAY))
    await team.chat.press(ORGANISER, "venue")
    assert says(await team.chat.fill(ORGANISER, {"channel": "quiet"}), "said.venue")
    await team.a_moment()
    assert len({team.newest(one, "new_venue").text for one in EVERYBODY}) == 1
    assert PLACE not in team.newest(FAY, "new_venue").text
