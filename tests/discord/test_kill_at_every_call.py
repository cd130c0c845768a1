"""The bot on Discord is killed before and after every call that it makes there, and whenever something comes in.

SIGKILL, in a process forked from a warm parent; the double and the people in it outlive it, the next bot finds Discord
and the database as they were left, and the round goes on to its end. In each run one bot dies in every chapter. Moments
that leave the same behind are lived through once: calls that only read, edits (done twice they are done once), and what
comes in before anything is done. Discord remembers no nonce here: what stands must be found by looking.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.killing_asked import Asked

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHARES = 2

POST, EDIT = "out POST /channels/{}/messages", "PATCH /channels/{}/messages/{}"
"""Latest wins, so that how many edits there are depends on how quick the machine is."""


@pytest.fixture(scope="module")
def parent() -> Iterator[Asked]:
    asked = Asked("tests.discord.killing")
    yield asked
    asked.close()


def test_a_round_in_which_nobody_dies_keeps_every_promise_and_its_calls_are_counted(parent: Asked) -> None:
    calls = parent.counted["calls"]
    assert parent.counted["problems"] == []
    assert parent.counted["kills"] > 80
    # preview, status, announcement, headline, report apart; to three people each: question, page, "opened"
    assert calls[POST] >= 14
    assert calls["in form"] == calls["answer form"] >= 6
    assert calls["in press"] == calls["answer press"] >= 10
    assert calls["in command"] == calls["answer command"] >= 4
    assert calls["in message"] == 1
    assert calls["out POST /channels/{}/messages/{}/threads"] == 1
    assert calls[f"out {EDIT}"]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_bot_that_is_killed_at_any_call_loses_nothing_and_repeats_nothing(parent: Asked, share: int) -> None:
    ended = parent.ask(share=share, of=SHARES)
    assert len(ended) >= parent.counted["runs"] // SHARES
    assert [(run["asked"], run["problems"]) for run in ended if run["problems"]] == []
    assert [missed for run in ended for missed in _not_reached(run["asked"], run["deaths"])] == []


def _not_reached(asked: list[str], deaths: list[str]) -> Iterator[str]:
    reached = {death.rpartition(" at ")[0] for death in deaths}
    yield from (moment for moment in asked if moment not in reached and EDIT not in moment)
