"""The chat's own file: what crosses the line stands in it as data, and a file of an earlier release is still read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from adapters.html.shapes import Channel, Moment, Paragraph
from adapters.playground.chat.process import ChatProcess
from adapters.playground.playing.players import Players
from bot.messages import MessageKind, Passage, Post, PostKey, line
from bot.people import Address, Place
from tests.adapters.playground import playing

PLACE = Place(address=Address(platform="playground", workspace="play", channel="C1"), name="repairs")
AT = "2026-11-28T09:00:00+00:00"
OLDEST = {"id": "M1", "at": AT, "kind": "page", "text": "as it was", "channel": None, "person": "ann"} | {
    "controls": [{"id": "coproduce:answer:R-7F3K", "label": "Answer"}],
    "files": [],
    "thread": None,
    "key": "k",
    "is_ephemeral": False,
    "edited_at": None,
}
BEFORE = [
    {"what": "person", "person": {"id": "ann", "name": "Ann", "tz": "UTC", "locale": "en", "standing": "member"}},
    {"what": "channel", "channel": {"id": "C1", "name": "repairs", "members": ["ann"], "is_public": True}},
    {"what": "entry", "entry": OLDEST},
    {
        "what": "entry",
        "entry": OLDEST
        | {"id": "M2", "text": "In #repairs, soon", "mentions": [[3, "C1", "repairs"]], "unnamed": "In , soon"},
    },
    {
        "what": "edit",
        "id": "M1",
        "kind": "page",
        "text": "In !",
        "controls": [],
        "mentions": [[3, "C1", "x"]],
        "at": AT,
    },
    {"what": "form", "at": AT, "person": "ann", "text": "Your answer\n[Send]"},
]


async def test_a_journal_of_before_is_read_and_its_channels_are_named_as_they_are_called_now(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in BEFORE))
    chat = ChatProcess(file)
    await chat.start()
    people = await Players.connect(chat.socket)
    try:
        assert [entry.text for entry in people.sees("Ann")] == ["In #repairs!", "In #repairs, soon"]
        assert [shown.text for shown in people.state.shown] == [
            "as it was",
            "In #repairs, soon",
            "In #repairs!",
            "Your answer\n[Send]",
        ]
        await people.change_channel("repairs", name="mending")
        await people.now()
        assert [entry.text for entry in people.sees("Ann")] == ["In #mending!", "In #mending, soon"]
    finally:
        await people.close()
        await chat.stop()


async def test_what_the_bot_says_stands_in_the_journal_as_paragraphs_with_its_times(tmp_path: Path) -> None:
    at = datetime(2026, 12, 4, 17, tzinfo=UTC)
    theirs = Passage(text="No signal", heading=line("play.inbox", name="Ann"), locale="de")
    told = Post(
        kind=MessageKind.PAGE,
        content=(line("message.new_venue.told", service="Repairs", place=PLACE, opens_at=at, count=3), theirs),
    )
    async with playing(tmp_path) as scene:
        await scene.platform.post(told, scene.inbox("Ann"), PostKey("abcdefghijklmnopqrstuv"))
        entry = await scene.people.wait_for("Ann", "page")
    sentence, words = entry.paragraphs
    assert [one.at for one in sentence.pieces if isinstance(one, Moment)] == [at]
    assert Channel(id="C1", name="repairs") in sentence.pieces
    assert words == Paragraph(pieces=("No signal",), is_theirs=True, heading=words.heading, locale="de")
    *_, stands = (json.loads(each) for each in (tmp_path / "chat.jsonl").read_text().splitlines())
    assert stands["entry"]["paragraphs"][1]["pieces"] == ["No signal"]
    assert "text" not in stands["entry"]
