"""The method: which questions each group is asked at each stage, worded in one language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from bot.answers import Level
from bot.isolates import isolated, unrepeated
from bot.messages import Line, line
from bot.rounds import GROUPS, Group, Question, Stage

LONGEST_LABEL = 45
"""Characters: the tightest limit of a platform for the label of a text input."""

LONGEST_HINT = 100
"""Characters: the tightest limit of a platform for the placeholder of a text input."""

ASKED_AS = tuple(reversed(GROUPS))
"""Groups with their own wording. Any other group is asked as citizens."""

HOUSE = "en"


def questions(groups: Sequence[Group], stage: Stage, locale: str = HOUSE) -> tuple[Question, ...]:
    """Four questions for each group, in the order in which they are asked. They are frozen at the opening."""
    language = _language(locale)
    worded = _wordings(language)
    leaders = leaders_of(groups)
    found: list[Question] = []
    for group in groups:
        of_group = worded[stage.value][asked_as(group)]
        for level in Level:
            entry = of_group[level.value]
            text = _label(entry, leaders, language)
            found.append(Question(group=group.name, level=level, text=text, hint=entry["hint"], locale=language))
    return tuple(found)


def asked_as(group: Group) -> str:
    return group.asks_as if group.asks_as in ASKED_AS else "citizens"


def label_line(group: Group, level: Level, stage: Stage, leaders: str) -> Line:
    """The question as a sentence of the catalogue, for a round that is not open yet."""
    return line(f"question.{stage.value}.{asked_as(group)}.{level.value}.label", leaders=leaders)


def hint_line(group: Group, level: Level, stage: Stage) -> Line:
    return line(f"question.{stage.value}.{asked_as(group)}.{level.value}.hint")


def leaders_of(groups: Sequence[Group]) -> str:
    """The name by which people are asked about the leaders."""
    return next((group.name for group in groups if group.is_leaders), "leaders")


def _label(entry: Mapping[str, str], leaders: str, language: str) -> str:
    """The question; without the leaders' name where that is too long for a label."""
    before, slot, after = entry["label"].partition("{leaders}")
    told = f"{before}{_called(unrepeated(before, leaders), language)}{after}" if slot else before
    return told if len(told) <= LONGEST_LABEL else entry["short"]


def _called(group: str, language: str) -> str:
    known = _catalogue(language)["group"].get(group)
    return str(known["other"]) if known else isolated(group)


def words_of(kind: str, locale: str) -> tuple[str, ...]:
    """All words by which one of the groups of ours is known, as they are compared: without white space or capitals."""
    known: Mapping[str, str] = _catalogue(_language(locale))["group"][kind]
    return tuple(dict.fromkeys(" ".join(word.split()).casefold() for word in (kind, *known.values())))


def _language(locale: str) -> str:
    """The catalogue with the questions in this language, or English if there is none."""
    language = locale.replace("_", "-").split("-")[0].lower()
    here = {entry.name[:-5] for entry in (files("bot") / "locales").iterdir()}
    return language if language in here else HOUSE


def _wordings(language: str) -> Mapping[str, Any]:
    worded: Mapping[str, Any] = _catalogue(language)["question"]
    return worded


@cache
def _catalogue(language: str) -> Mapping[str, Any]:
    # The rules freeze questions as text and may not know `bot.text`, so the method reads its own wording.
    return tomllib.loads((files("bot") / "locales" / f"{language}.toml").read_text(encoding="utf-8"))
