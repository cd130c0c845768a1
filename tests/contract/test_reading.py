"""The reader: after the reveal everybody reads privately, one voice a page, on every platform."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, Answered, Seen, says
from tests.contract.platforms import chat_of
from tests.contract.team import LENGTH, Team

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS
FIRST_NAMES = {person.split()[0]: person for person in EVERYBODY}


@pytest.fixture(params=["playground", "slack-socket", "discord"])
async def team(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Team]:
    async with chat_of(request, tmp_path) as chat:
        yield Team(chat)


async def test_everybody_reads_people_unlike_them_first_and_leaders_last(team: Team) -> None:
    await _revealed(team)
    for person, order in (
        (FAY, (CITIZENS, FRONTLINE, LEADERS)),
        (CAL, (FRONTLINE, CITIZENS, LEADERS)),
        (LEA, (CITIZENS, FRONTLINE, LEADERS)),
        ("Nell New", (CITIZENS, FRONTLINE, LEADERS)),  # reads the channel, and was not asked
    ):
        read = await _read_all(team, person)
        for group in order:
            assert set(read[: len(group)]) == set(group), (person, read)
            read = read[len(group) :]
        assert not read


async def test_a_page_says_where_it_is_and_leads_back_and_on(team: Team) -> None:
    await _revealed(team)
    assert f"coproduce:read:{team.code}" in _headline(team).controls
    first = await _open(team, FAY)
    assert "1 of 8" in first.text
    assert [_verb(id) for id in first.controls] == ["read"], "there is nothing before the first"
    second = await _turn(team, FAY, first, "on")
    assert "2 of 8" in second.text
    assert [_verb(id) for id in second.controls] == ["read", "read"]
    assert _writers(await _turn(team, FAY, second, "back")) == _writers(first)


async def test_it_goes_on_where_one_stopped_also_after_a_restart(team: Team) -> None:
    await _revealed(team)
    page = await _open(team, FAY)
    for _ in range(3):
        page = await _turn(team, FAY, page, "on")
    await team.chat.restart()
    again = await _open(team, FAY)
    assert "4 of 8" in again.text
    assert _writers(again) == _writers(page)
    assert "1 of 8" in (await _open(team, CAL)).text


async def test_done_reading_is_counted_once_a_person_and_nobody_is_named(team: Team) -> None:
    await _revealed(team)
    heard = f"coproduce:heard:{team.code}"
    assert heard in _headline(team).controls
    assert not says(_headline(team), "message.headline_done.heard")
    assert says(await team.chat.press(FAY, heard), "said.heard")
    await team.chat.pass_time(timedelta(minutes=5))
    assert "1 has read all of it." in _headline(team).text
    for person in (FAY, CAL, FAY, "Nell New"):
        assert says(await team.chat.press(person, heard), "said.heard")
    await team.chat.pass_time(timedelta(minutes=5))
    assert "3 have read all of it." in _headline(team).text
    everything = "\n".join(seen.text for seen in team.channel() if seen.kind != "page")
    assert not any(name in everything for name in (FAY, CAL, "Nell New"))


async def test_the_last_page_leads_to_done_reading(team: Team) -> None:
    await _revealed(team)
    page = await _open(team, FAY)
    while _next(page):
        page = await _turn(team, FAY, page, "on")
    assert "8 of 8" in page.text
    assert says(await team.chat.press(FAY, next(id for id in page.controls if ":heard:" in id)), "said.heard")
    assert "1 of 8" in (await _open(team, FAY)).text, "who has read all begins again"


async def test_where_everybody_asked_has_read_all_the_invitation_to_talk_comes_at_once(team: Team) -> None:
    await _revealed(team)
    heard = f"coproduce:heard:{team.code}"
    for person in (ORGANISER, *EVERYBODY[:-1]):
        await team.chat.press(person, heard)
    await team.a_moment()
    assert not [seen for seen in team.channel() if seen.kind == "invitation"]
    await team.chat.press(EVERYBODY[-1], heard)
    await team.a_moment()
    assert says(team.newest(ORGANISER, "invitation"), "message.invitation.talk")
    await team.chat.pass_time(timedelta(days=2))
    assert len(team.all_seen(ORGANISER, "invitation")) == 1


async def test_nothing_can_be_read_or_done_before_the_headline_stands(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    for verb in ("read", "heard"):
        for person in (FAY, ORGANISER, "Nell New"):
            for id in (f"coproduce:{verb}:{team.code}", f"coproduce:{verb}:{team.code}:0"):
                assert " says: " not in str(await team.chat.press(person, id))
    assert says(await team.chat.press(FAY, f"coproduce:read:{team.code}"), "refused.not_revealed")
    await team.chat.change_place(is_archived=True)
    await team.chat.pass_time(LENGTH + timedelta(minutes=2))
    assert says(await team.chat.press(FAY, f"coproduce:read:{team.code}:0"), "refused.not_revealed")
    assert says(await team.chat.press(ORGANISER, f"coproduce:heard:{team.code}"), "refused.not_revealed")


async def test_a_voice_is_read_whole_and_to_the_letter(team: Team) -> None:
    await team.open()
    words = {
        box: f"{box} *of* <!channel> & <b>\n" + f"{box} " * (2_900 // (len(box) + 1))
        for box in ("personal", "others", "intentions", "barriers")
    }
    await team.answer(CAL, **words)
    for person in EVERYBODY:
        if person != CAL:
            await team.answer(person)
    await team.reveal()
    await team.a_moment()
    page = await _open(team, FAY)
    while not all(f"{box} *of* <!channel> & <b>" in page.text for box in words):
        page = await _turn(team, FAY, page, "on")
    for box in words:
        assert page.text.count(f"{box} ") >= 2_900 // (len(box) + 1)


async def test_a_hidden_voice_is_a_stub_and_late_ones_come_after_the_others(team: Team) -> None:
    await _revealed(team)
    await team.chat.command(ORGANISER, f"hide {team.code} C1 it names a street")
    await team.a_moment()
    page = await _open(team, FAY)
    assert says(page, "page.stub.hidden")
    assert " says: " not in page.text
    sheet = await team.chat.press("Fay Hall", f"coproduce:late:{team.code}")
    assert not isinstance(sheet, Seen)
    await team.chat.fill(FAY, {"personal": "I think so now.", "sign": "name", "seen": "all"})
    await team.a_moment()
    page = await _open(team, CAL)
    assert "1 of 9" in page.text
    while _next(page):
        page = await _turn(team, CAL, page, "on")
    assert says(page, "page.late.all")
    assert "I think so now." in page.text


async def test_where_nobody_answered_there_is_nothing_to_read(team: Team) -> None:
    await team.open()
    await team.reveal()
    await team.a_moment()
    assert not [id for id in _headline(team).controls if _verb(id) in ("read", "heard")]
    assert says(await team.chat.press(FAY, f"coproduce:read:{team.code}"), "refused.nothing_to_read")
    assert says(await team.chat.press(FAY, f"coproduce:heard:{team.code}"), "refused.nothing_to_read")


async def _revealed(team: Team) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    await team.a_moment()


def _headline(team: Team) -> Seen:
    (found,) = (seen for seen in team.channel() if seen.kind in ("headline", "headline_done"))
    return found


async def _open(team: Team, person: str) -> Seen:
    first = _page(await team.chat.press(person, f"coproduce:read:{team.code}"))
    if not says(first, "said.can_go_first"):
        return first
    assert [_verb(id) for id in first.controls] == ["late", "read"], "asked once"
    return _page(await team.chat.press(person, first.controls[1]))


async def _turn(team: Team, person: str, page: Seen, where: str) -> Seen:
    id = _next(page) if where == "on" else page.controls[0]
    assert id is not None
    return _page(await team.chat.press(person, id))


async def _read_all(team: Team, person: str) -> list[str]:
    page = await _open(team, person)
    read = _writers(page)
    while _next(page):
        page = await _turn(team, person, page, "on")
        read += _writers(page)
    return read


def _page(shown: Answered) -> Seen:
    assert isinstance(shown, Seen), shown
    return shown


def _writers(page: Seen) -> list[str]:
    return [FIRST_NAMES[name] for name in dict.fromkeys(re.findall(r"(\w+) says: for me", page.text))]


def _next(page: Seen) -> str | None:
    """[Next] stands behind [Back], where there is one."""
    turning = [id for id in page.controls if _verb(id) == "read"]
    is_first = re.search(r"\b1 of \d+", page.text.split("\n")[0]) is not None
    onward = turning if is_first else turning[1:]
    return onward[0] if onward else None


def _verb(id: str) -> str:
    return id.split(":")[1]
