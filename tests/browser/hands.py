"""Hands on a page: what somebody does with a mouse and a keyboard, and what the page's server answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from playwright.async_api import Locator, Page, Request, expect

_FORM = re.compile(r'data-form="([^"]+)"')

_OPTIONS = """
(box) => [...box.querySelectorAll("option, input[type=checkbox], input[type=radio]")].map((one) => ({
  value: one.value,
  label: (one.labels?.[0] ?? one).textContent.trim(),
  is_chosen: one.checked ?? one.selected,
  is_of_many: one.type === "checkbox",
}))
"""

Told = Mapping[str, Any]
"""What the server answered: `form`, `entry`, `error`."""


async def told(tab: Page, op: str, act: Callable[[], Awaitable[object]]) -> Told:
    """Does something that is sent to the server as `op`, and returns when its answer stands in the page."""
    await tab.evaluate('document.querySelectorAll("dialog[data-form]").forEach((one) => one.dataset.before = "")')
    async with tab.expect_response(lambda response: _is(response.request, op)) as waiting:
        await act()
    answer: Told = await (await waiting.value).json()
    if entry := answer["entry"]:
        await expect(tab.locator(f'article[data-entry="{entry["id"]}"]')).to_be_attached()
    elif answer["form"] and op != "keep":  # a form that was kept closes
        found = _FORM.search(answer["form"])
        assert found
        await expect(tab.locator(f'dialog[data-form="{found[1]}"]:not([data-before])')).to_be_visible()
    return answer


def _is(request: Request, op: str) -> bool:
    return request.method == "POST" and request.url.rpartition("/")[2] == op


async def goes_to(tab: Page, place: str) -> None:
    """Opens `inbox` or a channel, if it is not open."""
    if not await tab.locator(f'[data-place="{place}"]').is_visible():
        await leaves_dialogs(tab)
        link = tab.locator(f'[data-open-place="{place}"]').first
        if not await link.is_visible():  # a narrow page has its places in a drawer
            await tab.locator('[data-drawer="people"]').click()
        await link.click()
        await expect(tab.locator(f'[data-place="{place}"]')).to_be_visible()


async def leaves_dialogs(tab: Page) -> None:
    """By Escape, as people do."""
    while await tab.locator("dialog[open]").count():
        was = await tab.locator("dialog[open]").count()
        await tab.keyboard.press("Escape")
        await expect(tab.locator("dialog[open]")).to_have_count(was - 1)


async def presses(tab: Page, control: str) -> Told:
    """The last button of this id in the page, wherever it stands."""
    button = tab.locator(f'button[data-control="{control}"]').last
    if not await button.evaluate('one => one.closest("dialog") !== null'):  # once it is there: it may be on its way
        await leaves_dialogs(tab)
        if not await button.is_visible():
            place = await button.evaluate('one => one.closest("[data-place]")?.dataset.place ?? ""')
            await goes_to(tab, place)
    return await told(tab, "press", button.click)


async def sends(tab: Page, place: str, text: str) -> Told:
    """Writes into the composer of a place."""
    await leaves_dialogs(tab)
    await goes_to(tab, place)
    await tab.locator("[data-composer] textarea").fill(text)
    op = "command" if text.startswith("/") else "type" if place == "inbox" else "say"
    return await told(tab, op, lambda: tab.locator("[data-composer] textarea").press("Enter"))


async def fills(tab: Page, fields: Mapping[str, str | Sequence[str]]) -> None:
    """Writes into those boxes of the open form that are shown now. Choices are given by what stands beside them."""
    await expect(tab.locator("dialog[data-form][open]")).to_be_visible()
    for name, value in fields.items():
        box = tab.locator(f'dialog[data-form][open] [data-box="{name}"]')
        if await box.is_visible():
            await _fill(box, value)


async def _fill(box: Locator, value: str | Sequence[str]) -> None:
    wanted = [value] if isinstance(value, str) else list(value)
    options = await box.evaluate(_OPTIONS)
    if await box.locator("select").count():
        await box.locator("select").select_option([each["value"] for each in options if _is_meant(each, wanted)])
    elif options:
        choices = box.locator("input[type=checkbox], input[type=radio]")
        for at, each in enumerate(options):
            is_meant = _is_meant(each, wanted)
            if is_meant != each["is_chosen"] and (is_meant or each["is_of_many"]):
                await choices.nth(at).set_checked(is_meant)
    else:
        await box.locator("input:not([type=hidden]), textarea").fill("\n".join(wanted))


def _is_meant(option: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    return option["value"] in wanted or option["label"].lstrip("#") in wanted


async def fills_and_submits(tab: Page, fields: Mapping[str, str | Sequence[str]]) -> Told:
    """All steps of the form; its own button at the end. Stops at a step that is refused."""
    form = tab.locator("dialog[data-form][open]")
    while True:
        await fills(tab, fields)
        if not await form.locator("[data-next-step]").is_visible():
            return await told(tab, "fill", form.locator(".form-buttons [type=submit]:not([name])").click)
        at = int(await form.get_attribute("data-at") or 0)
        answer = await told(tab, "keep", form.locator("[data-next-step]").click)
        turned = tab.locator(f'dialog[data-at="{at + 1}"]')
        await expect(turned.or_(form.locator("[data-errors]"))).to_be_visible()
        if answer["error"] or not await turned.count():
            return answer


async def fills_and_keeps(tab: Page, fields: Mapping[str, str | Sequence[str]]) -> Told:
    await fills(tab, fields)
    form = tab.locator("dialog[data-form][open]")
    answer = await told(tab, "keep", form.locator("button[name=do][value=keep]").click)
    await expect(form).to_have_count(0)
    return answer
