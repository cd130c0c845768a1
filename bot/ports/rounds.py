"""Rounds as they are stored, and when they are due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.acts import Act, Outcome
from bot.people import Account
from bot.rounds import ActId, Header, Phase, Round, RoundCode, RoundId, Seat
from bot.rules.moves import Decision, Rule, SeatRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """A round in a list."""

    code: RoundCode
    service: str
    phase: Phase
    closes_at: datetime | None
    is_organiser: bool
    seat: Seat | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """What `change` did. `is_new` False: this act was done before, and `outcome` is what it got then."""

    outcome: Outcome
    round_: Round
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatChangeResult:
    outcome: Outcome
    is_new: bool
    erased: bool = False  # words were destroyed (decline after a reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSeat:
    """A round as one stakeholder needs it: everything but the other seats."""

    round_: Round  # its shell, with this one seat
    seat: Seat
    group_size: int  # people they are told are in their group (`rules.groups.told`)


class RoundRecords(Protocol):
    """What one act, or one message, needs of a round."""

    async def start(self, draft: Round, act: Act) -> Round:
        """Stores a new DRAFT. `draft.id` is ignored and `draft.code` is a wish: a fresh code where it is taken.

        The same act again returns the round it made.
        """

    async def get(self, ref: RoundCode | RoundId) -> Round:
        """With its seats. Raises UnknownRound."""

    async def shell(self, id: RoundId) -> Round:
        """Without its seats (`seats` is empty): cheap however many people take part. Raises UnknownRound."""

    async def seat(self, ref: RoundCode, account: Account) -> tuple[Header, Seat] | None:
        """The one seat, without loading the others. None where there is none. Raises UnknownRound."""

    async def own_seat(self, ref: RoundCode, account: Account) -> OwnSeat:
        """The shell and one seat, in one read: it takes as long however many people take part.

        Raises UnknownRound; for an account of the round's own workspace that has no seat NotAllowed (`not_asked`).
        """

    async def of(self, account: Account) -> Sequence[RoundLine]:
        """Rounds this account has a seat in or runs, the newest first, at most 50."""

    async def accounts(self, platform: str, user: str, ref: RoundCode | None = None) -> Sequence[Account]:
        """Accounts of this user that are asked in that round, or organise it: each once. None where there is no such.

        Without `ref`: in any round that is in play; that of the newest round first."""

    async def met(self, accounts: Sequence[Account]) -> Set[Account]:
        """Those of them to whom a question was delivered in private, in any round that is kept."""

    async def change(self, id: RoundId, act: ActId | None, rule: Rule, now: datetime) -> ChangeResult:
        """One transaction: exclusive lock, rule, save, what it owes, audit, act; bumps `version` if the round changed.

        An act id that is known is answered from the stored outcome; the rule is not asked.
        A rule that raises changes nothing.
        """

    async def change_seat(
        self, ref: RoundCode, account: Account, act: ActId, rule: SeatRule, now: datetime
    ) -> SeatChangeResult:
        """As `change`, for one seat: header read (shared lock), own seat by compare-and-set; no other seat is loaded.

        Touches the live message of a seat that changed, and the status card where the decision says so.
        Raises UnknownRound (also: no such seat).
        """


class Timetable(Protocol):
    """When something is due, and until when the bot was here."""

    async def due(self, now: datetime, limit: int) -> Sequence[RoundId]:
        """Rounds whose `due_at` has come, earliest first."""

    async def next_due(self) -> datetime | None: ...

    async def put_off(self, id: RoundId, until: datetime, now: datetime) -> None:
        """A round that is due is due again at `until`, or when a change of it says so. One that is not due stays."""

    async def close(self, ids: Sequence[RoundId], now: datetime) -> Sequence[RoundId]:
        """COLLECTING -> CLOSED, many in one transaction; `due_at` becomes `now` (prepare is due).

        Only those whose `closes_at` plus `moves.GRACE` has come. Returns those it closed."""

    async def beat(self, now: datetime, listening: Collection[str] = ()) -> None:
        """Writes the heartbeat, and of each platform in `listening` that its events arrive at this moment."""

    async def last_beat(self) -> datetime | None: ...

    async def last_heard(self, platform: str) -> datetime | None:
        """The newest heartbeat at which the platform's events arrived. None: they never did."""

    async def over_since(self, before: datetime, limit: int) -> Sequence[RoundId]:
        """ENDED and CANCELLED rounds whose `ends_at` lies before that, at most `limit`."""

    async def idle_drafts(self, before: datetime, limit: int) -> Sequence[RoundId]:
        """DRAFTs that were begun before that and that nobody has acted on since, at most `limit`; none that opens."""

    async def in_play(self) -> Sequence[RoundId]:
        """COLLECTING, CLOSED and REVEALED rounds."""

    async def closing_between(self, since: datetime, until: datetime) -> Sequence[RoundId]:
        """COLLECTING rounds with `since <= closes_at < until` (or any closes_at before `until` where it was missed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far one person has read the answers of a round."""

    position: int | None = None  # of the voice that was shown last; None: none yet
    is_done: bool = False  # they said that they have read all


HeardRule = Callable[[Round, Callable[[Account], bool]], Decision]
"""A rule about a round and who has read all of it (`bot.rules.revealing.heard`)."""


class Readings(Protocol):
    """How far people have read. It is stored under a digest of the account, without a time, and never told to anybody.

    Goes with the round, and when the person is erased.
    """

    async def bookmark(self, id: RoundId, account: Account) -> Bookmark | None: ...

    async def turn_to(self, id: RoundId, account: Account, position: int) -> None:
        """Remembers the voice that this person is shown; whether they have read all stays."""

    async def read_all(self, id: RoundId, account: Account, rule: HeardRule, now: datetime) -> bool:
        """In one transaction: this person has read all, and what `rule` decides. False: they said so before.

        A rule that raises changes nothing. Raises UnknownRound."""


class Rounds(RoundRecords, Timetable, Readings, Protocol):
    """Everything about rounds but the words."""
