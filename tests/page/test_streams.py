"""Tabs that come back: after a break, after the chat was killed, after the server was started anew."""

from __future__ import annotations

import asyncio
import re

import pytest

from adapters.playground.page import stream as streams
from adapters.playground.page.desk import Step, StepName
from bot.messages import Line
from coproduce import web
from tests.contract.team import Team
from tests.page.stage import FORM, SAVED, Browser, Events, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def say(stage: Stage, text: str, person: str = "fayhall") -> None:
    _, told = await stage.browser.post(f"/as/{person}/say", {"channel": "place", "text": text})
    assert told["error"] is None


async def hears(events: Events, text: str) -> str:
    return (await events.until("entry", lambda data: text in data["html"])).id


async def number(browser: Browser, person: str) -> str:
    """That the page was drawn with."""
    found = re.search(r'data-number="(\d+)"', (await browser.get(f"/as/{person}"))[2])
    assert found is not None
    return found[1]


async def test_what_happens_between_the_page_and_its_stream_is_told(stage: Stage) -> None:
    drawn = await number(stage.browser, "caldunn")
    await say(stage, "In between")
    async with stage.browser.events("caldunn", after=drawn) as events:
        await hears(events, "In between")


async def test_a_tab_that_was_away_gets_what_it_missed_once(stage: Stage) -> None:
    async with stage.browser.events("caldunn") as events:
        await say(stage, "First")
        last = await hears(events, "First")
    await say(stage, "Second")
    async with stage.browser.events("caldunn", **{"Last-Event-ID": last}) as events:
        await say(stage, "Third")
        await hears(events, "Third")
    assert ("First" in events.raw, events.raw.count("event: entry")) == (False, 2)


async def test_a_number_that_is_none_of_ours_reads_all_again(stage: Stage) -> None:
    for after in ("", "99999", "-1", "x", "9" * 40, "1"):
        async with stage.browser.events("caldunn", after=after) as events:
            await events.until("again")


async def test_many_tabs_of_one_person_see_the_same_and_share_one_connection(own_stage: Stage) -> None:
    async with own_stage.browser.events("caldunn") as one, own_stage.browser.events("caldunn") as two:
        await say(own_stage, "Both")
        assert await hears(one, "Both") == await hears(two, "Both")
        assert list(own_stage.page._eyes) == ["caldunn", "fayhall"]
    await asyncio.gather(*(own_stage.browser.get(f"/as/{one}") for one in ["finnode"] * 8))
    assert len(own_stage.page._eyes) == 3


async def test_two_tabs_are_two_people(own_stage: Stage) -> None:
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    async with browser.events("fayhall") as fay, browser.events("samreed") as sam:
        await browser.post("/as/fayhall/press", {"control": f"coproduce:answer:{team.code}"})
        assert "Repairs online" in (await fay.until("form")).data["html"]
        await browser.post("/as/samreed/press", {"control": "coproduce:help:"})
        assert (await sam.until("entry")).data["kind"] == "said"
    assert "event: form" not in sam.raw


async def test_a_form_closed_in_one_tab_is_closed_in_the_other(own_stage: Stage) -> None:
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    async with browser.events("fayhall") as fay:
        await browser.post("/as/fayhall/press", {"control": f"coproduce:answer:{team.code}"})
        await fay.until("form", lambda data: data["html"] is not None)
        await browser.post("/as/fayhall/leave")
        await fay.until("form", lambda data: data["html"] is None)


async def test_after_the_chat_was_killed_the_page_goes_on(own_stage: Stage) -> None:
    async with own_stage.browser.events("caldunn") as events:
        await say(own_stage, "Before")
        await hears(events, "Before")
        await own_stage.chat._process.kill()
        _, told = await own_stage.browser.post("/as/caldunn/say", {"channel": "place", "text": "Lost"})
        assert told["error"] == "The chat is away for a moment. Please try again."
        assert (await own_stage.browser.get("/as/caldunn"))[0] == 200
        await own_stage.chat._process.start()
        await back(own_stage)
        await say(own_stage, "After")
        await hears(events, "After")
    assert "event: again" not in events.raw.partition("Before")[2]


