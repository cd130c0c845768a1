"""A channel that is called something else now is named so in every sentence that stands. On every platform."""

from __future__ import annotations

import pytest

from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, PLACE, Answered, Sheet, says
from tests.contract.team import Team
from tests.contract.test_waiting_reveals import closed_behind_an_archived_channel
from tests.contract.test_whole_rounds import FAY, chat, team

__all__ = ["chat", "team"]

NEW = "mending"


def read(seen: Answered) -> str:
    return "\n".join([seen.notes, *seen.errors.values()]) if isinstance(seen, Sheet) else seen.text


def must_name_it_as_it_is_called_now(*shown: Answered) -> None:
    for one in shown:
        assert f"#{NEW}" in read(one), one
        assert f"#{PLACE}" not in read(one), one


async def test_what_stands_about_a_channel_shows_its_new_name(team: Team) -> None:
    await closed_behind_an_archived_channel(team)
    await team.chat.rename_place(NEW)
    must_name_it_as_it_is_called_now(
        team.newest(FAY, "withheld"), team.newest(ORGANISER, "held_back"), team.newest(ORGANISER, "status")
    )


async def test_what_is_said_and_asked_about_a_channel_has_its_new_name(team: Team) -> None:
    await closed_behind_an_archived_channel(team)
    await team.chat.rename_place(NEW)
    must_name_it_as_it_is_called_now(await team.chat.press(ORGANISER, "venue"))
    same = await team.chat.fill(ORGANISER, {"channel": NEW})
    assert says(same, "refused.venue.same")
    assert f"#{PLACE}" not in read(same)


async def test_where_the_answers_open_instead_is_named_as_it_is_called_now(team: Team) -> None:
    await team.chat.add_place("quiet", (ORGANISER, *CITIZENS, *FRONTLINE, *LEADERS))
    await closed_behind_an_archived_channel(team)
    await team.chat.press(ORGANISER, "venue")
    said = await team.chat.fill(ORGANISER, {"channel": "quiet"})
    assert says(said, "said.venue")
    await team.a_moment()
    await team.chat.rename_place(NEW, was="quiet")
    said_then = [seen for seen in team.chat.seen(ORGANISER) if says(seen, "said.venue")]
    for shown in (*said_then, *(team.newest(one, "new_venue") for one in EVERYBODY), team.newest(ORGANISER, "status")):
        assert f"#{NEW}" in shown.text
        assert "#quiet" not in shown.text


@pytest.mark.parametrize("name", ["a_b_c", "x-2"])
async def test_a_channel_of_any_name_is_named_whole(team: Team, name: str) -> None:
    await closed_behind_an_archived_channel(team)
    await team.chat.rename_place(name)
    for shown in (team.newest(FAY, "withheld"), team.newest(ORGANISER, "held_back")):
        assert f"#{name}" in shown.text
