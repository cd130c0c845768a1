"""A whole round by the keyboard alone, and what a screen reader is given."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from tests.browser import hands
from tests.browser.world import World
from tests.contract.chat import CITIZENS, FRONTLINE, LEADERS, ORGANISER

FAY = FRONTLINE[0]
TREES = Path(__file__).parent / "trees"

FOCUSED = """
(wanted) => {
  const one = document.activeElement;
  const bare = one === document.body || one === document.documentElement;
  const is_it = !bare && one.matches(wanted);
  return {is_it, name: one.outerHTML.slice(0, 120), is_seen: bare || one.checkVisibility()};
}
"""


async def tabs_to(tab: Page, wanted: str, key: str = "Tab") -> None:
    """Presses Tab until the focus is there. Wherever it comes by, it is seen."""
    for _ in range(120):
        at = await tab.evaluate(FOCUSED, wanted)
        assert at["is_seen"], f"the focus is on something that is not seen: {at['name']}"
        if at["is_it"]:
            return
        await tab.keyboard.press(key)
    raise AssertionError(f"Tab does not come to {wanted}")


async def writes(tab: Page, box: str, text: str) -> None:
    await tabs_to(tab, f'[data-box="{box}"] input, [data-box="{box}"] textarea')
    await tab.keyboard.insert_text(text)


async def ticks(tab: Page, box: str, *names: str) -> None:
    for name in names:
        id = await tab.locator(f'[data-box="{box}"] label', has_text=name).get_attribute("for")
        await tabs_to(tab, f'[id="{id}"]')
        await tab.keyboard.press("Space")


async def goes_on(tab: Page, at: int) -> None:
    """The next step of the set-up, which begins at its heading."""
    await tabs_to(tab, "[data-next-step]")
    await tab.keyboard.press("Enter")
    await expect(tab.locator(f'dialog[data-at="{at}"]')).to_be_visible()
    assert await tab.evaluate("document.activeElement.closest('dialog') !== null")


async def test_a_whole_round_by_the_keyboard_alone(world: World, context: BrowserContext) -> None:
    sam = await world.visit(context, ORGANISER, "place")
    await tabs_to(sam, "[data-composer] textarea")
    await sam.keyboard.type("/coproduce new")
    await sam.keyboard.press("Enter")
    await expect(sam.locator("dialog[data-form]")).to_be_visible()
    await writes(sam, "service", "Repairs online")
    await writes(sam, "proposal", "Report repairs on your phone.")
    await writes(sam, "still_open", "The rest.")
    await goes_on(sam, 1)
    await ticks(sam, "leaders", LEADERS[0])
    await ticks(sam, "frontline", *FRONTLINE)
    await ticks(sam, "citizens", *CITIZENS)
    await goes_on(sam, 2)
    await writes(sam, "closes_at", "in 3 days")
    await tabs_to(sam, ".form-buttons [type=submit]:not([name])")
    await sam.keyboard.press("Enter")
    await expect(sam.locator("dialog[data-form]")).to_have_count(0)
    await world.chat.settle()
    await expect(sam.locator("article[data-kind=preview]")).to_be_attached()
    await tabs_to(sam, '[data-open-place="inbox"]', "Shift+Tab")
    await sam.keyboard.press("Enter")
    await tabs_to(sam, 'button[data-control^="coproduce:open:"]')
    await sam.keyboard.press("Enter")
    await expect(sam.locator("article[data-ephemeral]").last).to_be_focused()
    await world.chat.settle()

    fay = await world.visit(context, FAY)
    await tabs_to(fay, 'button[data-control^="coproduce:answer:"]')
    await fay.keyboard.press("Enter")
    await expect(fay.locator("dialog[data-form]")).to_be_visible()
    await writes(fay, "personal", "By keyboard.")
    await fay.keyboard.press("Escape")  # keeps what was typed, and goes back to the button
    await expect(fay.locator("dialog[data-form]")).to_have_count(0)
    await tabs_to(fay, 'button[data-control^="coproduce:answer:"]')
    await fay.keyboard.press("Enter")
    await expect(fay.locator("[data-box=personal] textarea")).to_have_value("By keyboard.")
    await tabs_to(fay, ".form-buttons [type=submit]:not([name])")
    await fay.keyboard.press("Enter")
    await expect(fay.locator("[data-box=receipt]")).to_be_visible()
    assert await fay.evaluate("document.activeElement.closest('dialog') !== null")
    await fay.keyboard.press("Escape")
    await expect(fay.locator("dialog[open]")).to_have_count(0)

    await world.chat.settle()
    await sam.keyboard.press("Escape")
    await tabs_to(sam, "[data-composer] textarea")
    await sam.keyboard.type("/coproduce close")
    await sam.keyboard.press("Enter")
    await expect(sam.locator("dialog[data-confirm]")).to_be_visible()
    await tabs_to(sam, "dialog[data-confirm] button[data-control]")
    await sam.keyboard.press("Enter")
    await expect(sam.locator("dialog[open]")).to_have_count(0)
    await world.team.a_moment()
    await expect(sam.locator("[data-replies] article[data-kind=page]")).to_contain_text("By keyboard.")


async def test_the_focus_stays_in_a_dialog_and_goes_back_to_what_opened_it(
    world: World, context: BrowserContext
) -> None:
    await world.open_round()
    tab = await world.visit(context, FAY)
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    for _ in range(25):
        await tab.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog[open]') !== null"
        assert await tab.evaluate(inside)
    await hands.leaves_dialogs(tab)
    await expect(tab.locator("article[data-kind=question] button[data-control*=':answer:']")).to_be_focused()


async def test_new_messages_are_spoken_once_and_take_no_focus(world: World, context: BrowserContext) -> None:
    tab = await world.visit(context, FAY)
    await tab.locator("[data-composer] textarea").fill("I am writing")
    await world.open_round()
    live = tab.locator("[data-live]")
    await expect(live).to_contain_text("Sam Reed asks what you think")
    assert (await live.inner_text()).count("Sam Reed asks what you think") == 1
    await expect(tab.locator("[data-composer] textarea")).to_be_focused()
    await expect(tab.locator("[data-composer] textarea")).to_have_value("I am writing")


async def test_what_a_screen_reader_is_given(world: World, context: BrowserContext) -> None:
    """The form of an answer with a mistake in it, and a revealed voice. Read through; a change is read through again.

    `COPRODUCE_TREES=1` writes them anew.
    """
    await world.open_round()
    tab = await world.visit(context, FAY)
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    await hands.fills_and_submits(tab, {"personal": "x" * 3_001})
    await hands.fills(tab, {"personal": "One line.\nAnother."})
    await _is_tree("answer_form", await tab.locator("dialog[data-form]").aria_snapshot())
    await hands.fills_and_submits(tab, {"others": "Others.", "intentions": "Money.", "barriers": "No signal\nNo time"})
    await hands.leaves_dialogs(tab)
    for who in world.people.everybody:
        if who != FAY:
            await world.answer(who)
    await hands.goes_to(tab, "place")
    await world.team.reveal()
    voice = tab.locator("[data-replies] article[data-kind=page]").filter(has_text="Another.")
    await _is_tree("voice", await voice.aria_snapshot())


async def _is_tree(name: str, tree: str) -> None:
    steady = re.sub(r"R-\w{4}", "R-CODE", re.sub(r"\d of \d", "N of 3", tree)) + "\n"
    path = TREES / f"{name}.txt"
    if os.environ.get("COPRODUCE_TREES"):
        path.write_text(steady, encoding="utf-8")
    assert steady == path.read_text(encoding="utf-8")
