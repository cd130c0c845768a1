"""The suites of every platform, as they run on Discord; and what of them cannot happen there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

NOT_HERE = {
    "test_words_begun_and_never_sealed_bring_one_private_nudge": "closing a form tells the bot nothing",
    "test_changes_begun_and_not_sealed_bring_one_private_word_before_the_close": "closing a form tells the bot nothing",
    "test_what_was_begun_in_time_is_there_still_when_the_rest_comes_just_after_the_deadline": "a form has one page",
    "test_behind_an_archived_channel_nothing_opens_and_everybody_hears_why": "no channel of Discord is archived",
    "test_a_guest_cannot_start_a_round": "Discord has no guests",
}


def of_every_platform(*suites: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    for suite in suites:
        for name, test in vars(suite).items():
            if name.startswith("test_") and callable(test):
                reason = NOT_HERE.get(name)
                yield name, pytest.mark.skip(reason)(_copy(test)) if reason else test


def _copy(test: Callable[..., object]) -> Callable[..., object]:
    """So that the mark does not stay on the test of the other platforms."""

    async def skipped() -> None:
        test()

    skipped.__name__ = test.__name__
    return skipped
