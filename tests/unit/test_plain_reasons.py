"""What a chat refuses is told in plain words, whatever code the chat has for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from adapters.discord import calls as discord
from adapters.slack import calls as slack
from bot.errors import Later, NoNewConversations, Revoked, Unknown
from bot.messages import MessageKind
from bot.rounds import Phase
from tests.builders import NOON, venue
from tests.unit.messages import a_round, read

RAW = re.compile(r"\w+_\w+|\b\d{5,}\b")


def reasons() -> Iterator[str]:
    """All that an adapter makes of a code that it knows."""
    yield from slack.CLOSED_CHANNEL.values()
    yield from slack.REJECTED.values()
    yield from discord.CLOSED_CHANNEL
    yield from discord.REJECTED.values()
    yield from ("thread_not_found", "too_long", "too_large", "no_session", "upload_500", "http_400", "no_file")


def stuck(reason: str, what: MessageKind = MessageKind.PAGE) -> str:
    args = {"what": what.value, "channel": "repairs", "user": "", "reason": reason}
    return read(MessageKind.STUCK, a_round(), args=args).text


@pytest.mark.parametrize("reason", sorted(set(reasons())))
def test_no_word_of_a_program_reaches_an_organiser(reason: str) -> None:
    refused = venue(refused_at=NOON, refusal=reason)
    shown = (
        stuck(reason),
        stuck(reason, MessageKind.REPORT),
        read(MessageKind.REPORT, a_round(), args={"formats": "", "reason": reason}).text,
        read(MessageKind.REPORT, a_round(), args={"formats": "html", "reason": reason}).text,
        read(MessageKind.HELD_BACK, a_round(), args={"why": "other", "place": "repairs", "reason": reason}).text,
        read(MessageKind.STATUS, a_round(phase=Phase.CLOSED, venues=(refused,))).text,
    )
    assert not [told for told in shown if RAW.search(told)]


def test_a_code_that_nobody_knows_is_told_as_what_it_is() -> None:
    assert "ekm_strange" in stuck("ekm_strange")
    assert "code" in stuck("ekm_strange")


@pytest.mark.parametrize("error", [Later, Unknown, Revoked, NoNewConversations])
def test_why_the_answers_wait_for_the_chat_is_told_in_words(error: type[Exception]) -> None:
    code = error.code  # type: ignore[attr-defined]
    told = read(MessageKind.STATUS, a_round(phase=Phase.CLOSED, waits_since=NOON, waits_for=code)).text
    assert f"({code})" not in told
    assert "I keep trying" in told


def test_what_is_to_be_done_about_a_right_that_lacks_names_the_rights() -> None:
    for right in ("write", "open threads", "attach files"):
        assert right in stuck("not_allowed")
    assert "locked" in stuck("archived")
