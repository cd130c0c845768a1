"""A signed submission is captured on its way and sent again: it counts once, and only while it is fresh."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from tests.contract.chat import FRONTLINE
from tests.contract.team import Team
from tests.slack.slack_chat import SlackChat, slack

FAY, FINN, FLO = FRONTLINE
Captured = tuple[str, dict[str, str]]


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, "http") as made:
        yield made


@pytest.fixture
def team(chat: SlackChat) -> Team:
    return Team(chat)


@pytest.fixture
def captured(chat: SlackChat, monkeypatch: pytest.MonkeyPatch) -> list[Captured]:
    """All that Slack sends to the bot from here on, as it passes by."""
    seen: list[Captured] = []
    request = chat.double.http.request

    def tapped(kind: str, payload: Any, at: int | None = None) -> Captured:
        seen.append(request(kind, payload, at))
        return seen[-1]

    monkeypatch.setattr(chat.double.http, "request", tapped)
    return seen


async def replay(chat: SlackChat, captured: Captured) -> tuple[int, str]:
    body, headers = captured
    url = chat.double.http.url
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        told = answer.status, await answer.text()
    await chat.bot.finish()
    return told


def kept(folder: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{folder / 'play.db'}?mode=ro", uri=True)) as db:
        seats = db.execute("SELECT id, revision, replied_at FROM seat ORDER BY id").fetchall()
        return (
            seats + db.execute("SELECT seat_id, kind, revision, ciphertext FROM envelope ORDER BY seat_id").fetchall()
        )


def submissions(captured: list[Captured]) -> list[Captured]:
    return [one for one in captured if "view_submission" in one[0]]


async def test_a_submission_replayed_within_five_minutes_counts_once_and_is_answered_as_the_first(
    chat: SlackChat, team: Team, captured: list[Captured], tmp_path: Path
) -> None:
    await team.open()
    receipt = await team.answer(FAY)
    before = kept(tmp_path)
    last = submissions(captured)[-1]
    for _ in range(3):
        status, text = await replay(chat, last)
        assert status == 200
        assert receipt in text
    assert kept(tmp_path) == before


async def test_a_replayed_submission_does_not_undo_what_its_writer_did_since(
    chat: SlackChat, team: Team, captured: list[Captured], tmp_path: Path
) -> None:
    """They changed their words; somebody else took theirs back."""
    await team.open()
    await team.answer(FAY, personal="first words", others="", intentions="", barriers="")
    of_fay = submissions(captured)[-4:]
    await team.answer(FAY, personal="second words", others="", intentions="", barriers="")
    captured.clear()
    await team.answer(FINN)
    of_finn = submissions(captured)
    await team.press_and_agree(FINN, "withdraw")
    before = kept(tmp_path)
    for one in (*of_fay, *of_finn):
        assert (await replay(chat, one))[0] == 200
    assert kept(tmp_path) == before
    await team.answer(FLO)
    await team.reveal()
    for one in (*of_fay, *of_finn):
        await replay(chat, one)
    assert "second words" in "\n".join(team.pages())
    assert "first words" not in team.everything()
    assert f"{FINN.split()[0]} says" not in team.everything()


async def test_a_submission_replayed_after_five_minutes_is_turned_away(
    chat: SlackChat, team: Team, captured: list[Captured], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team.open()
    await team.answer(FAY)
    before, real = kept(tmp_path), time.time
    for late, status in ((299, 200), (301, 401), (-301, 401), (86_400, 401)):
        monkeypatch.setattr("slack_sdk.signature.time", lambda late=late: real() + late)
        told = await replay(chat, submissions(captured)[-1])
        assert told[0] == status, late
        assert status == 200 or not told[1].count("-"), "no receipt"
    assert kept(tmp_path) == before


async def test_what_was_captured_cannot_be_made_fresh_again(
    chat: SlackChat, team: Team, captured: list[Captured], tmp_path: Path
) -> None:
    """A newer timestamp with the old signature; the signature with other words; one of a guessed secret."""
    await team.open()
    await team.answer(FAY)
    before, (body, headers) = kept(tmp_path), submissions(captured)[-1]
    stamp = str(int(time.time()) + 1)
    guessed = SignatureVerifier("guess").generate_signature(timestamp=stamp, body=body) or ""
    for forged in (
        (body, headers | {"X-Slack-Request-Timestamp": stamp}),
        (body + "&x=1", headers),
        (body, headers | {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": guessed}),
    ):
        assert (await replay(chat, forged))[0] == 401
    assert kept(tmp_path) == before
