"""One whole round in Slack by commands and forms alone: twelve people, and words that real people wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.settings import RoundSettings
from tests.contract.chat import ORGANISER, Seen, Sheet, receipt_of, says
from tests.contract.team import LENGTH, Team
from tests.slack.double import Call
from tests.slack.slack_chat import SlackChat, slack

REAL = Path(__file__).parents[3] / "shared" / "data" / "statements.jsonl"
"""Statements that real people made elsewhere; no part of this project, and used where they are at hand."""

OWN = (
    "I ring the office at lunch because my signal at home is two bars on a good day.",
    "My mother's heating broke in January. She would never have found the form.",
    "We get photos that show a wet wall and no address. Then we drive out anyway.",
    "An app is fine. But <b>who reads it</b> at the weekend & on holidays?",
    "*Please* keep one number for emergencies :pray: – even if it costs.",
    "Nobody asked us before the last three systems.\n\nThis time you do: thank you.",
    "Money. It is always money; <!channel> is not how you talk to tenants.",
    "有些住戶不看手機，他們會打電話。",
    "Mein Deutsch ist besser als mein Englisch, bitte beides.",
    "You want fewer calls. We want fewer visits that end at a closed door.",
    "I don't know.",
    "N/A",
)

LEADERS = ("Ada Moss", "Bea Lind")
FRONTLINE = ("Cem Aydin", "Dot Frey", "Eli Katz", "Fia Berg", "Gil Roy")
CITIZENS = ("Hal Wood", "Ivy Long", "Jo Lim", "Kit Shaw", "Gus Guest")
PEOPLE = (*LEADERS, *FRONTLINE, *CITIZENS)
CAST: Mapping[str, str] = {
    ORGANISER: "member",
    **dict.fromkeys(PEOPLE, "member"),
    "Gus Guest": "guest",
    "Dee Gone": "deactivated",
    "Robo": "bot",
    "Stan Far": "stranger",
}
FAR = "Kit Shaw"
SILENT = "Gil Roy"
BOXES = ("personal", "others", "intentions", "barriers")


def statements() -> Sequence[str]:
    """Of every kind there is: long ones, short ones, other scripts, markup."""
    if not REAL.exists():
        return OWN
    told = [json.loads(line)["text"] for line in REAL.read_text(encoding="utf-8").splitlines()]
    odd = [text for text in told if any(mark in text for mark in "<>&*_`") or "\n" in text]
    return [*odd[:20], *told[:: len(told) // 40], *OWN]


def words_of(person: str) -> dict[str, str]:
    at, told = PEOPLE.index(person) * 4, statements()
    return {box: told[(at + n) % len(told)].strip()[:2_900] or "…" for n, box in enumerate(BOXES)}


@pytest.mark.parametrize("way_in", ["socket", "http"])
async def test_twelve_people_play_one_round_by_commands_and_forms_alone(tmp_path: Path, way_in: str) -> None:
    async with slack(tmp_path, way_in, RoundSettings(time_zone="Europe/London"), CAST) as chat:
        chat.double.workspace.person_named(FAR).tz = "Pacific/Auckland"
        team = Team(chat)
        await _set_up(chat, team)
        await _ask(chat, team)
        receipts = await _answer(chat, team)
        await chat.pass_time(LENGTH + timedelta(minutes=10))
        _read(chat, team)
        shown = await chat.command("Hal Wood", f"check {team.code} {receipts['Hal Wood']}")
        assert says(shown, "said.check.published")


async def _set_up(chat: SlackChat, team: Team) -> None:
    """First with somebody who has left, whom the preview names; then without."""
    form = await chat.command(ORGANISER, "new Repairs online")
    assert isinstance(form, Sheet)
    assert form.values["service"] == ("Repairs online",)
    closes_at = (chat.now + LENGTH).strftime("%Y-%m-%d %H:%M")
    written = {
        "proposal": "Report repairs on your phone instead of calling.",
        "leaders": LEADERS,
        "frontline": FRONTLINE,
        "citizens": [*CITIZENS[:-1], "Dee Gone"],
        "closes_at": closes_at,
    }
    assert isinstance(await chat.fill(ORGANISER, written), Seen)
    await team.a_moment()
    preview = team.newest(ORGANISER, "preview")
    team.code = next(control.split(":")[2] for control in preview.controls)
    assert "Dee Gone" in preview.text
    shown = await chat.press(ORGANISER, f"coproduce:open:{team.code}")
    assert says(shown, "refused.cannot_be_asked")
    form = await chat.press(ORGANISER, f"coproduce:setup:{team.code}:who")
    assert isinstance(form, Sheet)
    assert isinstance(await chat.fill(ORGANISER, {"citizens": CITIZENS}), Seen)
    await team.a_moment()
    assert "Dee Gone" not in team.newest(ORGANISER, "preview").text


async def _ask(chat: SlackChat, team: Team) -> None:
    await chat.press(ORGANISER, "open")
    await team.a_moment()
    asked_at_once = [person for person in PEOPLE if team.all_seen(person, "question")]
    assert asked_at_once == [person for person in PEOPLE if person != FAR], "for them it is night"
    await chat.pass_time(timedelta(hours=11))
    assert [len(team.all_seen(person, "question")) for person in PEOPLE] == [1] * len(PEOPLE)
    asked = {person: _spoken(chat, person) for person in ("Jo Lim", FAR)}
    assert "09:00" in asked["Jo Lim"]  # London, as Slack cannot word a time for ears
    assert "22:00" in asked[FAR]
    question = team.newest(FAR, "question")
    assert {"answer", "decline", "snooze"} <= {control.split(":")[1] for control in question.controls}


def _spoken(chat: SlackChat, person: str) -> str:
    """What a screen reader reads of the question."""
    standing = chat.double.workspace.seen_by(chat.id(person))
    return next(message.text for message in standing if chat._kind(message) == "question")


async def _answer(chat: SlackChat, team: Team) -> dict[str, str]:
    receipts = {}
    for person in PEOPLE:
        if person == SILENT:
            continue
        assert isinstance(await chat.press(person, "answer"), Sheet)
        sign = {"sign": "name"} if person == "Cem Aydin" else {}
        receipts[person] = receipt_of(await chat.fill(person, {**words_of(person), **sign}))
    shown = await chat.command(ORGANISER, f"status {team.code}")
    assert isinstance(shown, Seen)
    assert not any(person in shown.text for person in PEOPLE)
    return receipts


def _read(chat: SlackChat, team: Team) -> None:
    pages = team.pages()
    whole = "\n".join(pages)
    for person in PEOPLE:
        for box, text in words_of(person).items():
            lines = [line for line in text.split("\n") if line.strip()]
            if person != SILENT:
                assert all(line.strip() in whole for line in lines), (person, box)
    assert len(pages) >= len(PEOPLE) - 1
    assert "Cem Aydin" in whole
    assert not any(person in whole for person in PEOPLE if person not in ("Cem Aydin", "Gil Roy"))
    assert all(seen.is_in_thread for seen in team.channel() if seen.kind == "page")
    assert [len(seen.files) for seen in team.channel() if seen.files] == [2]
    assert all(team.newest(person, "opened") for person in PEOPLE)
    _keeps_pace(chat.double.calls_of("chat.postMessage"))


def _keeps_pace(calls: Sequence[Call]) -> None:
    """One message a second in one conversation, for all that was owed."""
    last: dict[str, datetime] = {}
    for call in calls:
        channel = call.args["channel"]
        if channel == "C0PLACE":
            assert channel not in last or call.at - last[channel] >= timedelta(seconds=1)
            last[channel] = call.at
