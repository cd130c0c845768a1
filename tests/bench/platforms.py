"""What the benches need of a platform: people who press and send forms, before our bot and before its SDK alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from bot.messages import Pace
from bot.people import Account
from bot.rounds import Round, RoundCode
from tests.bench.town import Town, round_of


class Hands(Protocol):
    """Each returns when the platform has its answer, and raises AssertionError where that is another one."""

    async def press(self, n: int) -> None:
        """Something without words; the nth of all."""

    async def send(self, n: int, step: int) -> None:
        """A page of the answer of the nth person."""


class Measured(Protocol):
    """`users`: who has a part in the round whose answers are sent. `keep`: called before a page is answered."""

    title: str
    sdk: str
    pace: Pace
    steps: int  # pages of an answer

    def accounts(self, count: int) -> Sequence[Account]: ...

    def ours(self, here: Town, code: RoundCode) -> AbstractAsyncContextManager[Hands]:
        """The whole adapter with the bot behind it. On leaving, all that was begun is done."""

    def bare(self, keep: Callable[[], object]) -> AbstractAsyncContextManager[Hands]:
        """The SDK with nothing behind it. Is entered after `ours`."""


def round_on(platform: Measured, count: int, code: RoundCode) -> Round:
    """As `round_of`, but its people are on this platform."""
    accounts = platform.accounts(count)
    here = round_of([account.user for account in accounts], code)
    seats = [replace(seat, account=account) for seat, account in zip(here.seats, accounts, strict=True)]
    return replace(here, seats=tuple(seats))


def nothing() -> None:
    """Is kept."""
