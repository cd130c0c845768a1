"""A terminal shows isolated names as they are, and every other mark of direction as a visible escape."""

from __future__ import annotations

import pytest

from coproduce.terminal import inert, width


def test_an_isolated_name_stays_isolated() -> None:
    assert inert("Ask \u2068שרה\u2069 now") == "Ask \u2068שרה\u2069 now"
    assert width("Ask \u2068Ann\u2069") == len("Ask Ann")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("a\u2068b", "a\\u2068b"),
        ("a\u2069b", "a\\u2069b"),
        ("\u2068a\nb\u2069", "\\u2068a\nb\\u2069"),
        ("\u2068a\u2067b\u2069", "\\u2068a\\u2067b\\u2069"),
        ("\u2068a\u202eb\u2069", "\\u2068a\\u202eb\\u2069"),
        ("\u2068a\x1bb\u2069", "\u2068a\u241bb\u2069"),
    ],
)
def test_what_is_open_or_would_reorder_is_shown(told: str, shown: str) -> None:
    assert inert(told) == shown
