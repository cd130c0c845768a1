"""What reaches one person's browser while others write, and what they see when all is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.playground.page import stream as streams
from adapters.playground.page.desk import Due
from bot.messages import Line
from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS
from tests.contract.team import Team
from tests.page.stage import Stage, step

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "Kestrel quinine obelisk"

READS = (
    "/as/caldunn",
    "/as/caldunn?place=place",
    "/as/caldunn/standing",
    "/steps?person=caldunn",
    "/due?person=caldunn",
)


async def test_before_the_deadline_a_third_person_gets_not_a_word_and_not_that_anybody_wrote(
    own_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SETTLED", 0.0)
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    await own_stage.chat.pass_time(timedelta(minutes=5))
    async with browser.events("caldunn") as told:
        while (await told.next()).what != "due":
            pass
        before = told.raw
        form = (await browser.post("/as/fayhall/press", {"control": f"coproduce:answer:{team.code}"}))[1]["form"]
        sent = {"form": form.split('data-form="')[1].split('"')[0], "personal": CANARY, "sign": "group"}
        _, kept = await browser.post("/as/fayhall/keep", sent)
        assert CANARY in kept["form"]
        own_stage.desk.steps["samreed"] = (step(1),)
        await own_stage.desk.notice()
        _, sealed = await browser.post("/as/fayhall/fill", sent)
        assert "receipt" in sealed["form"]
        own_stage.desk.steps["samreed"] = (step(2),)
        own_stage.desk.coming["samreed"] = (Due(at=own_stage.chat.now, text=Line(key="said.saved")),)
        await own_stage.desk.notice()
        await own_stage.chat.settle()
        _, said = await browser.post("/as/caldunn/say", {"channel": "place", "text": "Until here"})
        await told.until("entry", lambda data: data["id"] == said["entry"]["id"])
        news = told.raw.removeprefix(before)
        everything = [news, *[(await browser.get(path))[2] for path in READS]]
    heard = [line for line in news.splitlines() if line.startswith("event: ") and line != "event: number"]
    assert heard == ["event: entry"]
    for text in everything:
        assert CANARY not in text
        assert "Kestrel" not in text
    assert all("2 people are being asked" not in text for text in everything)


async def test_somebody_who_writes_changes_no_byte_of_what_another_is_shown(own_stage: Stage) -> None:
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    before = [(await browser.get(path))[2] for path in READS]
    await team.answer("Fay Hall", CANARY)
    assert [(await browser.get(path))[2] for path in READS] == before


@dataclass(frozen=True)
class Revealed:
    stage: Stage
    came: dict[str, dict[str, Any]]  # to Cal, while it was revealed: id -> the event


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def revealed(stage: Stage) -> Revealed:
    """A round in which everybody has answered, and all is open."""
    team, browser = Team(stage.chat), stage.browser
    await team.open()
    await team.everybody_answers()
    came: dict[str, dict[str, Any]] = {}
    async with browser.events("caldunn") as told:
        await told.until("due")
        await team.reveal()
        _, said = await browser.post("/as/caldunn/say", {"channel": "place", "text": "Until here"})
        while said["entry"]["id"] not in came:
            event = await told.next()
            if event.what == "entry":
                came[event.data["id"]] = event.data
    return Revealed(stage, came)


async def test_each_person_can_read_only_their_own_inbox_and_files(revealed: Revealed) -> None:
    browser = revealed.stage.browser
    shown = (await browser.standing("samreed"))["entries"]
    reports = [one for one in shown if one["place"] == "place" and "data-file" in one["html"]]
    assert reports
    fays, cals = await browser.standing("fayhall"), await browser.standing("caldunn")
    mine = {one["id"] for one in fays["entries"] if one["place"] == "inbox"}
    assert mine
    assert not mine & {one["id"] for one in cals["entries"]}
    assert (await browser.get("/as/stanfar"))[0] == 200
    assert (await browser.standing("stanfar"))["entries"] == []
    address = reports[0]["html"].split('href="')[1].split('"')[0]
    assert (await browser.get(address))[0] == 200
    assert (await browser.get(address.replace("samreed", "stanfar")))[0] == 404


async def test_a_report_opens_in_a_frame_that_can_do_nothing_and_data_are_saved(revealed: Revealed) -> None:
    stage = revealed.stage
    entries = (await stage.browser.standing("samreed"))["entries"]
    links = [part.split('"')[0] for one in entries for part in one["html"].split('href="')[1:]]
    kinds = {}
    for link in dict.fromkeys(link for link in links if "/files/" in link):
        status, headers, text = await stage.browser.get(link)
        assert status == 200
        assert headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'; ")
        assert headers["X-Content-Type-Options"] == "nosniff"
        kinds[link.rpartition(".")[2]] = (headers["Content-Type"], headers["Content-Disposition"].partition(";")[0])
        assert text
    assert kinds["html"] == ("text/html; charset=utf-8", "inline")
    assert all(how == "attachment" for name, (_, how) in kinds.items() if name != "html")


async def test_the_reveal_comes_message_by_message_and_is_what_stands_there(revealed: Revealed) -> None:
    browser, came = revealed.stage.browser, revealed.came
    voices = [one for one in came.values() if one["kind"] == "page"]
    assert len(voices) == len((*CITIZENS, *FRONTLINE, *LEADERS))
    assert all(one["thread"] for one in voices)
    standing = {one["id"]: one["html"] for one in (await browser.standing("caldunn"))["entries"]}
    replies = [id for id, one in came.items() if one["thread"]]
    assert all("data-thread" not in one["html"] for id, one in came.items() if id not in replies)
    assert {id: came[id]["html"] for id in replies} == {id: standing[id] for id in replies}


async def test_times_are_the_readers_own_and_their_words_are_only_words(own_stage: Stage) -> None:
    await own_stage.chat._people.change_person("Fay Hall", tz="Asia/Tokyo", locale="de")
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    page = (await browser.get("/as/fayhall"))[2]
    assert "18:0" in page
    words = "<script>alert(1)</script> https://evil.example <img src=x onerror=y> \u202e ‮"
    _, told = await browser.post("/as/fayhall/say", {"channel": "place", "text": words})
    assert "<script>" not in told["entry"]["html"]
    assert "<img" not in told["entry"]["html"]
    assert "href" not in told["entry"]["html"]


async def test_what_somebody_does_in_a_channel_is_answered_there_for_them_alone(stage: Stage) -> None:
    _, told = await stage.browser.post("/as/fayhall/press", {"control": "coproduce:help:", "channel": "place"})
    assert told["entry"]["place"] == "place"
    assert told["entry"]["id"] not in {one["id"] for one in (await stage.browser.standing("caldunn"))["entries"]}


async def test_nobody_writes_where_they_cannot_read(stage: Stage) -> None:
    for path, fields in (
        ("say", {"text": "Hi"}),
        ("press", {"control": "coproduce:help:"}),
        ("command", {"text": "help"}),
    ):
        status, told = await stage.browser.post(f"/as/stanfar/{path}", {**fields, "channel": "place"})
        assert (status, told["entry"]) == (200, None)
        assert told["error"] == "You are not in this channel."


async def test_when_something_came_is_said_to_the_minute_and_kept_to_the_second(own_stage: Stage) -> None:
    await own_stage.chat._people.advance(timedelta(seconds=5))
    _, told = await own_stage.browser.post("/as/fayhall/say", {"channel": "place", "text": "Hi"})
    assert '<time datetime="2026-12-01T09:00:05+00:00">09:00</time>' in told["entry"]["html"]


async def test_what_cannot_be_said_is_refused_in_a_sentence(stage: Stage) -> None:
    for text in ("x" * 4_001, "   "):
        status, told = await stage.browser.post("/as/samreed/say", {"channel": "place", "text": text})
        assert status == 200
        assert told["error"]
        assert told["entry"] is None
