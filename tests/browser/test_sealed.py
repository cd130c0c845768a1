"""What one person writes is nowhere in another's browser before the deadline; and no stranger's page gets anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, Response, expect

from tests.browser import hands
from tests.browser.conftest import NewContext
from tests.browser.own_pages import page, serving
from tests.browser.watching import Watch
from tests.browser.world import World
from tests.contract.chat import CITIZENS, FRONTLINE, ORGANISER

CAL, FAY, FINN = CITIZENS[0], FRONTLINE[0], FRONTLINE[1]
STRANGER = Path(__file__).parent / "stranger.js"
CANARY = "Quillwort"

STORED = """
async () => {
  const bases = await indexedDB.databases();
  const kept = await caches.keys();
  const workers = await navigator.serviceWorker.getRegistrations();
  return {local: {...localStorage}, session: {...sessionStorage}, bases, kept, workers: workers.length,
          cookie: document.cookie, name: window.name, history: history.state};
}
"""


class Wiretap:
    """All that reaches one tab: answers, and what its stream tells."""

    def __init__(self, tab: Page) -> None:
        self._tab = tab
        self._answers: list[Response] = []
        self.told: list[dict[str, Any]] = []

    async def listen(self) -> None:
        self._tab.on("response", lambda one: self._answers.append(one))
        wire = await self._tab.context.new_cdp_session(self._tab)
        wire.on("Network.eventSourceMessageReceived", lambda one: self.told.append(one))
        await wire.send("Network.enable")

    async def everything(self) -> str:
        bodies = [
            await one.text()
            for one in self._answers
            if one.status == 200 and "event-stream" not in one.headers.get("content-type", "")
        ]
        return "\n".join([*bodies, json.dumps(self.told)])


async def test_nothing_of_one_reaches_another_before_the_deadline(world: World, context: BrowserContext) -> None:
    """Two people write in two tabs; a third looks on in a third tab of the same browser."""
    await world.open_round()
    third = await context.new_page()
    tap = Wiretap(third)
    await tap.listen()
    await third.goto(world.served.of(world.id(CAL)))
    fay, finn = await world.visit(context, FAY), await world.visit(context, FINN)
    answer = f"coproduce:answer:{world.team.code}"
    await expect(third.locator("body")).to_have_attribute("data-number", await number(world, CAL))
    before = [one for one in tap.told if one["eventName"] != "number"]

    await hands.presses(fay, answer)
    await hands.fills_and_submits(fay, {"personal": f"{CANARY} one", "barriers": f"{CANARY} two"})
    await hands.presses(finn, answer)
    await hands.fills_and_keeps(finn, {"personal": f"{CANARY} three"})
    await hands.sends(fay, "inbox", f"{CANARY} four")
    await fay.locator("[data-composer] textarea").fill(f"{CANARY} five")
    await world.chat.settle()

    await hands.sends(third, "inbox", "/coproduce home")  # whatever was told until here has come
    seen = await third.content() + await tap.everything() + json.dumps(await third.evaluate(STORED))
    assert CANARY not in seen
    # nor that anybody wrote: but for what Cal did, nothing was told
    since = [one for one in tap.told if one["eventName"] != "number"][len(before) :]
    assert [json.loads(one["data"])["kind"] for one in since if one["eventName"] == "entry"] == ["said"]
    assert {one["eventName"] for one in since} <= {"entry", "form"}
    for tab in (fay, finn):  # all people of the page share the storage of one browser
        stored = await tab.evaluate(STORED)
        assert stored == {**stored, "local": {}, "session": {}, "bases": [], "kept": [], "workers": 0, "cookie": ""}

    await world.team.reveal()
    await expect(third.locator("[data-replies]").get_by_text(f"{CANARY} one")).to_be_attached()
    assert CANARY in await tap.everything()  # the tap does hear


async def number(world: World, person: str) -> str:
    return str(world.served.page._eyes[world.id(person)].number)


async def test_a_strangers_page_gets_nothing_done_and_reads_nothing(
    world: World, context: BrowserContext, watch: Watch
) -> None:
    """In a browser that has the playground open: from another port, and from another name."""
    await world.open_round()
    await world.visit(context, FAY)
    watch.allow(".")  # its requests are refused, one way or another
    stood = dict(world.chat._people.state.entries)
    now = world.chat.now
    to = world.served.address
    body = (
        f'<form method="post" action="{to}/as/{world.id(FAY)}/command" target="target">'
        '<input name="text" value="/coproduce new"></form><iframe name="target"></iframe>'
        '<script type="module" src="/stranger.js"></script>'
    )
    script = STRANGER.read_text(encoding="utf-8").replace("PERSON", world.id(FAY)).replace("ADDRESS", to)
    async with serving({"/": page(body), "/stranger.js": script}, policy=None) as stranger:
        for address in (stranger, stranger.replace("127.0.0.1", "localhost")):
            tab = await context.new_page()
            await tab.goto(address)
            await expect(tab.locator("body")).to_have_attribute("data-got", "[]")
            assert tab.url.startswith(address)
    await world.chat.settle()
    assert dict(world.chat._people.state.entries) == stood
    assert world.chat.now == now


async def test_the_address_alone_lets_nobody_in(world: World, new_context: NewContext, watch: Watch) -> None:
    context = await new_context()
    watch.allow("^failed: GET .* 403", "^console error: Failed to load resource: .* 403")
    tab = await context.new_page()
    await tab.goto(f"{world.served.address}/as/{world.id(ORGANISER)}")
    await expect(tab.locator("h1")).to_be_visible()
    assert ORGANISER not in await tab.content()
