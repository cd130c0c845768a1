"""The page in every state of a round, as different people look at it: nothing is out of place, nothing inaccessible."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from tests.browser import axe, hands
from tests.browser.states import CONTRAST, DARK, DESKTOP, PHONE, State, states
from tests.browser.world import World
from tests.contract.chat import ORGANISER

Picture = Callable[[Page, str], Awaitable[Path | None]]


class Looking:
    """At each thing: a picture for somebody to look at, what axe finds, and whether anything sticks out."""

    def __init__(self, tab: Page, state: State, picture: Picture) -> None:
        self.tab, self._picture = tab, picture
        self._asks_axe = state in (DESKTOP, PHONE, DARK)  # what it looks at is the same in the others
        self.found: list[str] = []

    async def at(self, what: str) -> None:
        await self._picture(self.tab, what)
        if self._asks_axe:
            self.found += [f"{what}: {one}" for one in await axe.finds(self.tab)]
        wide = await self.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.found.append(f"{what}: {wide} px have to be scrolled sideways")


@states()
async def test_nothing_is_found_while_somebody_answers(
    world: World, context: BrowserContext, picture: Picture, state: State
) -> None:
    await world.open_round()
    who = world.people.frontline[0]
    tab = await world.visit(context, who)
    look = Looking(tab, state, picture)
    await look.at("1 question")
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    await look.at("2 form")
    await hands.fills_and_submits(tab, {"personal": "x" * 3_001})
    await expect(tab.locator("[data-errors]")).to_be_focused()
    await look.at("3 marked")
    await hands.fills_and_submits(tab, world.people.words_of(who))
    await look.at("4 receipt")
    await world.team.a_moment()  # a card is edited some seconds later
    await hands.presses(tab, f"coproduce:withdraw:{world.team.code}")
    await expect(tab.locator("dialog[data-confirm]")).to_be_visible()
    await look.at("5 confirm")
    await hands.leaves_dialogs(tab)
    await hands.sends(tab, "place", "/coproduce help")
    await look.at("6 help")
    assert not look.found, "\n".join(look.found)


@states(PHONE, DARK, CONTRAST)
async def test_nothing_is_found_in_the_set_up(
    world: World, context: BrowserContext, picture: Picture, state: State
) -> None:
    tab = await world.visit(context, ORGANISER, "place")
    look = Looking(tab, state, picture)
    await look.at("1 empty channel")
    await hands.sends(tab, "place", "/coproduce new")
    form = tab.locator("dialog[data-form]")
    await look.at("2 what")
    await hands.told(tab, "keep", form.locator("[data-next-step]").click)
    await expect(form.locator("[data-errors]")).to_be_visible()
    await look.at("3 what is missing")
    await hands.fills(
        tab, {"service": "Repairs", "proposal": "On the phone.", "still_open": "The rest.", **world.people.round_}
    )
    await hands.told(tab, "keep", form.locator("[data-next-step]").click)
    await expect(tab.locator("dialog[data-at='1']")).to_be_visible()
    await look.at("4 who")
    assert not look.found, "\n".join(look.found)


@states()
async def test_nothing_is_found_in_what_has_been_revealed(
    world: World, context: BrowserContext, picture: Picture, state: State
) -> None:
    await world.open_round()
    for who in world.people.everybody:
        await world.answer(who)
    tab = await world.visit(context, ORGANISER, "place")
    look = Looking(tab, state, picture)
    await world.team.reveal()
    pages = tab.locator("[data-place=place] [data-replies] article[data-kind=page]")
    await expect(pages).to_have_count(len(world.people.everybody))
    await look.at("1 revealed")
    await pages.first.scroll_into_view_if_needed()
    await look.at("2 voices")
    await tab.locator("a[data-file][data-opens-report]").first.click()
    await expect(tab.locator("dialog[data-report] iframe")).to_be_visible()
    await look.at("3 report")
    await hands.leaves_dialogs(tab)
    await hands.goes_to(tab, "inbox")
    await look.at("4 inbox")
    assert not look.found, "\n".join(look.found)
