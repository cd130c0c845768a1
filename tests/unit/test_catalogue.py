"""The catalogue and the code agree: every sentence that is asked for exists, and every one is asked for."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.errors import CoproduceError
from bot.text import Texts

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("adapters", "bot", "coproduce", "storage")
PLATFORMS = ("discord", "slack")
LANGUAGES = sorted(path.stem for path in (ROOT / "bot/locales").glob("*.toml"))
PLURALS = {"zero", "one", "two", "few", "many", "other", "plural"}
SLOT = re.compile(r"\{(\w+)(?::[\w-]+)?\}")

FILES = (".css", ".html", ".md", ".txt", ".db", ".key", ".toml")

BUILT = (
    "group.*",  # text.py, by the name of a group
    "control.*",  # text.py, by verb and argument
    "error.*",  # by the code of an error
    "playground.*",  # by the chat of the playground, which is a program of its own
    "phase.*",  # text.py, where a sentence says {phase:phase}
    "said.home.*",  # by the phase of a round
    "question.*.short",  # questions.py, where a label would be too long
    "page.label.*_signed",  # what reveal/labels.py adds
    "page.*_joined",
    "report.*_joined",
    "report.*_signed",
)
"""Keys whose last part is not written in the code."""


@cache
def _catalogue(language: str) -> Mapping[str, Any]:
    return tomllib.loads((ROOT / f"bot/locales/{language}.toml").read_text(encoding="utf-8"))


def _sentences(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str | Mapping[str, str]]]:
    """Key and sentence; a table of plural forms is one sentence."""
    for name, value in node.items():
        key = above.removesuffix(".") if name == "text" else f"{above}{name}"
        if not isinstance(value, dict) or (value.keys() <= PLURALS and "other" in value):
            yield key, value
        else:
            yield from _sentences(value, f"{key}.")


def _slots(sentence: str | Mapping[str, str]) -> set[str]:
    texts = [sentence] if isinstance(sentence, str) else [sentence[each] for each in sentence.keys() - {"plural"}]
    found = {name for text in texts for name in SLOT.findall(text)}
    return found if isinstance(sentence, str) else found | {sentence.get("plural", "count")}


@cache
def _strings() -> tuple[tuple[str, str], ...]:
    """(place, pattern) for every text in the code that may be a key; `*` stands for what is filled in."""
    found: list[tuple[str, str]] = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces:
                    found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node.value))
                elif isinstance(node, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
                    found.append((f"{path.relative_to(ROOT)}:{node.lineno}", "".join(map(str, parts))))
    return tuple(found)


def _as_regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", r"[\w.]+"))


def _keys() -> dict[str, str | Mapping[str, str]]:
    """But for those of one platform, which are common ones in other words."""
    return dict(_sentences({name: table for name, table in _catalogue("en").items() if name not in PLATFORMS}))


def _calls() -> Iterator[tuple[str, str, set[str]]]:
    """(place, key, names of the facts) of every `line("key", fact=…)` whose key and facts are all written out."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                key = next(
                    (each.value for each in node.args if isinstance(each, ast.Constant) and "." in str(each.value)), ""
                )
                facts = {each.arg for each in node.keywords}
                if name in ("line", "key", "refused", "say") and isinstance(key, str) and None not in facts:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", key, {str(fact) for fact in facts}


def test_every_sentence_that_is_asked_for_exists() -> None:
    keys, spaces = _keys(), tuple(f"{space}." for space in (*_catalogue("en"), "cli"))
    shaped = re.compile(r"[a-z_*]+(\.[a-z0-9_*]+)+")
    asked = [
        (at, key)
        for at, key in _strings()
        if key.startswith(spaces) and shaped.fullmatch(key) and not key.endswith(FILES)
    ]
    named = {*keys, *(key.rpartition(".")[0] for key in keys)}
    lost = [f"{at}: {key}" for at, key in asked if not any(_as_regex(key).fullmatch(each) for each in named)]
    assert not lost, "these are not in bot/locales/en.toml"


def test_every_sentence_is_asked_for() -> None:
    patterns = [_as_regex(key) for _, key in _strings() if "." in key and not key.startswith("*")]
    patterns += [_as_regex(key) for key in BUILT]
    templates = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot/templates").glob("*"))
    idle = [
        key
        for key in _keys()
        if "." in key and key not in templates
        if not any(each.fullmatch(key) or each.fullmatch(f"{key}.text") for each in patterns)
    ]
    assert not idle, "nobody says these: take them out of bot/locales/en.toml"


def test_every_blank_in_a_sentence_is_filled() -> None:
    keys = _keys()
    short = [
        f"{at}: {key} needs {', '.join(sorted(_slots(keys[key]) - facts))}"
        for at, key, facts in _calls()
        if key in keys and not _slots(keys[key]) <= facts
    ]
    assert not short


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_fills_the_same_blanks(language: str) -> None:
    here, english = dict(_sentences(_catalogue(language))), dict(_sentences(_catalogue("en")))
    assert here.keys() <= english.keys(), "English lacks these"
    odd = [key for key in here if _slots(here[key]) - _slots(english[key]) - {"count"}]
    assert not odd


def test_every_error_has_a_sentence() -> None:
    def family(member: type[CoproduceError]) -> Iterator[type[CoproduceError]]:
        yield member
        for child in member.__subclasses__():
            yield from family(child)

    texts = Texts.load()
    assert texts.languages
    assert not [each.code for each in family(CoproduceError) if f"error.{each.code}" not in _keys()]


def test_sentences_are_plain() -> None:
    """Long sentences lose people. Sixteen words on average, thirty at most."""
    long = [
        f"{key}: {sentence}"
        for key, value in _keys().items()
        for text in ([value] if isinstance(value, str) else value.values())
        for sentence in re.split(r"(?<=[.!?:;])\s|\n", text)
        if len(sentence.split()) > 30
    ]
    assert not long
