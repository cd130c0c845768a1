"""The only door to words: sealed, opened, taken down, destroyed.

What destroys words that were sealed, or replaces them, raises ListUnwritable where that cannot be listed beside the
key: then nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.acts import Act
from bot.answers import Answers, Receipt
from bot.messages import (
    Owed,
    Page,
)
from bot.people import Account, PersonId
from bot.reveal import Arranged, Opened, Plan, PlanAgain
from bot.rounds import ActId, Header, Perspective, Round, RoundCode, RoundId, Seat


class KeepRule(Protocol):
    """A rule of `bot.rules`: under what kind may words of this seat be kept now?"""

    def __call__(self, header: Header, seat: Seat, whole: Answers, /) -> str:
        """'reply', 'draft', 'late' or 'late_draft'. `whole`: the words as they would be kept. Raises NotAllowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Words are kept, durably. `receipt` only for sealed ones (reply, late)."""

    kind: str
    receipt: Receipt | None = field(default=None, repr=False)
    is_first: bool = True  # this seat had not replied before
    answers: Answers = field(default_factory=Answers, repr=False)  # all that this seat has now, the page merged
    changed: bool = True  # False: the page said what was there already, and was only looked at
    is_long: bool = False  # they are kept in a larger size than nearly all others: a thief of the database sees whose
    closes_at: datetime | None = None  # of the round, as it was when they were kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one seat has here."""

    answers: Answers
    kind: str  # 'draft', 'reply', 'late_draft' or 'late'
    receipt: Receipt | None = field(default=None, repr=False)
    is_long: bool = False  # as in `Held`

    def bears(self, typed: str) -> bool:
        """Is this its receipt, whatever case, spaces and hyphens it was typed with?"""
        return self.receipt is not None and _signs(self.receipt) == _signs(typed)


