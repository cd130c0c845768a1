"""The page under the hands of people who come with other needs: no script, no mouse, many tabs, much to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from bot.messages import MessageKind, PostKey
from tests.adapters.playground import playing, post
from tests.browser import hands
from tests.browser.conftest import NewContext
from tests.browser.desk import QuietDesk
from tests.browser.served import serving_page
from tests.browser.watching import GOES_AWAY, Watch
from tests.browser.world import World
from tests.contract.chat import FRONTLINE, ORGANISER

FAY = FRONTLINE[0]
VOICES = 200


async def test_without_javascript_the_page_says_what_it_needs(world: World, new_context: NewContext) -> None:
    context = await new_context(java_script_enabled=False)
    await world.open_round()
    tab = await context.new_page()
    await tab.goto(world.served.of(world.id(FAY)))
    needs = tab.locator("noscript p")
    await expect(needs).to_be_visible()
    await expect(needs).to_contain_text("JavaScript")
    await expect(needs).to_contain_text("coproduce play --until-revealed")
    await expect(tab.locator("article[data-kind=question]")).to_be_visible()


async def test_what_is_typed_outlives_the_server(world: World, context: BrowserContext, watch: Watch) -> None:
    """It ends under an open page and comes back at the same address; the chat and the bot start anew as well."""
    await world.open_round()
    tab = await world.visit(context, FAY)
    await tab.locator("[data-composer] textarea").fill("Half a sentence")
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    await hands.fills(tab, {"personal": "Written before", "barriers": "One\nTwo"})
    watch.allow(*GOES_AWAY)
    port = world.served.port
    await world.served.stop()
    away = tab.locator("[data-connection]")
    await expect(away).to_be_visible()
    await hands.fills(tab, {"others": "Written while it was away"})
    await world.chat.restart()
    await world.serve(port)
    await expect(away).to_be_hidden()
    form = tab.locator("dialog[data-form]")
    await expect(form.locator("[data-box=personal] textarea")).to_have_value("Written before")
    await expect(form.locator("[data-box=others] textarea")).to_have_value("Written while it was away")
    await expect(tab.locator("[data-composer] textarea")).to_have_value("Half a sentence")
    await hands.fills_and_submits(tab, {})
    await expect(form.locator("[data-box=receipt]")).to_be_visible()
    await world.team.reveal()
    assert "Written while it was away" in "\n".join(world.team.pages())


async def test_a_press_while_the_server_is_away_says_so_and_can_be_pressed_again(
    world: World, context: BrowserContext, watch: Watch
) -> None:
    await world.open_round()
    tab = await world.visit(context, FAY)
    watch.allow(*GOES_AWAY)
    port = world.served.port
    await world.served.stop()
    answer = tab.locator("article[data-kind=question] button[data-control*=':answer:']")
    await answer.click()
    await expect(tab.locator("article[data-kind=question] [role=alert]")).to_be_visible()
    await world.serve(port)
    await expect(tab.locator("[data-connection]")).to_be_hidden()
    await answer.click()
    await expect(tab.locator("dialog[data-form]")).to_be_visible()


async def test_ten_tabs_of_one_browser_all_work(world: World, context: BrowserContext) -> None:
    """A browser lets six connections to one address stand open; a tab that nobody looks at needs none."""
    await world.open_round()
    tabs: list[Page] = []
    for who in (*world.people.everybody, ORGANISER, FAY):
        tab = await context.new_page()
        await looks_away(context, *tabs)
        await tab.goto(world.served.of(world.id(who)))
        tabs.append(tab)
    for tab in reversed(tabs):
        await looks_away(context, *(one for one in tabs if one is not tab))
        await looks_at(context, tab)
        await hands.sends(tab, "inbox", "/coproduce home")


async def looks_away(context: BrowserContext, *tabs: Page) -> None:
    for tab in tabs:
        await _shown(tab, is_shown=False)


async def looks_at(context: BrowserContext, tab: Page) -> None:
    await tab.bring_to_front()
    await _shown(tab, is_shown=True)


async def _shown(tab: Page, *, is_shown: bool) -> None:
    """A browser without a window shows all its tabs: so the page is told."""
    await tab.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        not is_shown,
    )


WORDS = "I would have to plan my whole week around it, and nobody has asked me when I sleep. " * 9

SLOW_TASKS = """
window.slow = [];
new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((one) => Math.round(one.duration))))
  .observe({type: "longtask"});
"""

LAID_OUT = """
() => [...document.querySelectorAll("[data-replies] article p")]
  .filter((one) => one.checkVisibility({contentVisibilityAuto: true})).length
"""


async def test_200_voices_arrive_and_scroll_smoothly(
    context: BrowserContext, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Only what is near the window is laid out: at the top, at the end and between."""
    await context.add_init_script(SLOW_TASKS)
    async with (
        playing(tmp_path) as scene,
        serving_page(scene.chat.socket, QuietDesk(first="ann", place="C1")) as served,
    ):
        tab = await context.new_page()
        await tab.goto(f"{served.of('ann')}&place=C1")
        to = scene.channel("repairs")
        head = await scene.platform.post(post("Opening", MessageKind.HEADLINE), to, PostKey("head"))
        for at in range(VOICES):
            await scene.platform.post(post(f"Voice {at + 1}. {WORDS}"), to, PostKey(f"voice {at}"), thread=head)
        voices = tab.locator("[data-replies] article[data-kind=page]")
        await expect(voices).to_have_count(VOICES, timeout=20_000)
        for at in (0, VOICES // 2, VOICES - 1, 3):
            await voices.nth(at).focus()  # a browser brings into sight what has the focus
            await expect(voices.nth(at)).to_be_in_viewport()
            assert await tab.evaluate(LAID_OUT) < VOICES / 4
        for _ in range(30):
            await tab.mouse.wheel(0, 500)
        record_property("slow tasks, ms", await tab.evaluate("window.slow"))
