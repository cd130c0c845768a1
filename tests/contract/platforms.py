"""Every platform as a `Chat`, by the parameter of a test; and what of the suites cannot happen on one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.browser.thread import BrowserThread
from tests.contract.chat import Chat
from tests.contract.playground_chat import playground
from tests.discord.discord_chat import discord
from tests.slack.slack_chat import slack

PLATFORMS: Sequence[str] = ("playground", "page", "slack-socket", "slack-http", "discord")
"""Slack by each of its ways in; the playground on the line, and through a browser."""

ON_THE_PAGE = frozenset(
    {
        # the set-up, its mistakes and its preview
        "test_a_mistake_in_the_set_up_is_marked_and_everything_typed_is_kept",
        "test_the_preview_says_who_is_asked_who_reads_and_when_it_closes",
        # the form of an answer: every way in, every refusal, what is kept, what is taken back
        "test_a_sealed_answer_gets_a_receipt_and_stands_in_the_form_when_it_is_opened_again",
        "test_answers_taken_back_are_not_revealed",
        "test_who_says_no_gets_no_reminders_and_may_change_their_mind",
        "test_an_empty_answer_is_refused_and_a_single_box_is_enough",
        "test_a_lost_question_is_found_by_the_command_and_by_home",
        "test_each_group_is_asked_in_its_own_words",
        "test_leaders_are_told_before_writing_that_their_words_will_be_known_as_theirs",
        "test_words_begun_and_never_sealed_bring_one_private_nudge",
        # what an organiser does, with what is asked first
        "test_status_counts_and_never_tells_who_or_what",
        "test_only_organisers_run_a_round",
        "test_closing_early_is_confirmed_and_opens_what_is_there",
        "test_a_cancelled_round_reveals_nothing_and_tells_everybody",
        "test_hiding_without_a_reason_asks_for_it_in_a_form",
        # what everybody sees, and when
        "test_nobody_sees_a_word_before_the_deadline",
        "test_contrasts_come_after_all_voices_and_the_report_is_attached",
        "test_only_those_who_sign_are_named",
        "test_words_are_shown_as_they_were_written",
        "test_a_receipt_shows_that_words_are_in_unchanged",
        "test_words_taken_down_by_receipt_become_a_stub_everywhere",
        "test_a_restart_in_the_middle_of_a_round_loses_and_repeats_nothing",
        "test_the_report_comes_to_the_organiser_alone_and_not_before_the_reveal",
    }
)
"""Main rounds that run in a browser too: those in which a form, a button, a message or a file of each kind is used and
seen. A browser takes ten times as long as the line, and what the others add is the engine's, not the page's."""

_CANNOT_HAPPEN: Mapping[str, Mapping[str, str]] = {
    "discord": {
        "test_words_begun_and_never_sealed_bring_one_private_nudge": "closing a form tells the bot nothing",
        "test_changes_begun_and_not_sealed_bring_one_private_word_before_the_close": (
            "closing a form tells the bot nothing"
        ),
        "test_what_was_begun_in_time_is_there_still_when_the_rest_comes_just_after_the_deadline": "a form has one page",
        "test_behind_an_archived_channel_nothing_opens_and_everybody_hears_why": "no channel of Discord is archived",
        "test_a_guest_cannot_start_a_round": "Discord has no guests",
    }
}


@asynccontextmanager
async def chat_of(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Chat]:
    """On the platform that is the fixture's parameter."""
    platform, _, way_in = request.param.partition("-")
    if reason := _CANNOT_HAPPEN.get(platform, {}).get(request.node.originalname):
        pytest.skip(reason)
    async with _made(request, platform, way_in, folder) as chat:
        yield chat


def _made(
    request: pytest.FixtureRequest, platform: str, way_in: str, folder: Path
) -> AbstractAsyncContextManager[Chat]:
    match platform:
        case "page":
            from tests.contract.page_chat import on_page

            browser: BrowserThread = request.getfixturevalue("browser_thread")
            return on_page(folder, browser)
        case "playground":
            return playground(folder)
        case "slack":
            return slack(folder, way_in)
        case _:
            return discord(folder)