async def test_a_form_that_the_chat_lost_takes_what_was_typed_in_it(own_stage: Stage) -> None:
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    _, told = await browser.post("/as/fayhall/press", {"control": f"coproduce:answer:{team.code}"})
    form = told["form"].split('data-form="')[1].split('"')[0]
    await own_stage.chat._process.kill()
    await own_stage.chat._process.start()
    await back(own_stage)
    await asyncio.wait_for(own_stage.chat._link.until_up(), 10)
    sent = {"form": form, "about": f"answer:{team.code}", "personal": "Typed before", "sign": "group"}
    _, kept = await browser.post("/as/fayhall/keep", sent)
    assert "Typed before" in kept["form"]
    _, sealed = await browser.post("/as/fayhall/fill", {**sent, "form": "gone too"})
    assert "receipt" in sealed["form"]


async def test_words_never_land_in_another_form_than_they_were_typed_in(own_stage: Stage) -> None:
    team, browser = Team(own_stage.chat), own_stage.browser
    await team.open()
    for about in ("answer:R-ZZZZ", "setup:" + team.code, "", "home:", "close:" + team.code, "stop:" + team.code):
        _, told = await browser.post("/as/fayhall/fill", {"form": "x", "about": about, "personal": "Secret"})
        assert (told["form"], told["entry"], told["gone"]) == (None, None, True)
        assert "is still here" in told["error"]
    pressed = {one["kind"] for one in (await browser.standing("fayhall"))["entries"]} & {"said", "confirm"}
    assert not pressed


async def test_after_a_start_anew_with_the_same_journal_an_open_tab_comes_back(own_stage: Stage) -> None:
    async with own_stage.browser.events("caldunn") as events:
        await say(own_stage, "Before")
        last = await hears(events, "Before")
        async with asyncio.timeout(5):
            await own_stage.end()
            await events.end()
    await own_stage.chat._process.kill()
    await own_stage.chat._process.start()
    await own_stage.serve()
    async with own_stage.browser.events("caldunn", after=last) as events:
        await say(own_stage, "After")
        assert int(await hears(events, "After")) == int(last) + 1
    assert "event: again" not in events.raw


async def test_open_pages_do_not_hold_the_server_when_it_stops(stage: Stage) -> None:
    async with stage.browser.events("caldunn") as one, stage.browser.events("fayhall") as two:
        await one.until("due")
        async with asyncio.timeout(3):
            await stage.end()
        await one.end()
        await two.end()
    await stage.serve()


async def test_a_silent_stream_beats_at_its_own_times(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT", 0.05)
    async with stage.browser.events("caldunn") as events:
        await events.until("due")
        for _ in range(3):
            await events.beat()


async def test_a_stream_in_which_something_fails_ends_and_the_tab_comes_back(stage: Stage) -> None:
    stage.desk.steps["caldunn"] = (Step(name=StepName.HELD, title=Line(key="no.such"), text=SAVED),)
    async with stage.browser.events("caldunn") as events:
        assert "500" not in await events.end()
    status, headers, text = await stage.browser.get("/as/caldunn")
    assert (status, "Something went wrong here" in text) == (500, True)
    assert headers["Content-Security-Policy"]
    del stage.desk.steps["caldunn"]
    async with stage.browser.events("caldunn") as events:
        await events.until("due")


async def test_a_stream_outlives_the_time_that_other_answers_get_and_a_body_that_does_not_come_is_cut(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_WITHIN", 0.2)
    async with stage.browser.events("caldunn") as events:
        await events.until("due")
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        head = {"Host": f"127.0.0.1:{stage.port}", **stage.browser._with({"Origin": stage.browser.base})}
        head |= {"Content-Type": FORM, "Content-Length": "100"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"POST /as/caldunn/say HTTP/1.1\r\n{lines}\r\nchannel=place".encode())
        async with asyncio.timeout(5):
            assert b"200 OK" not in await _what_comes(reader)
        writer.close()
        monkeypatch.undo()
        await say(stage, "Still here")
        await hears(events, "Still here")


async def _what_comes(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def back(stage: Stage) -> None:
    """Every pair of eyes is connected again."""
    for eyes in stage.page._eyes.values():
        bell = asyncio.Event()
        eyes.bells.add(bell)
        async with asyncio.timeout(10):
            while not eyes.is_up:
                bell.clear()
                await bell.wait()
        eyes.bells.discard(bell)
