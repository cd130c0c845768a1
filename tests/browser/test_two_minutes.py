"""A newcomer's first two minutes in a browser, with `coproduce play` as a process of its own.

`make pictures` takes the README's pictures on this way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, ViewportSize, expect

from tests.acceptance.page_played import served
from tests.browser import axe, hands
from tests.browser.states import DESKTOP, PHONE, State, states
from tests.browser.watching import GOES_AWAY, Watch

pytestmark = [pytest.mark.process, pytest.mark.slow]

SMALL = {"desktop": ViewportSize(width=1100, height=640)}
"""Of the README's pictures: under 150 kB each."""

HALF_WRITTEN = re.compile(r"^I am a nurse on nights\.")
RECEIPT = re.compile(r"^([2-9A-Z]{4}-){3}[2-9A-Z]{4}$")
Shown = Callable[..., Awaitable[None]]
MINE = "We would miss the quiet quarter of an hour."

IN_THE_README = {"desktop": ("answer", "organiser", "held", "reveal"), "phone": ("phone",)}


async def guided(tab: Page, what: str) -> Locator:
    """Something of the guide, which is a drawer where the page is narrow."""
    found = tab.locator(f"aside[data-guide] {what}").first
    if not await found.is_visible():
        await tab.locator('[data-drawer="guide"]').click()
    await expect(found).to_be_visible()
    return found


@states(DESKTOP, PHONE)
async def test_in_two_minutes_one_has_been_stakeholder_organiser_and_reader(
    context: BrowserContext,
    watch: Watch,
    tmp_path: Path,
    state: State,
    shown: Shown,
) -> None:
    async with served(tmp_path) as playing:
        tab = await context.new_page()
        await tab.goto(playing.address)
        assert "token" not in tab.url
        await finishes_the_answer(tab, shown)
        await is_the_organiser(tab, shown)
        await sees_what_the_server_holds(tab, shown)
        await jumps_to_the_deadline(tab, shown, is_phone=state is PHONE)
        await starts_a_round(tab)
        watch.allow(*GOES_AWAY)
        assert await playing.end() == 0  # with the page open


async def finishes_the_answer(tab: Page, shown: Shown) -> None:
    await (await guided(tab, "[data-step=answer] button[data-control]")).click()
    form = tab.locator("dialog[data-form]")
    await expect(form.locator("[data-box=personal] textarea")).to_have_value(HALF_WRITTEN)
    await hands.fills(tab, {"others": MINE})
    await shown(tab, "answer")
    await hands.fills_and_submits(tab, {})
    await expect(form.locator("[data-box=receipt] input")).to_have_value(RECEIPT)
    await hands.leaves_dialogs(tab)
    await expect(tab.locator("[data-step=answer]")).to_have_attribute("data-done", "")


async def is_the_organiser(tab: Page, shown: Shown) -> None:
    await (await guided(tab, "[data-step=organiser] a")).click()
    await expect(await guided(tab, "[data-step=organiser]")).to_contain_text("7 of 9 have answered; you can read none.")
    assert MINE not in await tab.content()
    await shown(tab, "organiser", tab.locator("article[data-kind=status]").last)


async def sees_what_the_server_holds(tab: Page, shown: Shown) -> None:
    await (await guided(tab, "[data-step=held] button")).click()
    held = tab.locator("dialog[data-held]")
    await expect(held.locator("[data-sealed]").first).to_be_visible()
    await held.locator("input").fill("quiet quarter")
    await held.locator("input").press("Enter")
    await expect(held).to_contain_text("is not there")
    await shown(tab, "held")
    assert await axe.finds(tab) == []
    await hands.leaves_dialogs(tab)


async def jumps_to_the_deadline(tab: Page, shown: Shown, *, is_phone: bool) -> None:
    await (await guided(tab, "[data-clock-do=deadline]")).click()
    voices = tab.locator("[data-replies] article[data-kind=page]")
    await expect(voices.filter(has_text=MINE)).to_be_visible(timeout=20_000)
    await expect(voices).to_have_count(8)
    await expect(tab.locator("[data-opens-report]")).to_be_visible()
    await voices.first.scroll_into_view_if_needed()
    await shown(tab, "phone" if is_phone else "reveal", voices.nth(2))
    await tab.locator("[data-opens-report]").click()
    report = tab.frame_locator("dialog[data-report] iframe")
    await expect(report.get_by_text(MINE).first).to_be_visible()
    await hands.leaves_dialogs(tab)


async def starts_a_round(tab: Page) -> None:
    await (await guided(tab, "[data-command]")).click()
    await expect(tab.locator("dialog[data-form] form[data-kind=setup]")).to_be_visible()


@pytest.fixture
def shown(state: State, picture: Callable[[Page, str], Awaitable[Path | None]]) -> Shown:
    """Takes the README's pictures, where `COPRODUCE_README_PICTURES` names their folder."""

    async def take(tab: Page, name: str, at: Locator | None = None) -> None:
        await picture(tab, name)
        folder = os.environ.get("COPRODUCE_README_PICTURES")
        if folder and name in IN_THE_README.get(state.name, ()):
            was = tab.viewport_size
            assert was is not None
            await tab.set_viewport_size(SMALL.get(state.name, was))
            if at is not None:
                await at.evaluate("(one) => one.scrollIntoView({block: 'start'})")
            await tab.screenshot(path=Path(folder) / f"play-{name}.png", animations="disabled")
            await tab.set_viewport_size(was)

    return take


async def test_a_page_stays_open_while_everything_is_started_anew(
    context: BrowserContext, watch: Watch, tmp_path: Path
) -> None:
    """The chat, the bot and the page's server are killed; another day goes on at the same address."""
    tab = await context.new_page()
    async with served(tmp_path, "--db", "play.db") as playing:
        await tab.goto(playing.address)
        await (await guided(tab, "[data-step=answer] button[data-control]")).click()
        await expect(tab.locator("[data-box=personal] textarea")).to_have_value(HALF_WRITTEN)
        await hands.fills(tab, {"others": MINE})
        watch.allow(*GOES_AWAY)
        playing.process.kill()
        await expect(tab.locator("[data-connection]")).to_be_visible()
    async with served(tmp_path, "--db", "play.db", "--port", playing.base.rpartition(":")[2]):
        await expect(tab.locator("[data-connection]")).to_be_hidden(timeout=30_000)
        await expect(tab.locator("[data-box=others] textarea")).to_have_value(MINE)
        await hands.fills_and_submits(tab, {})
        await expect(tab.locator("[data-box=receipt] input")).to_have_value(RECEIPT)
        await hands.leaves_dialogs(tab)
        await expect(tab.locator("[data-step=answer]")).to_have_attribute("data-done", "")
        await tab.close()
