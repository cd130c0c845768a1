"""The tools of these tests themselves: each rule that fails a test is seen failing one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser import axe
from tests.browser.chromium import MISSING, found, needed
from tests.browser.own_pages import page, serving
from tests.browser.states import CONTRAST, DARK, PHONE, State, states
from tests.browser.watching import Watch

SCRIPT = Path(__file__).parent.parent.parent / ".ci/chromium"

COMES_WITH_IT = (
    "^console error: (Failed to load|Fetch API|Refused|Content|Executing|Applying|Loading|Connecting|WebSocket)",
    "^failed: ",
    "^error in a script: Failed to fetch",
)

TINY = "<button class='tiny'>a</button>"

GOOD = page("<main><h1>All is well</h1><p>Nothing to see.</p></main>")


async def test_a_good_page_brings_no_complaint(tab: Page, watch: Watch) -> None:
    async with serving({"/": GOOD}) as address:
        await tab.goto(address)
        assert await axe.finds(tab) == []
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("body", "script", "complaint"),
    [
        ("", "console.error('lost')", r"^console error: lost"),
        ("", "console.warn('odd')", r"^console warning: odd"),
        ("", "nothing.there()", r"^error in a script: .*nothing is not defined"),
        ("", "Promise.reject(new Error('late'))", r"^error in a script: .*late"),
        ("<script>let a = 1</script>", "", r"Content Security Policy: script-src-elem forbids inline"),
        ("<p style='color: red'>Red</p>", "", r"Content Security Policy: style-src-attr forbids inline"),
        ("", "fetch('http://192.0.2.1/').catch(() => 0)", r"Content Security Policy: connect-src"),
        ("", "fetch('/not-there')", r"^failed: GET /not-there 404"),
        ("<img src='/no.png' alt=''>", "", r"^failed: GET /no.png 404"),
    ],
)
async def test_what_no_page_may_do_is_a_complaint(
    tab: Page, watch: Watch, body: str, script: str, complaint: str
) -> None:
    head = '<script src="/own.js" defer></script>'
    async with serving({"/": page(body, head=head), "/own.js": script}) as address:
        watch.allow(*COMES_WITH_IT)
        async with watch.expecting(complaint):
            await tab.goto(address)


@pytest.mark.parametrize(
    "script",
    [
        "fetch('http://example.org/')",
        "new WebSocket('ws://example.org/')",
        "Object.assign(new Image(), {src: 'http://192.0.2.1/a.png'})",
        "navigator.sendBeacon('http://example.org/', 'x')",
        "new EventSource('http://example.org/')",
    ],
)
async def test_whoever_else_is_asked_is_a_complaint_where_no_policy_forbids_it(
    tab: Page, watch: Watch, script: str
) -> None:
    head = '<script src="/own.js" defer></script>'
    async with serving({"/": page("", head=head), "/own.js": script}, policy=None) as address:
        watch.allow(*COMES_WITH_IT)
        async with watch.expecting("^asked somebody else: .*(example.org|192.0.2.1)"):
            await tab.goto(address)


async def test_a_server_that_is_gone_is_a_complaint(tab: Page, watch: Watch) -> None:
    async with serving({"/": GOOD}) as address:
        await tab.goto(address)
    watch.allow(*COMES_WITH_IT)
    async with watch.expecting("^failed: GET /again net::"):
        await tab.evaluate("fetch('/again').catch(() => 0)")


async def test_what_is_expected_and_does_not_come_is_a_complaint(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.browser.watching.PATIENCE", 0.0)
    with pytest.raises(AssertionError, match="expected, and not seen"):
        async with watch.expecting("never"):
            pass


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<main><h1>Box</h1><input></main>", "label"),
        ("<main><h1>Grey</h1><p class='pale'>Hardly to be read</p></main>", "color-contrast"),
        ("<h1>Nowhere</h1>", "region"),
        (
            "<main><h1>Small</h1><p><button class='tiny'>a</button><button class='tiny'>b</button></p></main>",
            "target-size",
        ),
    ],
)
async def test_what_breaks_a_rule_of_accessibility_is_found(tab: Page, body: str, rule: str) -> None:
    style = "<style>.pale {color: #aaa} .tiny {width: 10px; height: 10px; padding: 0; border: 0}</style>"
    async with serving({"/": page(body, head=style)}, policy=None) as address:
        await tab.goto(address)
        assert [one for one in await axe.finds(tab) if one.startswith(f"{rule}:")]


@states(PHONE, DARK, CONTRAST)
async def test_a_state_is_what_the_page_is_told(
    tab: Page,
    state: State,
    picture: Callable[[Page], Awaitable[Path | None]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asks = {
        "phone": "(max-width: 400px)",
        "dark": "(prefers-color-scheme: dark)",
        "contrast": "(forced-colors: active)",
    }
    async with serving({"/": GOOD}) as address:
        await tab.goto(address)
        told = {name: await tab.evaluate(f"matchMedia('{query}').matches") for name, query in asks.items()}
        assert told == {name: name == state.name for name in asks}
        monkeypatch.delenv("COPRODUCE_PICTURES", raising=False)
        assert await picture(tab) is None
        monkeypatch.setenv("COPRODUCE_PICTURES", str(tmp_path))
        taken = await picture(tab)
    assert taken is not None
    assert state.name in taken.name
    assert taken.stat().st_size > 0


def test_without_a_browser_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("COPRODUCE_TEST_CHROMIUM", raising=False)
    monkeypatch.delenv("COPRODUCE_TEST_BROWSER", raising=False)
    found.cache_clear()
    try:
        with pytest.raises(pytest.skip.Exception, match="install Debian's chromium"):
            needed()
        monkeypatch.setenv("COPRODUCE_TEST_BROWSER", "required")
        with pytest.raises(pytest.fail.Exception) as failed:
            needed()
        assert str(failed.value) == MISSING
    finally:
        found.cache_clear()


@pytest.mark.parametrize(
    ("apt_get", "required", "code", "sentence"),
    [
        (None, "", 0, ""),
        (None, "required", 1, "only root can install one"),
        ("exit 1", "", 0, "apt-get could not install it"),
        ("exit 1", "required", 1, "cannot run"),
        ("exit 0", "required", 0, "installing chromium and two fonts"),
    ],
)
def test_the_browser_is_installed_where_it_can_be(
    tmp_path: Path, apt_get: str | None, required: str, code: int, sentence: str
) -> None:
    tools = ["sh", "id", "mktemp", "rm", "tail"]
    for name in tools:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    for name, does in {"apt-get": apt_get, "id": "echo 0"}.items():
        if does is not None:
            (tmp_path / name).unlink(missing_ok=True)
            (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
            (tmp_path / name).chmod(0o755)
    env = {"PATH": str(tmp_path), "COPRODUCE_TEST_BROWSER": required}
    done = subprocess.run(["/bin/sh", str(SCRIPT)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert sentence in done.stdout + done.stderr
    assert bool(done.stdout + done.stderr) == bool(sentence)
