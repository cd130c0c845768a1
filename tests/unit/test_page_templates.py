"""The templates and scripts of the playground's page: sentences come from the catalogue, and nothing stands inline."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "adapters/playground/page"
TEMPLATES = sorted((PAGE / "templates").glob("*.html"))
SCRIPTS = sorted((PAGE / "static").glob("*.js"))
TYPED = {"coproduce play --until-revealed", "/coproduce", "#"}
"""What is typed or drawn the same in each language."""

ASKED = re.compile(r"""\bt\(\s*["']([\w.]+)["'](\s*~)?""")
SAID = re.compile(r"""["'](?:playground\.)?([a-z_]+(?:\.[a-z_]+)*)["']""")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
BEGUN = re.compile(r"""f["'](?:playground\.)?([a-z_.]+\.)\{""")
READ_OUT = ("aria-label", "placeholder", "title", "alt")
PLURALS = {"zero", "one", "other", "plural"}


def _sentences(node: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, dict) and not value.keys() <= PLURALS:
            yield from _sentences(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


KEYS = set(_sentences(tomllib.loads((ROOT / "bot/locales/en.toml").read_text(encoding="utf-8"))["playground"]))


def _asked() -> Iterator[tuple[str, bool]]:
    """Key, and whether it only begins so."""
    for template in TEMPLATES:
        for key, goes_on in ASKED.findall(template.read_text(encoding="utf-8")):
            yield key, bool(goes_on)


class _Prose(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.prose: list[str] = []
        self.inline: list[str] = []

    def handle_data(self, data: str) -> None:
        if re.search(r"[A-Za-z#]", data) and data.strip() not in TYPED and self.get_starttag_text() is not None:
            self.prose.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
            if name in READ_OUT and re.search(r"[A-Za-z]", value or ""):
                self.prose.append(f"{name}: {value}")
        if tag == "style" or (tag == "script" and not {"src", "type"} & {name for name, _ in attrs}):
            self.inline.append(tag)


def _read(template: Path) -> _Prose:
    read = _Prose()
    read.feed(JINJA.sub("", template.read_text(encoding="utf-8").replace("{{ tag }}", "p")))
    return read


def test_every_sentence_that_the_page_asks_for_stands_in_the_catalogue() -> None:
    lost = [key for key, goes_on in _asked() if not (any(k.startswith(key) for k in KEYS) if goes_on else key in KEYS)]
    assert not lost


def test_every_sentence_of_the_page_is_asked_for() -> None:
    code = [path for room in ("adapters", "coproduce") for path in (ROOT / room).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in code]
    said = {key for text in texts for key in SAID.findall(text)}
    asked = [*_asked(), *((key, True) for text in texts for key in BEGUN.findall(text))]
    idle = [
        key
        for key in sorted(KEYS)
        if key not in said and not any(key.startswith(one) if goes_on else key == one for one, goes_on in asked)
    ]
    assert not idle


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_sentence_of_its_own(template: Path) -> None:
    assert not _read(template).prose


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_script_and_no_style(template: Path) -> None:
    assert not _read(template).inline


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_shows_no_sentence_of_its_own(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.findall(r"""(?:textContent|innerText|ariaLabel|title|placeholder)\s*=\s*["'`]\S""", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_keeps_nothing_in_the_browser_and_makes_html_of_nothing_but_what_the_server_drew(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.findall(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\b", text)
    made = re.findall(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert made == (["innerHTML"] if script.name == "dom.js" else [])