def _signs(receipt: str) -> str:
    return "".join(sign for sign in receipt.upper() if sign.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`is_final`: nothing of it is left in the database file or its log either; else it goes within a minute."""

    what: str
    is_final: bool
    found: bool = True


MOST_REQUESTS = 10
"""Reasons kept for one voice: they stand whole in one message, which holds no more on every platform."""

RequestsOwed = Callable[[Round], Sequence[Owed]]
"""What a request to hide a voice owes, given the round's shell (`bot.rules.revealing.asked_to_hide`)."""

TakenDown = Callable[[Round, Perspective, Mapping[str, Page | None]], Sequence[Owed]]
"""What a voice that became unreadable owes, given what stands of the round: key -> page of every PAGE, LATE_PAGE and
CONTRASTS owed or sent, key -> None of every REPORT that was tried or sent (`bot.reveal.take_down_owed`)."""


class Begun(Protocol):
    """How far somebody has come with what they write."""

    async def boxes_kept(self, ref: RoundCode, account: Account) -> int:
        """How many boxes the draft of this seat fills; 0 where there is none, or what is newest was sent.

        Raises UnknownRound."""


class OwnWords(Begun, Protocol):
    """What one seat has written, while it is sealed: only its writer gets it back."""

    async def keep(
        self,
        ref: RoundCode,
        account: Account,
        act: Act,
        answers: Answers,
        rule: KeepRule,
        *,
        boxes: Set[str] | None = None,
    ) -> Held:
        """Seals and stores what one seat wrote; touches header (shared lock) and own seat only.

        `boxes`: those that the page showed; None: all. The others stay as this seat has them: they are merged in the
        transaction (`rules.answering.merged`, over the kind that `goes_on_from` names), and `rule` judges the whole.
        A page that changes nothing of it, and is not to be sealed, writes nothing but the act.

        A reply replaces the draft and touches the seat's live message, which is then edited before those of others; a
        draft of somebody who has not replied touches it, too. The status card of the round is touched at a first reply.
        Durable when it returns.
        The same act again changes nothing and returns the same `Held`, with the answers as they are by then.
        Raises Closed, UnknownRound (also: no such seat), what `rule` raises.
        """

    async def own(self, ref: RoundCode, account: Account) -> Own | None:
        """What I wrote: a sealed reply before a draft, unless the draft is newer. Raises UnknownRound."""

    async def withdraw(self, ref: RoundCode, account: Account, act: Act, revision: int) -> Erased:
        """Destroys all that this seat has in envelopes: draft and reply until it is prepared, and what came late.

        Only while the seat is at `revision`, as its writer was asked: else nothing is destroyed, and `what` is
        "changed". While answers are collected it touches the seat's live message; later that one tells nothing of it.
        `found` False: there was none. The same act again does nothing (`what` is "done" where what it did is not known
        any more)."""

    async def holds(self, ref: RoundCode, account: Account, receipt: Receipt) -> bool:
        """Before the reveal: is this the receipt of what I sealed? Once prepared, of what anybody did: it is a key."""


class Voices(Protocol):
    """Words as they are read, after the close: perspectives, and what becomes of them."""

    async def has_signed(self, ref: RoundCode, account: Account) -> bool:
        """Is there a voice that can be read and bears this account's name? Raises UnknownRound."""

    async def take_down(
        self, ref: RoundCode, by: Account | Receipt, owed: TakenDown, now: datetime, act: ActId | None = None
    ) -> Erased:
        """Once prepared (CLOSED or later): blanks one perspective, and owes what `owed` says.

        The same act again does nothing.

        By receipt it leaves no act, and a date only. `found` False: no voice of this account or receipt."""

    async def hide(self, ref: RoundCode, position: int, reason: str, owed: TakenDown, now: datetime) -> bool:
        """After the reveal: destroys the words of one perspective, keeps the reason, and owes what `owed` says.

        False: there is none at that position that can still be read. Raises Sealed before REVEALED."""

    async def ask_to_hide(
        self, ref: RoundCode, position: int, reason: str, owed: RequestsOwed, now: datetime, act: ActId
    ) -> bool:
        """After the reveal: keeps one more reason for hiding a voice, sealed, owes what `owed` says, touches its cards.

        Nothing is stored of who asks, and of when a date only. The reasons are destroyed with the voice. The same act
        again does nothing. False: the voice cannot be read any more, or has `MOST_REQUESTS`. Raises Sealed before
        REVEALED."""

    async def find(self, ref: RoundCode, receipt: Receipt) -> Perspective | None:
        """The perspective whose commitment opens with this receipt. Raises Sealed before REVEALED."""

    async def voices(self, id: RoundId, positions: Sequence[int]) -> Sequence[Perspective]:
        """With the reasons for which people ask that each be hidden. Raises Sealed before REVEALED."""

    async def perspectives(self, id: RoundId) -> Sequence[Perspective]:
        """All, in reading order, late ones last. Raises Sealed before REVEALED."""


class Shown(Begun, Voices, Protocol):
    """What messages say of words."""


class Openings(Protocol):
    """Words that come out of their envelopes."""

    async def prepare(self, id: RoundId, plan: Plan, now: datetime) -> bool:
        """Once, by compare-and-set on `prepared_at`: opens, plans, stores perspectives, cuts links, destroys envelopes,
        keys and receipts of the seats, owes the pages. False: somebody did it before."""

    async def plan_again(self, id: RoundId, plan: PlanAgain, now: datetime) -> bool:
        """Of a prepared round that is CLOSED: owes what `plan` says. False: it is neither."""

    async def release_late(
        self, id: RoundId, plan: Callable[[Round, Sequence[Opened]], Arranged], now: datetime, *, signed: bool
    ) -> int:
        """Turns sealed late replies (signed ones as they come; unsigned ones together at the end) into perspectives.

        At the end `plan` is asked also where there are none: it ends the round in the same transaction, and with it all
        words that were never handed in. None that was can come in between."""


class Housekeeping(Protocol):
    """Words, rounds and people that go."""

    async def destroy(self, id: RoundId) -> Erased:
        """The round and all that belongs to it."""

    async def erase(self, whom: PersonId | Account, now: datetime) -> Erased:
        """One person's data everywhere: words, seats, accounts, messages to them, and wherever set-ups, messages
        and audiences of others name them; entries of others stay. An account is enough, for somebody who is only named.

        Published unsigned words cannot be found, and what people typed themselves is not read."""

    async def scrub(self) -> bool:
        """Wipes what was deleted from the database file and its log. False: busy, try again."""


class Replies(OwnWords, Voices, Openings, Housekeeping, Protocol):
    """The only door to words."""
