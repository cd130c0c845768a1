"""Reveals that cannot stand where they were to: through people's hands and eyes, on every platform."""

from __future__ import annotations

from datetime import timedelta

from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, PLACE, Sheet, says
from tests.contract.team import GRACE, LENGTH, Team, words_of
from tests.contract.test_whole_rounds import chat, team

__all__ = ["chat", "team"]

CAL, *_ = CITIZENS
FAY, FINN, *_ = FRONTLINE
QUIET = "quiet"
FEW = (ORGANISER, *CITIZENS, *FRONTLINE, *LEADERS)


async def closed_behind_an_archived_channel(team: Team) -> dict[str, str]:
    await team.open()
    receipts = await team.everybody_answers()
    await team.chat.change_place(is_archived=True)
    await team.reveal()
    return receipts


async def test_behind_an_archived_channel_nothing_opens_and_everybody_hears_why(team: Team) -> None:
    await closed_behind_an_archived_channel(team)
    assert says(team.newest(ORGANISER, "status"), "status.refused.archived")
    told = team.newest(ORGANISER, "held_back")
    assert says(told, "status.refused.archived")
    assert {control.split(":")[1] for control in told.controls} == {"retry", "venue"}
    heard = {(team.newest(one, "withheld").text, team.newest(one, "withheld").controls) for one in EVERYBODY}
    assert len(heard) == 1
    assert says(heard.pop()[0], "message.withheld.archived")
    for command in (f"export {team.code}", f"hide {team.code} F1 a name"):
        assert says(await team.chat.command(ORGANISER, command), "error.sealed"), command
    asks = await team.chat.command(ORGANISER, f"cancel {team.code}")
    assert says(asks, "refused.cancel.revealing")
    assert "says:" not in team.everything()


async def test_once_the_channel_is_open_again_everything_stands_there_once(team: Team) -> None:
    await closed_behind_an_archived_channel(team)
    await team.chat.change_place(is_archived=False)
    assert says(await team.chat.press(ORGANISER, "retry"), "said.retry")
    await team.a_moment()
    assert len(team.pages()) == len(EVERYBODY)
    assert all(team.all_seen(one, "opened") for one in EVERYBODY)
    assert says(team.newest(ORGANISER, "status"), "status.revealed")


async def test_the_reveal_moves_to_a_channel_no_wider_than_told_a_day_later(team: Team) -> None:
    receipts = await closed_behind_an_archived_channel(team)
    await team.chat.add_place(QUIET, FEW)
    await team.chat.add_place("loud", FEW, is_public=True)
    assert isinstance(await team.chat.press(ORGANISER, "venue"), Sheet)
    assert says(await team.chat.fill(ORGANISER, {"channel": "loud"}), "refused.venue.wider")
    assert isinstance(await team.chat.press(ORGANISER, f"coproduce:venue:{team.code}"), Sheet)
    assert says(await team.chat.fill(ORGANISER, {"channel": QUIET}), "said.venue")
    await team.a_moment()
    assert all(says(team.newest(one, "new_venue"), "message.new_venue.take_back") for one in EVERYBODY)
    shown = await team.chat.command(FAY, f"withdraw {team.code} {receipts[FAY]}")
    assert says(shown, "said.taken_down")
    await team.chat.pass_time(timedelta(hours=23))
    assert not team.pages()
    await team.chat.pass_time(timedelta(hours=2))
    pages = team.pages()
    assert len(pages) == len(EVERYBODY)
    assert sum(says(page, "page.stub.withdrawn") for page in pages) == 1
    assert "Fay says" not in team.everything()
    assert "Finn says" in "\n".join(pages)
    opened = {team.newest(one, "opened").text for one in EVERYBODY}
    assert len(opened) == 1
    assert PLACE not in opened.pop()


async def test_only_organisers_choose_the_channel(team: Team) -> None:
    await closed_behind_an_archived_channel(team)
    for somebody in (FAY, "Nell New"):
        shown = await team.chat.press(somebody, f"coproduce:venue:{team.code}")
        assert says(shown, "refused.not_organiser")


async def test_nobody_in_time_is_told_and_late_answers_still_come(team: Team) -> None:
    await team.open()
    await team.chat.press(CAL, "answer")
    await team.chat.pass_time(LENGTH + GRACE / 2)
    assert says(await team.chat.fill(CAL, words_of(CAL)), "said.kept_late")
    await team.a_moment()
    assert says("\n".join(seen.text for seen in team.channel()), "message.headline_done.nobody")
    assert not team.pages()
    assert says(team.newest(FINN, "opened"), "message.opened.nobody")
    sheet = await team.chat.press(CAL, "late")
    assert isinstance(sheet, Sheet)
    assert sheet.values["personal"] == (words_of(CAL)["personal"],)
    shown = await team.chat.fill(CAL, {"seen": "none", "sign": "name"})
    assert says(shown, "said.late_held")
    await team.a_moment()
    assert [seen for seen in team.channel() if seen.kind == "late_page"]


async def test_a_report_that_is_made_anew_takes_the_place_of_the_old_one(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    for mark in ("F1", "C1"):
        shown = await team.chat.command(ORGANISER, f"hide {team.code} {mark} it names somebody")
        assert says(shown, "said.hidden")
        await team.a_moment()
    reports = [seen for seen in team.channel() if seen.kind == "report"]
    assert [len(seen.files) for seen in reports] == [2]
