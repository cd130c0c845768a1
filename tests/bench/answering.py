"""The way in as people use it: the form opens, four pages are sent, the last one answers with the receipt.

Each interaction goes through bolt as Slack's sockets deliver it, and is done when all that was written is on the disk.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from adapters.slack.calls import NAME
from adapters.slack.modals import CALLBACK, Place
from bot.acts import FormKind
from bot.people import Account
from bot.rounds import Level, Round
from bot.service.in_flight import InFlight
from tests.bench.acking import bare_app, bot_app, p99
from tests.bench.ratios import Finding, Pair, in_seconds
from tests.bench.town import CODE, WORDS, round_of, town, users_of

PEOPLE = 1_000
A_SECOND = 50
SECONDS = 20
LEVELS = tuple(Level)
SIZE = 1_100
"""Bytes of one envelope."""

TARGET = 0.1
"""Seconds in which 99 of 100 pages must be answered."""


async def answering(folder: Path) -> list[Finding]:
    ours = await _ours(folder / "ours.db")
    bare = await _bare(folder / "bare.db")
    what = f"A page of an answer, {A_SECOND} people a second on one round of {PEOPLE:,} (99 of 100 within)"
    return [
        Finding(
            what=what,
            floor_is="what nobody may notice",
            pairs=[Pair(measured=p99(ours), floor=TARGET)],
            target=1,
            shown=in_seconds,
        ),
        Finding(
            what=what,
            floor_is="bolt that writes as many bytes durably",
            pairs=[Pair(measured=p99(ours), floor=p99(bare))],
            target=20,
            shown=in_seconds,
        ),
    ]


async def _ours(file: Path) -> list[float]:
    async with town(file) as here:
        await here.keep(_round())
        await here.bot.idle()
        in_flight = InFlight()
        seconds = await _evening(bot_app(here, in_flight))
        await in_flight.finish(10)
        return seconds


async def _bare(file: Path) -> list[float]:
    """The same pages, each one row in a transaction of its own."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE page (words BLOB)"):
            db.execute(statement)

        async def keep(ack: AsyncAck) -> None:
            db.execute("INSERT INTO page VALUES (?)", (bytes(SIZE),))
            await ack(response_action="update", view={"type": "modal"})

        app = bare_app()
        app.view(CALLBACK)(keep)
        return await _evening(app)


async def _evening(app: AsyncApp) -> list[float]:
    """Somebody begins every fiftieth of a second, whether those before them are done or not."""
    seconds: list[float] = []
    begun = time.perf_counter()
    tasks: list[asyncio.Task[None]] = []
    for n in range(A_SECOND * SECONDS):
        await asyncio.sleep(max(begun + n / A_SECOND - time.perf_counter(), 0))
        tasks.append(asyncio.create_task(_answers(app, n, seconds)))
    await asyncio.gather(*tasks)
    return seconds


async def _answers(app: AsyncApp, n: int, seconds: list[float]) -> None:
    """One person, page after page."""
    for step in range(len(LEVELS)):
        begun = time.perf_counter()
        answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=_page(n, step)))
        seconds.append(time.perf_counter() - begun)
        assert answer.status == 200
        assert json.loads(answer.body)["response_action"] == "update", answer.body


def _page(n: int, step: int) -> dict[str, Any]:
    box = LEVELS[step].value
    place = Place(kind=FormKind.ANSWER, code=CODE, step=step, steps=len(LEVELS))
    view = {
        "id": f"V{n}",
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": place.stored(),
        "blocks": [{"type": "input", "block_id": box}],
        "state": {"values": {box: {box: {"type": "plain_text_input", "value": getattr(WORDS, box)}}}},
    }
    return {
        "type": "view_submission",
        "team": {"id": "T1"},
        "user": {"id": f"A{n % PEOPLE}", "username": "sam", "team_id": "T1"},
        "api_app_id": "A1",
        "trigger_id": f"{n}.{step}.{time.perf_counter()}",
        "view": view,
    }


def _round() -> Round:
    """Its people are on Slack."""
    here = round_of(users_of(PEOPLE, "A"), CODE)
    accounts = (Account(platform=NAME, workspace="T1", user=seat.account.user) for seat in here.seats)
    return replace(
        here, seats=tuple(replace(seat, account=one) for seat, one in zip(here.seats, accounts, strict=True))
    )
