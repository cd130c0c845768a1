"""Whoever was asked can ask the organisers to hide a voice, on every platform, and nobody learns who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.chat import CITIZENS, FRONTLINE, ORGANISER, Seen, Sheet, says
from tests.contract.platforms import chat_of
from tests.contract.team import Team

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
REASON = "  It says where I live: *Elm Road* <b>9</b>,\nand @channel will know.  "


@pytest.fixture(params=["playground", "slack-socket", "discord"])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    async with chat_of(request, tmp_path) as chat:
        yield Team(chat)


async def test_somebody_asks_and_the_organiser_hides_the_voice_without_learning_who(team: Team) -> None:
    await _revealed(team)
    assert f"coproduce:hiding:{team.code}" in team.newest(FAY, "opened").controls
    sheet = await team.chat.press(FAY, f"coproduce:hiding:{team.code}")
    assert isinstance(sheet, Sheet)
    assert set(sheet.values) == {"voice", "reason"}
    assert says(await team.chat.fill(FAY, {"voice": " c 2 ", "reason": REASON}), "said.hiding")
    await team.a_moment()
    told = team.newest(ORGANISER, "hiding")
    assert says(told, "message.hiding.what_to_do")
    assert REASON.strip() in told.text
    assert "C2" in told.text
    assert not any(name in told.text for one in (FAY, CAL, CARA) for name in one.split())

    sheet = await team.chat.press(ORGANISER, f"coproduce:hide:{team.code}:C2")
    assert isinstance(sheet, Sheet)
    assert (sheet.values["voice"], any(sheet.values["reason"])) == (("C2",), False)
    assert len(_shown(team.channel())) == 8  # a press of the button alone hides nothing
    await team.chat.fill(ORGANISER, {"reason": "It names a street."})
    await team.a_moment()
    assert len(_shown(team.channel())) == 7
    hidden = team.newest(ORGANISER, "hiding")
    assert says(hidden, "message.hiding.hidden")
    assert "Elm Road" not in hidden.text
    assert not hidden.controls


async def test_several_who_ask_are_counted_and_one_counts_once(team: Team) -> None:
    await _revealed(team)
    for person in (FAY, CAL, FAY):
        await _ask(team, person, "F1", f"Because {len(person)} of us are named.")
    await team.a_moment()
    (told,) = team.all_seen(ORGANISER, "hiding")
    assert "2" in told.text
    assert told.text.count("Because") == 2


async def test_a_mark_that_is_not_there_and_one_that_is_hidden_are_refused(team: Team) -> None:
    await _revealed(team)
    assert says(await _ask(team, FAY, "X9", "Why not"), "refused.unknown_voice")
    assert says(await team.chat.command(ORGANISER, f"hide {team.code} F1 it names somebody"), "said.hidden")
    await team.a_moment()
    assert says(await _ask(team, FAY, "f1", "Why not"), "refused.already_hidden")
    assert says(await _ask(team, FAY, "F2", " "), "refused.empty.hiding")
    assert not team.all_seen(ORGANISER, "hiding")


async def test_only_who_was_asked_can_ask_and_only_once_the_answers_are_open(team: Team) -> None:
    await team.open()
    pressed = f"coproduce:hiding:{team.code}"
    assert says(await team.chat.press(FAY, pressed), "refused.not_revealed")
    await team.chat.command(ORGANISER, f"remove {team.code} @{CAL}")
    await team.everybody_answers(CAL)
    await team.reveal()
    assert says(await team.chat.press("Nell New", pressed), "refused.not_asked")
    assert f"coproduce:hiding:{team.code}" in _with(team, CAL, "hiding").controls
    assert says(await _ask(team, CAL, "F1", "They wrote about me."), "said.hiding")


async def _revealed(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    await team.a_moment()


async def _ask(team: Team, person: str, voice: str, reason: str) -> Seen | Sheet:
    sheet = await team.chat.press(person, f"coproduce:hiding:{team.code}")
    assert isinstance(sheet, Sheet), sheet
    return await team.chat.fill(person, {"voice": voice, "reason": reason})


def _shown(channel: list[Seen]) -> list[Seen]:
    return [seen for seen in channel if seen.kind == "page" and " says" in seen.text]


def _with(team: Team, person: str, verb: str) -> Seen:
    return next(one for one in team.chat.seen(person) if any(f":{verb}:" in id for id in one.controls))
