"""What people read is easy, kind, and can be followed where they stand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot import commands
from bot.acts import Act
from bot.rounds import ActId
from tests.builders import NOON, actor
from tests.reading_age import grade, sentences_of, words_of

FILE = Path(__file__).parents[2] / "bot/locales/en.toml"
OPERATORS = ("cli.", "play.", "manifest.")
"""What stands in a terminal or a developer console, and not in a chat."""

HARDEST = 7
FEWEST_WORDS = 5
"""The formula is about running text: below this, one long word decides."""

HARD = {
    "message.question.readers_public": "workspace: the chat's own word",
    "discord.message.question.readers_public": "server",
    "message.question.outsiders": "organisation: no easier word says who they are",
    "form.venue.note": "organisation",
    "refused.venue.wider": "organisation",
    "error.org_wide_token": "Slack's own words, for whoever installs it",
}
"""Sentences above it, and why."""

SLOT = re.compile(r"#?\{[^}]*\}")
UNKIND = re.compile(
    r"\bseal|manager|\bthie(?:f|ves)\b|\bsteal|Be honest|a year has passed|\bone seat\b|answers are still missing|"
    r"not right\?|no thanks|Say no\b|\bsaid no thanks",
    re.IGNORECASE,
)
"""*Sealed* is a word of the README; the rest hurts somebody, or puzzles."""

TOLD_TO_TYPE = re.compile(r"\b(?:type|types)\b|[Ww]rite it like this|like this:")


def _texts(node: Mapping[str, Any] | str, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield key, node
    else:
        for name, value in node.items():
            yield from _texts(value, f"{key}.{name}".removeprefix("."))


TEXTS = [
    (k, text) for k, text in _texts(tomllib.loads(FILE.read_text(encoding="utf-8"))) if not k.startswith(OPERATORS)
]


def _is_known(key: str) -> bool:
    return key in HARD or key.rpartition(".")[0] in HARD


def test_no_sentence_is_harder_to_read_than_grade_seven() -> None:
    hard: list[str] = []
    for key, text in TEXTS:
        for sentence in sentences_of(SLOT.sub("Sam", text)):
            if len(words_of(sentence)) >= FEWEST_WORDS and (found := grade(sentence)) > HARDEST and not _is_known(key):
                hard.append(f"{found:.1f} {key}: {sentence}")
    assert not hard, "\n".join(hard)


def test_the_list_of_hard_sentences_holds_only_hard_ones() -> None:
    texts = dict(TEXTS)
    for key in HARD:
        own = [text for k, text in texts.items() if k == key or k.rpartition(".")[0] == key]
        sentences = [each for text in own for each in sentences_of(SLOT.sub("Sam", text))]
        assert any(grade(each) > HARDEST for each in sentences), key


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The cat sat on the mat.", -2, 0),
        ("You can change or take back your answers until then.", 2, 5),
        ("Notwithstanding organisational responsibilities, participation necessitates authorisation.", 25, 60),
    ],
)
def test_the_measure_tells_easy_from_hard(text: str, low: float, high: float) -> None:
    assert low < grade(text) < high


def test_no_sentence_hurts_or_puzzles() -> None:
    found = [f"{key}: {text}" for key, text in TEXTS if UNKIND.search(SLOT.sub("", text))]
    assert not found, "\n".join(found)


def test_whoever_is_told_to_type_a_command_can_type_it_in_any_channel() -> None:
    """Slack's tab of an app takes no typing, and a plain message is no command anywhere."""
    verbs = "|".join(sorted(commands.VERBS))
    bare = re.compile(rf"(?:: |only |type |\")(?:{verbs})\b(?! (?:a|an|the|your|it)\b)(?=[ .:\"]|$)")
    told = [(key, text) for key, text in TEXTS if TOLD_TO_TYPE.search(text) and not key.startswith("when.")]
    found = [f"{key}: {text}" for key, text in told if bare.search(text) and "/coproduce" not in text]
    assert not found, "\n".join(found)
    assert len([text for _, text in TEXTS if "/coproduce" in text]) > 10


SHOWN = [(key, shown) for key, text in TEXTS for shown in re.findall(r"/coproduce ([^\"\n]+?)(?=[.\"\n]|$)", text)]


@pytest.mark.parametrize(("key", "shown"), SHOWN)
def test_each_command_that_a_sentence_shows_is_understood_as_it_stands(key: str, shown: str) -> None:
    for slot, value in (("{code}", "R-7F3K"), ("{verb}", "status"), ("{voice}", "F3")):
        shown = shown.replace(slot, value)
    act = commands.typed(re.sub(r"@\w+", "<@U1>", shown), id=ActId("1"), actor=actor("fay"), at=NOON)
    assert isinstance(act, Act), f"{key}: {shown}: {act}"
