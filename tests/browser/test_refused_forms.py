"""What somebody is told in a form that the bot turns down for none of its boxes."""

from __future__ import annotations

import asyncio

from playwright.async_api import BrowserContext, Route, expect

from tests.browser import hands
from tests.browser.world import World
from tests.contract.chat import ORGANISER


async def test_words_for_a_round_that_was_called_off_meanwhile_are_refused_in_the_form_itself(
    world: World, context: BrowserContext
) -> None:
    await world.open_round()
    tab = await world.visit(context, world.people.frontline[0])
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    form = tab.locator("dialog[data-form][open]")
    await form.locator("[name=personal]").fill("Too late for this")
    await world.team.chat.command(ORGANISER, f"cancel {world.team.code}")
    await world.team.chat.press(ORGANISER, "confirm", "cancel")
    await hands.told(tab, "fill", form.locator(".form-buttons [type=submit]").first.click)
    await expect(form.locator("[data-problem]")).to_be_visible()
    await expect(form.locator("[data-problem]")).to_contain_text("The round has closed")
    await expect(form.locator("[name=personal]")).to_have_value("Too late for this")
    await hands.told(tab, "keep", lambda: tab.keyboard.press("Escape"))
    await tab.keyboard.press("Escape")
    await expect(form).to_have_count(0)


async def test_a_form_whose_words_are_on_their_way_is_left_by_no_second_escape(
    world: World, context: BrowserContext
) -> None:
    await world.open_round()
    tab = await world.visit(context, world.people.frontline[0])
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    form = tab.locator("dialog[data-form][open]")
    await form.locator("[name=personal]").fill("On its way")
    left: list[str] = []
    let_go = asyncio.Event()

    async def slowly(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await tab.route("**/keep", slowly)
    tab.on("request", lambda request: left.append(request.url) if request.url.endswith("/leave") else None)
    for _ in range(3):
        await tab.keyboard.press("Escape")
    await expect(form.locator("[name=personal]")).to_have_value("On its way")
    assert not left
    let_go.set()
    await expect(form).to_have_count(0)
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    await expect(form.locator("[name=personal]")).to_have_value("On its way")
