"""A sentence may have words of its own on one platform; all others read the common ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.messages import control, line
from bot.text import Texts
from tests.unit.test_catalogue import PLATFORMS, _catalogue, _sentences, _slots

COMMON: Mapping[str, Any] = {
    "format": "en_GB",
    "refused": {"guest": "Guests of this workspace cannot.", "other": "No."},
    "control": {"home": "Home"},
    "discord": {"refused": {"guest": "Guests of this server cannot."}, "control": {"home": "What waits for me"}},
}
GERMAN: Mapping[str, Any] = {"format": "de_DE", "refused": {"guest": "Gäste können das nicht."}}
TEXTS = Texts({"en": COMMON, "de": GERMAN})


def test_a_platform_has_its_own_words_where_there_are_some() -> None:
    there = TEXTS.on("discord")
    assert there.line(line("refused.guest")) == "Guests of this server cannot."
    assert there.label(control("home")) == "What waits for me"
    assert there.line(line("refused.other")) == "No."


def test_elsewhere_the_common_words_are_read() -> None:
    assert TEXTS.line(line("refused.guest")) == TEXTS.on("slack").line(line("refused.guest"))
    assert TEXTS.line(line("refused.guest")) == "Guests of this workspace cannot."


def test_the_readers_language_comes_before_the_words_of_the_platform() -> None:
    assert TEXTS.on("discord").line(line("refused.guest"), "de") == "Gäste können das nicht."


def _own() -> Iterator[tuple[str, str]]:
    for platform in PLATFORMS:
        for key, _ in _sentences(_catalogue("en").get(platform, {})):
            yield platform, key


@pytest.mark.parametrize(("platform", "key"), list(_own()))
def test_what_has_words_of_its_own_has_common_ones_with_the_same_facts(platform: str, key: str) -> None:
    common, own = dict(_sentences(_catalogue("en"))), dict(_sentences(_catalogue("en")[platform]))
    assert _slots(own[key]) == _slots(common[key])
