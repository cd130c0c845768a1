"""A reveal is arranged before it is written down: what was written or taken back in between counts all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from bot.reveal import Arranged, Opened
from bot.rounds import Round, RoundCode
from tests.builders import account, act, answers, collecting, seat
from tests.contract.stores import CLOSE, Stores, arrange, kept_as, sql_stores

CODE = RoundCode("R-7F3K")

Between = Callable[[Stores], Awaitable[object]]


async def revealed(folder: Path, between: Between) -> tuple[list[str], int]:
    """(what is published, how often it was arranged). `between`: done after the first look, before the writing."""
    loop, looks = asyncio.get_running_loop(), 0
    async with sql_stores(folder / "test.db") as (stores, _):
        round_ = await stores.keep_round(collecting(*(seat(user) for user in ("ann", "bob", "cal"))))
        for user in ("ann", "bob"):
            await stores.replies.keep(round_.code, account(user), act(user), answers(user), kept_as("reply"))
        await stores.rounds.close([round_.id], CLOSE)

        def plan(round_: Round, opened: Sequence[Opened]) -> Arranged:
            nonlocal looks
            looks += 1
            if looks == 1:  # in a reader's thread: the writer is free
                asyncio.run_coroutine_threadsafe(_awaited(between(stores)), loop).result(10)
            return arrange(
                round_,
                opened,
            )

        assert await stores.replies.prepare(round_.id, plan, CLOSE)
        await stores.reveal(round_)
        published = sorted(one.answers.personal for one in await stores.replies.perspectives(round_.id))
        return published, looks


async def _awaited(work: Awaitable[object]) -> None:
    await work


async def test_what_nobody_touched_is_arranged_once(tmp_path: Path) -> None:
    async def nothing(_: Stores) -> None: ...

    assert await revealed(tmp_path, nothing) == (["ann", "bob"], 1)


async def test_words_taken_back_in_between_are_not_published(tmp_path: Path) -> None:
    async def take_back(stores: Stores) -> None:
        assert (await stores.take_back(CODE, account("ann"), act("back"))).what == "reply"

    assert await revealed(tmp_path, take_back) == (["bob"], 2)


@pytest.mark.parametrize("user", ["ann", "cal"])
async def test_late_words_that_come_in_between_are_kept(tmp_path: Path, user: str) -> None:
    async def write(stores: Stores) -> None:
        await stores.replies.keep(CODE, account(user), act("late"), answers("late"), kept_as("late"))

    published, looks = await revealed(tmp_path, write)
    assert (published, looks) == (["ann", "bob"], 2)
    async with sql_stores(tmp_path / "test.db", new=False) as (stores, _):
        own = await stores.replies.own(CODE, account(user))
        assert own is not None
        assert (own.kind, own.answers) == ("late", answers("late"))
