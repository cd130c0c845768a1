"""Every form of the product as the room of the pages draws it: looked at by axe, worked by hand, without a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

from playwright.async_api import Page

from adapters.html.forms import Step, Submit, filled, form_html
from adapters.html.shapes import Sheet
from bot.text import Texts
from tests.browser import axe
from tests.browser.conftest import NewContext
from tests.browser.own_pages import page, serving
from tests.browser.states import State, states
from tests.unit.test_html_forms import LONDON, OPTIONS, box, every_form, of_product, says, sheet

STATIC = Path(__file__).parent.parent.parent / "adapters/html/static"
LOOK = '<link rel="stylesheet" href="/forms.css"><link rel="stylesheet" href="/page.css">'
SCRIPT = '<script type="module" src="/page.js"></script>'
WHAT = Step(name="what", title="1 of 3: What", boxes=("service", "proposal"))
KEEP = Submit(name="do", value="keep", label="Keep for later")

Picture = Callable[..., Awaitable[Path]]


def pages(*sheets: Sheet, is_rtl: bool = False) -> dict[str, str]:
    """All forms on one page."""
    drawn = "\n".join(
        form_html(
            one,
            LONDON,
            action="/sent",
            texts=Texts.load(),
            options=OPTIONS,
            buttons=[KEEP] if one.kind in ("setup", "answer") else [],
            steps=[Step(name="what", title="1 of 3: What", boxes=("service", "proposal"))]
            if one.kind == "setup"
            else [],
            scope=f"f{at}",
        )
        for at, one in enumerate(sheets)
    )
    direction = "rtl" if is_rtl else "ltr"
    return {
        "/": page(f'<main dir="{direction}"><h1>Forms</h1>{drawn}</main>', head=LOOK + SCRIPT),
        "/sent": page("<main><h1>Sent</h1></main>"),
        "/page.js": "import { enhance } from './forms.js'; enhance(document);",
        "/page.css": "body { background: var(--form-paper); color: var(--form-ink); }",
        **{f"/{path.name}": path.read_text(encoding="utf-8") for path in STATIC.iterdir()},
    }


def in_hebrew(shown: Sheet) -> Sheet:
    label, hint = says("מה ישתנה בשבילך?"), says("דוגמה: שבוע רגיל (10).")
    boxes = (replace(one, label=label, hint=hint, error=("חסר",) if one.error else ()) for one in shown.boxes)
    return replace(shown, locale="he", boxes=tuple(boxes))


@states()
async def test_axe_finds_nothing_on_any_form_and_none_is_wider_than_its_window(
    tab: Page, state: State, picture: Picture
) -> None:
    sheets = [replace(of_product(form), title=(name,)) for name, form in every_form().items()]
    sheets = [in_hebrew(one) for one in sheets] if state.is_rtl else sheets
    async with serving(pages(*sheets, is_rtl=state.is_rtl)) as address:
        await tab.goto(address)
        await picture(tab)
        assert not await axe.finds(tab)
        assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_what_is_wrong_takes_the_focus_and_leads_to_its_box(tab: Page) -> None:
    shown = sheet(box("text", name="a", error=("Too long.",)), box("people", name="b", error=("Name somebody.",)))
    async with serving(pages(shown)) as address:
        await tab.goto(address)
        assert await tab.evaluate("document.activeElement.matches('[data-errors]')")
        await tab.get_by_role("link", name="Name somebody.").press("Enter")
        await tab.keyboard.press("Tab")  # from where the link led, to what comes next there
        assert await tab.evaluate("document.activeElement.name") == "b"
        box_ = tab.get_by_role("textbox", name="What is it?")
        assert await box_.evaluate("one => one.getAttribute('aria-invalid')") == "true"


async def test_characters_are_counted_as_the_engine_counts_them(tab: Page) -> None:
    async with serving(pages(sheet(box("text", longest=20)))) as address:
        await tab.goto(address)
        written, told = tab.get_by_role("textbox"), tab.locator(".form-limit")
        assert not await told.is_visible()
        await written.fill("🙂" * 18 + "\n")
        assert await told.inner_text() == "Characters left: 1"
        await written.fill("🙂" * 22)
        assert await told.inner_text() == "Characters too many: 2"
        await tab.get_by_role("status").get_by_text("Characters too many: 2").wait_for(state="attached")
        assert await written.input_value() == "🙂" * 22  # nothing is cut off


async def test_a_form_works_without_a_script(new_context: NewContext) -> None:
    tab = await (await new_context(java_script_enabled=False)).new_page()
    shown = sheet(
        box("line", name="line", label=says("A line")),
        box("text", name="text", label=says("A text"), values=("\nabove",), longest=20),
        box("people", name="people", label=says("People"), values=("ann",)),
        box("channel", name="channel", label=says("A channel"), values=("C1",)),
    )
    async with serving(pages(shown)) as address:
        await tab.goto(address)
        assert await tab.get_by_text("At most 20 characters.").is_visible()
        await tab.get_by_label("A text").fill("\nabove\nbelow")
        await tab.get_by_role("checkbox", name="Ann").uncheck()
        await tab.get_by_label("A channel").select_option(label="#general")
        await tab.get_by_label("A line").fill("שלום & <b>")
        async with tab.expect_request("**/sent") as told:
            await tab.get_by_label("A line").press("Enter")
        request = await told.value
        fields = filled(parse_qsl(request.post_data or "", keep_blank_values=True))
        assert fields == {"line": ("שלום & <b>",), "text": ("\nabove\nbelow",), "people": (), "channel": ("C2",)}
