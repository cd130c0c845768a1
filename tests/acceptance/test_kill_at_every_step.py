"""The bot is killed before and after every call that crosses a port, once each: nothing is lost, nothing comes twice.

SIGKILL, in a process forked from a warm parent; the chat outlives it, the next bot finds the database as it was left,
and the round goes on to its end. What people saw in the chat tells whether every promise was kept. Moments that leave
the same behind are lived through once: a call that only reads changes nothing between the call before it and the next
(one of each method is tried all the same), a result is stored at the very moment at which the platform answered, and
edits are alike (done twice they are done once: two of each chapter are tried). Half of the
moments that are left are tried; all of them with `--whole`, as `make soak` does.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from bot.ports import Outbox, Platform, Replies, Rounds, Vault
from tests.acceptance.killing_asked import Asked
from tests.acceptance.killing_crossings import ACT, ANSWER, READS

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHARES = 16

PORTS = (("rounds", Rounds), ("replies", Replies), ("outbox", Outbox), ("vault", Vault), ("platform", Platform))

NOT_IN_A_ROUND = frozenset(
    {
        # what is done to a round that is over, or to people; the vault is for platforms that have secrets
        *(
            "replies.take_down",
            "replies.hide",
            "replies.ask_to_hide",
            "rounds.bookmark",
            "rounds.turn_to",
            "rounds.read_all",
            "replies.destroy",
            "replies.erase",
            "replies.scrub",
        ),
        *("outbox.touch_cards", "vault.put", "vault.delete"),
        "outbox.finish",  # or `pass_on`
        "rounds.accounts",  # where a private conversation belongs to no workspace
        "rounds.met",  # where conversations are begun slowly
        "platform.time_there",  # at a start, and where the machine's clock jumped
        # of a reveal that waits, of a post that may not be edited, of a workspace that was away, of a round in trouble
        *("replies.plan_again", "outbox.moved", "outbox.wake", "rounds.put_off"),
    }
)
"""Calls that change something, and that no round crosses which simply runs to its end."""


COALESCED = ("platform.show", "outbox.shown")
"""Edits of cards: latest wins, so that how many there are depends on how quick the machine is."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "share" in metafunc.fixturenames:
        metafunc.parametrize("share", range(SHARES if metafunc.config.getoption("--whole") else SHARES // 2))


@pytest.fixture(scope="module")
def parent() -> Iterator[Asked]:
    asked = Asked("tests.acceptance.killing_server")
    yield asked
    asked.close()


def test_a_round_in_which_nobody_dies_keeps_every_promise_and_crosses_every_port(parent: Asked) -> None:
    promised = {f"{port}.{name}" for port, kind in PORTS for name, _ in inspect.getmembers(kind, inspect.isfunction)}
    promised = {call for call in promised if not call.split(".")[1].startswith("_")}
    assert parent.counted["problems"] == []
    assert promised >= READS | NOT_IN_A_ROUND
    assert promised - READS - NOT_IN_A_ROUND - set(parent.counted["calls"]) == set()


def test_the_calls_of_a_whole_round_are_counted(parent: Asked) -> None:
    calls = parent.counted["calls"]
    assert sum(calls.values()) > 450
    assert parent.counted["kills"] > 200
    # each message is posted, and then finished; each act is taken, and then answered
    assert calls["platform.post"] >= 18
    assert calls.get("outbox.finish", 0) + calls["outbox.pass_on"] >= 20
    assert calls[ACT] == calls[ANSWER] >= 20


def test_a_bot_that_is_killed_at_any_call_loses_nothing_and_repeats_nothing(parent: Asked, share: int) -> None:
    ended = parent.ask(kill={"share": share, "of": SHARES})
    assert len(ended) > parent.counted["kills"] / SHARES / 3
    assert [one for one in ended if one["problems"]] == []
    assert [one["case"] for one in ended if not one["was_reached"] and one["call"] not in COALESCED] == []


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("is_done", [True, False])
def test_every_post_whose_answer_is_lost_stands_once_whether_it_was_stored_or_not(
    parent: Asked, first: int, is_done: bool
) -> None:
    (ended,) = parent.ask(lose={"first": first, "is_done": is_done})
    assert ended["problems"] == []
    assert ended["lost"] >= 9
