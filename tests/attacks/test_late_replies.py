"""Unsigned late replies: neither when things happen nor what is stored tells who wrote which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.acts import Said, Status, Taken, Withdraw, Write
from bot.answers import Answers
from bot.rounds import RoundCode
from storage.words import shredding
from tests.acceptance import loot
from tests.acceptance.loot import Loot, steal
from tests.acceptance.silent import Engine, engine

LATE = tuple(f"late{n}" for n in range(6))
GROUPS = {"leaders": ("lea",), "frontline": ("fay", "fin"), "citizens": ("cal", "cam", *LATE)}
ROUNDS = 8
TOO_MUCH = 0.5
"""Of the mean of so many rank correlations, whose standard deviation is 1 / sqrt(5 * 8) by chance."""


async def _revealed(bot: Engine, organiser: str = "sam") -> RoundCode:
    code = await bot.open(organiser, GROUPS)
    for user in ("lea", "fay", "fin", "cal"):
        await bot.answer(code, user)
    await bot.pass_time(timedelta(days=4))
    return code


async def _writes_late(bot: Engine, code: RoundCode, user: str, *, sign: bool = False) -> datetime:
    """When it was. Nobody else does anything in that minute."""
    await bot.pass_time(timedelta(minutes=7, seconds=13))
    at = bot.clock.now()
    held = await bot.do(Write, user, code=code, answers=Answers(personal=f"{user} comes late", sign=sign), late=True)
    assert isinstance(held, Said)
    assert held.receipt
    await bot.bot.idle()
    return at


async def _told(bot: Engine, code: RoundCode) -> tuple[object, int]:
    """What the organiser sees, and how much has been posted anywhere."""
    return await bot.do(Status, "sam", code=code), len(bot.platform.posted)


def _late_words(bot: Engine, since: int) -> list[str]:
    """Whose late words were posted, in the order in which they stand."""
    return [user for _, post in bot.platform.posted[since:] for user in re.findall(r"(\w+) comes late", repr_of(post))]


def repr_of(post: Any) -> str:
    """With the passages, which are in no `repr`."""
    return " ".join(str(getattr(part, "text", part)) for part in post.content)


def _links(found: Loot, moments: dict[str, datetime], signed: Sequence[str] = ()) -> list[str]:
    return [
        *loot.unlike(found, signed),
        *loot.joined(found, signed),
        *loot.acts_unlike(found),
        *loot.moved(found),
        *loot.times_of(found, {user: at for user, at in moments.items() if user not in signed}),
    ]


async def test_nobody_sees_when_an_unsigned_late_reply_comes_in(tmp_path: Path) -> None:
    async with engine(tmp_path) as bot:
        code = await _revealed(bot)
        before = await _told(bot, code)
        for user in LATE[:3]:
            await _writes_late(bot, code, user)
            assert await _told(bot, code) == before
        await bot.pass_time(timedelta(days=2))
        assert (await _told(bot, code))[0] == before[0]
        assert _late_words(bot, before[1]) == []
        await _writes_late(bot, code, "cam", sign=True)  # a signed one comes out at once, and takes no other along
        assert _late_words(bot, before[1]) == ["cam"]


async def test_the_database_does_not_tell_who_wrote_which_late_reply_once_all_are_out(tmp_path: Path) -> None:
    async with engine(tmp_path) as bot:
        code = await _revealed(bot)
        since = len(bot.platform.posted)
        moments = {user: await _writes_late(bot, code, user, sign=user == "cam") for user in ("cam", *LATE[:4])}
        moments["took back"] = await _takes_back(bot, code, LATE[0])
        before = steal(bot.file, tmp_path / "before")
        await bot.pass_time(timedelta(days=9))
        found = steal(bot.file, tmp_path / "after")
        assert sorted(_late_words(bot, since)) == ["cam", *LATE[1:4]]
        assert _links(found, moments, signed=["cam"]) == []
        assert _links(before, moments, signed=["cam"])  # while they are held it is known who wrote


async def _takes_back(bot: Engine, code: RoundCode, user: str) -> datetime:
    await bot.pass_time(timedelta(minutes=7, seconds=13))
    asks: Any = await bot.do(Withdraw, user, code=code)
    _, taken, revision = asks.yes.argument.split(":")
    assert isinstance(await bot.do(Withdraw, user, code=code, agreed=Taken(taken), revision=int(revision)), Said)
    return bot.clock.now()


async def test_a_build_that_cuts_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine(tmp_path) as bot:
        code = await _revealed(bot)
        moments = {user: await _writes_late(bot, code, user) for user in LATE[:4]}
        monkeypatch.setattr(shredding, "cut", lambda *_: None)
        await bot.pass_time(timedelta(days=9))
        assert _links(steal(bot.file, tmp_path / "after"), moments)


async def _order(bot: Engine) -> float:
    """How much the order of late voices follows that in which they were written: mean of rank correlations."""
    found = []
    for n in range(ROUNDS):
        code = await _revealed(bot, f"sam{n}")
        since, order = len(bot.platform.posted), Random(n).sample(LATE, len(LATE))
        for user in order:
            await _writes_late(bot, code, user)
        await bot.pass_time(timedelta(days=9))
        stands = _late_words(bot, since)
        assert sorted(stands) == sorted(LATE)
        found.append(loot.correlation(range(len(LATE)), [order.index(user) for user in stands]))
    return sum(found) / len(found)


async def test_late_voices_stand_in_no_order_of_their_writers(tmp_path: Path) -> None:
    async with engine(tmp_path) as bot:
        assert abs(await _order(bot)) < TOO_MUCH
