"""Which suites run on which platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import pytest_runtest_makereport
from tests.browser.thread import BrowserThread
from tests.contract.platforms import ON_THE_PAGE

__all__ = ["pytest_runtest_makereport"]

MAIN = "tests/contract/test_whole_rounds.py"

ARRIVALS = frozenset(
    {
        "test_a_mistake_in_the_set_up_is_marked_and_everything_typed_is_kept",
        "test_opening_twice_asks_once",
        "test_a_sealed_answer_gets_a_receipt_and_stands_in_the_form_when_it_is_opened_again",
        "test_an_answer_that_reaches_the_bot_twice_counts_once",
        "test_typed_words_are_no_answer_but_get_a_button_to_the_form",
        "test_a_lost_question_is_found_by_the_command_and_by_home",
        "test_words_begun_and_never_sealed_bring_one_private_nudge",
        "test_a_later_deadline_is_shown_back_then_told_to_everybody",
        "test_nobody_sees_a_word_before_the_deadline",
        "test_contrasts_come_after_all_voices_and_the_report_is_attached",
        "test_a_restart_in_the_middle_of_a_round_loses_and_repeats_nothing",
        "test_hiding_without_a_reason_asks_for_it_in_a_form",
    }
)
"""In these each kind of event arrives: commands, presses, forms (sent, refused, turned, closed), words, home; twice."""


@pytest.fixture(scope="session")
def browser_thread() -> Iterator[BrowserThread]:
    """One for each worker of the tests."""
    browser = BrowserThread()
    browser.start()
    yield browser
    browser.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slack's two ways in differ in how events arrive, not in what is done with them: a round for each kind of them.

    In a browser those run that are listed. All the main rounds run on Slack's both with `--whole`, as `make soak` does.
    """
    left_out = {item for item in items if _is_left_out(config, item)}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


def _is_left_out(config: pytest.Config, item: pytest.Item) -> bool:
    name = item.name.partition("[")[0]
    if "slack-http" in item.name:
        return not item.nodeid.startswith(MAIN) or not (config.getoption("--whole") or name in ARRIVALS)
    return "[page" in item.name and name not in ON_THE_PAGE
