"""The bot on Slack is killed before and after every call that it makes there, and whenever something comes in.

SIGKILL, in a process forked from a warm parent; the double and the people in it outlive it, the next bot finds Slack
and the database as they were left, and the round goes on to its end. In each run one bot dies in every chapter. Moments
that leave the same behind are lived through once: calls that only read, edits (done twice they are done once), and what
is acknowledged before anything is done.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.killing_asked import Asked

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHARES = 4

EDITS = "chat.update"
"""Latest wins, so that how many there are depends on how quick the machine is."""


@pytest.fixture(scope="module")
def parent() -> Iterator[Asked]:
    asked = Asked("tests.slack.killing")
    yield asked
    asked.close()


def test_a_round_in_which_nobody_dies_keeps_every_promise_and_its_calls_are_counted(parent: Asked) -> None:
    calls = parent.counted["calls"]
    assert parent.counted["problems"] == []
    assert parent.counted["kills"] > 120
    # preview, status, announcement, headline, report apart; to three people each: question, "held", page, "opened"
    assert calls["out chat.postMessage"] >= 16
    assert calls["out upload"] == calls["out files.getUploadURLExternal"] == 2
    assert calls["out files.completeUploadExternal"] == 1
    assert calls["in view_submission"] == calls["ack view_submission"] >= 15
    every = {name.partition(" ")[2] for name in calls}
    assert every >= {"slash_commands", "block_actions", "event_callback", "views.open", "response_url", EDITS}


@pytest.mark.parametrize("share", range(SHARES))
def test_a_bot_that_is_killed_at_any_call_loses_nothing_and_repeats_nothing(parent: Asked, share: int) -> None:
    ended = parent.ask(share=share, of=SHARES)
    assert len(ended) >= parent.counted["runs"] // SHARES
    assert [(run["asked"], run["problems"]) for run in ended if run["problems"]] == []
    assert [missed for run in ended for missed in _not_reached(run["asked"], run["deaths"])] == []


def _not_reached(asked: list[str], deaths: list[str]) -> Iterator[str]:
    reached = {death.rpartition(" at ")[0] for death in deaths}
    yield from (moment for moment in asked if moment not in reached and EDITS not in moment)
