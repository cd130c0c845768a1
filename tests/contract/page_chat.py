"""The playground's page as a `Chat`: what people do in a browser, and what stands in the DOM of their tab.

The world around them (the clock, faults, channels, a restart) is moved as `PlaygroundChat` moves it. The browser and
the page's server run in a thread of their own, so that `seen` can look while the test's own loop stands still.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from adapters.playground.chat.wire import connect
from bot.settings import RoundSettings
from tests.browser import eyes, hands
from tests.browser.desk import QuietDesk
from tests.browser.eyes import SeenArticle, SeenForm
from tests.browser.served import Served
from tests.browser.thread import BrowserThread
from tests.browser.watching import Watch
from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS, ORGANISER, Answered, Seen, Sheet, shows_receipt
from tests.contract.playground_chat import OWN, PlaygroundChat
from tests.isolates import as_read

ON_THE_PAGE = frozenset({ORGANISER, CITIZENS[0], FRONTLINE[0], LEADERS[0]})
"""Who sits at a browser, one of each part; each in a tab of one browser, as people try it out. The others do the same
on the line: a tab costs as much as a whole round."""

VIEW = ViewportSize(width=1280, height=900)


class PageChat(PlaygroundChat):
    def __init__(self, folder: Path, rounds: RoundSettings, browser: BrowserThread) -> None:
        super().__init__(folder, rounds)
        self._browser = browser
        self._watch = Watch()
        self._served = Served()
        self._context: BrowserContext | None = None
        self._tabs: dict[str, Page] = {}

    async def start(self) -> None:
        await super().start()
        desk = QuietDesk(first=self._people.id(ORGANISER), place="place")
        await self._browser.do(self._served.start(self._process.socket, desk))

    async def stop(self) -> None:
        await self._browser.do(self._end())
        await super().stop()
        assert not self._watch.complaints, self._watch.complaints

    # the server and its visitors: all that follows here runs in the browser's thread

    async def _end(self) -> None:
        if self._context is not None:
            await self._context.close()
        await self._served.stop()

    async def _tab(self, person: str) -> Page:
        if self._context is None:
            self._context = await self._browser.browser.new_context(viewport=VIEW, reduced_motion="reduce")
            self._context.set_default_timeout(10_000)
            await self._watch.over(self._context)
        if person not in self._tabs:
            tab = await self._context.new_page()
            await tab.goto(self._served.of(self._people.id(person)))
            self._tabs[person] = tab
        return self._tabs[person]

    async def _seen_until_now(self, person: str) -> Page:
        """Their tab, when all stands there that the chat told until now."""
        tab = await self._tab(person)
        wire = await connect(self._process.socket, hear=lambda _: None)
        reading = asyncio.create_task(wire.run())
        number = (await wire.ask("hello", role="person", person=self._people.id(person)))["number"]
        wire.close()
        await reading
        await expect(tab.locator("body")).to_have_attribute("data-number", str(number))
        return tab

    async def _entries(self, person: str) -> Sequence[SeenArticle]:
        return await eyes.entries(await self._seen_until_now(person))

    async def _form(self, person: str) -> SeenForm | None:
        return await eyes.form(await self._seen_until_now(person))

    async def _hands(self, person: str, act: Callable[[Page], Awaitable[hands.Told]]) -> SeenArticle | SeenForm:
        tab = await self._seen_until_now(person)
        return await self._shown(tab, await act(tab))

    async def _shown(self, tab: Page, told: hands.Told) -> SeenArticle | SeenForm:
        assert not told["error"], told["error"]
        if told["form"]:
            form = await eyes.form(tab)
            assert form is not None
            return form
        return next(one for one in await eyes.entries(tab) if one.id == told["entry"]["id"])

    # hands

    async def command(self, person: str, text: str) -> Answered:
        if person not in ON_THE_PAGE:
            return await super().command(person, text)
        return await self._does(person, lambda tab: hands.sends(tab, "place", f"/coproduce {text}"))

    async def press(self, person: str, control: str, argument: str | None = None) -> Answered:
        id = control if ":" in control else self._people.button(person, control, argument).id
        if person not in ON_THE_PAGE or not await self._browser.do(self._has_button(person, id)):
            return await super().press(person, id)  # a button of long ago is pressed nowhere on a page
        return await self._does(person, lambda tab: hands.presses(tab, id))

    async def type(self, person: str, text: str) -> Answered:
        if person not in ON_THE_PAGE:
            return await super().type(person, text)
        return await self._does(person, lambda tab: hands.sends(tab, "inbox", text))

    async def fill(
        self, person: str, fields: Mapping[str, str | Sequence[str]], *, each_page_takes: timedelta = timedelta()
    ) -> Answered:
        if person not in ON_THE_PAGE:
            return await super().fill(person, fields, each_page_takes=each_page_takes)
        while True:
            if each_page_takes:
                await self.pass_time(each_page_takes)
            shown = await self._does(person, lambda tab: hands.fills_and_submits(tab, fields))
            if not isinstance(shown, Sheet) or shown.errors or shows_receipt(shown):
                return shown

    async def begin(self, person: str, fields: Mapping[str, str]) -> None:
        if person not in ON_THE_PAGE:
            return await super().begin(person, fields)
        await self._browser.do(self._begin(person, fields))

    async def _begin(self, person: str, fields: Mapping[str, str]) -> None:
        await hands.fills_and_keeps(await self._seen_until_now(person), fields)

    async def _has_button(self, person: str, id: str) -> bool:
        tab = await self._seen_until_now(person)
        return await tab.locator(f'button[data-control="{id}"]').count() > 0

    async def _does(self, person: str, act: Callable[[Page], Awaitable[hands.Told]]) -> Answered:
        shown = await self._browser.do(self._hands(person, act))
        return _sheet(shown) if isinstance(shown, SeenForm) else _seen(shown)

    # eyes

    def seen(self, person: str) -> Sequence[Seen]:
        if person not in ON_THE_PAGE:
            return super().seen(person)
        return [_seen(one) for one in self._browser.now(self._entries(person))]

    async def form(self, person: str) -> Sheet | None:
        if person not in ON_THE_PAGE:
            return await super().form(person)
        form = await self._browser.do(self._form(person))
        return _sheet(form) if form else None


def _seen(one: SeenArticle) -> Seen:
    return Seen(
        place="inbox" if one.place == "inbox" else "channel",
        text=as_read(one.text),
        controls=one.controls,
        kind=None if one.kind in OWN else one.kind,
        is_in_thread=one.is_in_thread,
        files=one.files,
    )


def _sheet(form: SeenForm) -> Sheet:
    return Sheet(
        title=as_read(form.title),
        notes=as_read(form.notes),
        values={name: box.values for name, box in form.boxes.items()},
        labels={name: as_read(box.label) for name, box in form.boxes.items()},
        errors={name: as_read(box.error) for name, box in form.boxes.items() if box.error},
    )


@asynccontextmanager
async def on_page(folder: Path, browser: BrowserThread) -> AsyncIterator[PageChat]:
    chat = PageChat(folder, RoundSettings(time_zone="UTC"), browser)
    await chat.start()
    try:
        yield chat
    finally:
        await chat.stop()
