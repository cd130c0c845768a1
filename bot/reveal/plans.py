"""Input and output values of the reveal functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.answers import Answers, Receipt
from bot.messages import Owed, Page, Reveal
from bot.rounds import Perspective, Round, Seat, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One reply, opened at prepare, before it is cut from its writer."""

    seat: Seat
    answers: Answers
    nonce: Receipt = field(repr=False)
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """How a round will be revealed. `perspectives` have fresh ids and stand in reading order."""

    perspectives: tuple[Perspective, ...]
    owed: tuple[Owed, ...]
    round_: Round  # with statement, root and prepared_at
    touch: tuple[str, ...] = ()


Plan = Callable[[Round, Sequence[Opened]], Arranged]
"""Pure and synchronous. `prepare` calls it again where something was written or taken back in between."""

PlanAgain = Callable[[Round, Sequence[Perspective]], Arranged]
"""Takes a prepared round and its voices. Returns messages for venues that were chosen after it was prepared."""

PagesOf = Callable[[Reveal, Venue], Sequence[Page]]
"""`Platform.plan` of the venue's platform."""
