"""What the page does with focus, scrolling and speech, and with words that are typed but not sent."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser import hands
from tests.browser.conftest import NewContext
from tests.browser.desk import QuietDesk
from tests.browser.watching import Watch
from tests.browser.world import World
from tests.contract.chat import ORGANISER

SPOKEN = "[...document.querySelectorAll('[data-live] p')].map((one) => one.textContent)"
SAY = """
async ([person, texts]) => {
  for (const text of texts) {
    const body = new URLSearchParams({ channel: "place", text });
    await fetch(`/as/${person}/say`, { method: "POST", body });
  }
}
"""


async def _form(tab: Page, world: World) -> Locator:
    await hands.presses(tab, f"coproduce:answer:{world.team.code}")
    return tab.locator("dialog[data-form][open]")


async def test_a_form_takes_the_focus_and_gives_it_back_and_escape_keeps_the_words(
    world: World, context: BrowserContext
) -> None:
    await world.open_round()
    tab = await world.visit(context, world.people.frontline[0])
    form = await _form(tab, world)
    await expect(form.locator(".form-title")).to_be_focused()
    await form.locator("[name=personal]").fill("Half a sentence")
    await tab.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await expect(tab.locator(f'button[data-control="coproduce:answer:{world.team.code}"]').last).to_be_focused()
    form = await _form(tab, world)
    await expect(form.locator("[name=personal]")).to_have_value("Half a sentence")
    await form.locator("button[data-close]").click()
    await hands.sends(tab, "inbox", "/coproduce help")
    await expect(tab.locator("[data-place=inbox] article[data-ephemeral]").last).to_be_focused()


async def test_words_typed_while_the_server_is_away_stand_and_can_be_sent_when_it_is_back(
    world: World, context: BrowserContext, watch: Watch
) -> None:
    await world.open_round()
    who = world.people.frontline[0]
    tab = await world.visit(context, who)
    await tab.locator("[data-composer] textarea").fill("for later")
    form = await _form(tab, world)
    await form.locator("[name=personal]").fill("Typed before it went")
    watch.allow("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
    port = int(world.served.address.rpartition(":")[2])
    await world.served.stop()
    away = tab.locator("[data-connection]")
    await expect(away).to_be_visible()
    await form.locator(".form-buttons [type=submit]").first.click()
    await expect(form.locator("[data-problem]")).to_be_visible()
    await expect(form.locator("[name=personal]")).to_have_value("Typed before it went")
    await world.served.start(world.chat.socket, QuietDesk(first=world.id(who), place="place"), port)
    await expect(away).to_be_hidden()
    await hands.told(tab, "fill", form.locator(".form-buttons [type=submit]").first.click)
    await expect(tab.locator("dialog[data-form] input[readonly]")).to_be_visible()
    await expect(tab.locator("[data-composer] textarea")).to_have_value("for later")


async def test_what_arrives_moves_only_those_who_are_at_the_end(world: World, new_context: NewContext) -> None:
    reader = await world.visit(await new_context(), world.people.citizens[0], "place")
    writer = await world.visit(await new_context(), ORGANISER, "place")
    said = [f"Line {n}" for n in range(20)]
    await writer.evaluate(SAY, [world.id(ORGANISER), said])
    articles = reader.locator("[data-place=place] article")
    await expect(articles).to_have_count(len(said))
    await expect(articles.last).to_be_in_viewport()
    below = reader.locator("[data-new-below]")
    await expect(below).to_be_hidden()
    await reader.mouse.move(680, 400)
    await reader.mouse.wheel(0, -5_000)
    await expect(articles.last).not_to_be_in_viewport()
    await writer.evaluate(SAY, [world.id(ORGANISER), ["One more"]])
    await expect(below).to_be_visible()
    await expect(articles.first).to_be_in_viewport()
    await below.click()
    await expect(articles.last).to_be_focused()
    await expect(articles.last).to_be_in_viewport()
    await expect(below).to_be_hidden()


async def test_each_new_message_is_spoken_once_with_who_and_where_and_a_changed_card_is_not(
    world: World, new_context: NewContext
) -> None:
    who = world.people.citizens[0]
    tab = await world.visit(await new_context(), who, "place")
    writer = await world.visit(await new_context(), ORGANISER, "place")
    await writer.evaluate(SAY, [world.id(ORGANISER), ["Good morning"]])
    await expect(tab.locator("[data-live] p")).to_have_count(1)
    (spoken,) = await tab.evaluate(SPOKEN)
    where = await tab.locator("[data-place=place] h2").inner_text()
    assert all(part in spoken for part in (where, ORGANISER, "Good morning")), spoken
    await world.open_round()
    await expect(tab.locator("[data-place=inbox] article")).to_have_count(1)
    await expect(tab.locator("[data-live] p")).to_have_count(3)  # the channel's and the question
    await world.answer(who)
    await world.team.a_moment()
    await expect(tab.locator("[data-place=inbox] article [data-said]")).to_contain_text("we have your answers")
    await expect(tab.locator("[data-live] p")).to_have_count(3)
    await writer.evaluate(SAY, [world.id(ORGANISER), [str(n) for n in range(9)]])
    # how many at a time is the machine's to say
    await expect(tab.locator("[data-live] p").filter(has_text="new messages").first).to_be_attached()


async def test_the_set_up_marks_only_what_has_been_asked_and_the_commands_are_shown_while_one_types(
    world: World, context: BrowserContext
) -> None:
    tab = await world.visit(context, ORGANISER, "place")
    box, hints = tab.locator("[data-composer] textarea"), tab.locator("[data-hint]:visible")
    await box.fill("/coproduce n")
    await expect(hints).to_have_count(1)
    await box.press("ArrowUp")
    await tab.keyboard.press("Enter")
    await expect(box).to_have_value("/coproduce new ")
    await hands.sends(tab, "place", "/coproduce new Repairs")
    form = tab.locator("dialog[data-form][open]")
    await hands.told(tab, "keep", form.locator("[data-next-step]").click)
    await expect(form.locator("[data-errors]")).to_be_focused()
    assert await form.locator(".form-wrong").evaluate_all("all => all.map((one) => one.dataset.box)") == ["proposal"]
    await hands.fills(tab, {"proposal": "On the phone.", "still_open": "The rest."})
    await hands.told(tab, "keep", form.locator("[data-next-step]").click)
    await expect(form.locator("[data-step=who]")).to_be_visible()
    await expect(form.locator(".form-wrong, [data-errors]")).to_have_count(0)
    await form.locator("[data-back-step]").click()
    await expect(form.locator("[name=proposal]")).to_have_value("On the phone.")


async def test_answers_are_read_one_after_the_other_in_one_place(world: World, context: BrowserContext) -> None:
    await world.open_round()
    await world.team.everybody_answers()
    tab = await world.visit(context, world.people.citizens[0], "place")
    await hands.leaves_dialogs(tab)
    await world.team.reveal()
    await expect(tab.locator("article[data-kind=report]")).to_have_count(1)
    await tab.locator(f'button[data-control^="coproduce:read:{world.team.code}"]').first.click()
    page = tab.locator("[data-place=place] article[data-ephemeral]")
    await expect(page).to_be_focused()
    await page.get_by_role("button", name="Just read").click()
    for n in (1, 2, 3):
        await expect(page.locator("[data-said]").last).to_contain_text(f"{n} of {len(world.people.everybody)}")
        await expect(page).to_have_count(1)
        await expect(page).to_be_focused()
        await expect(page).to_be_in_viewport()
        await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("button", name="Back").last).to_be_visible()
    await expect(page).to_have_count(1)


async def test_the_clock_on_the_page_goes_on_by_itself(world: World, context: BrowserContext) -> None:
    await context.clock.install()
    tab = await world.visit(context, ORGANISER)
    shown = tab.locator("[data-now]")
    before = await shown.inner_text()
    await context.clock.run_for(120_000)
    assert await shown.inner_text() == before  # it stands
    await shown.evaluate("one => { one.dataset.rate = '60'; }")
    await context.clock.run_for(60_000)
    await expect(shown).not_to_have_text(before)
