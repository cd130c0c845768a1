"""What the engine needs of the world: each port with what it promises and raises.

An implementation must pass the contract suite of its port (`tests/contract/`). All times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.acts import Act, Outcome
from bot.messages import (
    CardDue,
    File,
    Message,
    MessageId,
    Owed,
    Pace,
    Page,
    Post,
    Posted,
    PostKey,
    Result,
    Reveal,
    Step,
)
from bot.people import Account, Address, Cast, PersonId, Reach, Workspace
from bot.reveal import Arranged, Opened, Plan, PlanAgain
from bot.rounds import ActId, Answers, Header, Perspective, Phase, Receipt, Round, RoundCode, RoundId, Seat, Venue
from bot.rules.moves import Rule, SeatRule


class Service(Protocol):
    """The one way in (`bot.service`)."""

    async def do(self, act: Act) -> Outcome: ...


class Clock(Protocol):
    """Time as the bot knows it. It may be stopped and moved (playground, tests)."""

    def now(self) -> datetime: ...

    def real(self, at: datetime) -> datetime | None:
        """When the machine's clock will show what ours shows at `at`; None while ours stands still before it."""

    def watch(self, moved: Callable[[], None]) -> None:
        """`moved` is called whenever the clock was stopped, started or set."""


# rounds -------------------------------------------------------------------------------------------------------


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
    group_size: int  # people in their group who have not been removed


class Rounds(Protocol):
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

        Raises UnknownRound; for an account of the round's own workspace that has no seat NotAllowed (`not_in_round`).
        """

    async def of(self, account: Account) -> Sequence[RoundLine]:
        """Rounds this account has a seat in or runs, the newest first, at most 50."""

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


# replies ------------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one seat has here."""

    answers: Answers
    kind: str  # 'draft', 'reply', 'late_draft' or 'late'
    receipt: Receipt | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`is_final`: nothing of it is left in the database file or its log either; else it goes within a minute."""

    what: str
    is_final: bool
    found: bool = True


TakenDown = Callable[[Round, Perspective, Mapping[str, Page | None]], Sequence[Owed]]
"""What a voice that became unreadable owes, given what stands of the round: key -> page of every PAGE, LATE_PAGE and
CONTRASTS owed or sent, key -> None of every REPORT that was tried or sent (`bot.reveal.take_down_owed`)."""


class Replies(Protocol):
    """The only door to words."""

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

        A reply replaces the draft and touches the seat's live message; the status card of the round is touched at a
        first reply. Durable when it returns.
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

    async def find(self, ref: RoundCode, receipt: Receipt) -> Perspective | None:
        """The perspective whose commitment opens with this receipt. Raises Sealed before REVEALED."""

    async def holds(self, ref: RoundCode, account: Account, receipt: Receipt) -> bool:
        """Before the reveal: is this the receipt of what I sealed? Once prepared, of what anybody did: it is a key."""

    async def prepare(self, id: RoundId, plan: Plan, now: datetime) -> bool:
        """Once, by compare-and-set on `prepared_at`: opens, plans, stores perspectives, cuts links, destroys envelopes,
        keys and receipts of the seats, owes the pages. False: somebody did it before."""

    async def plan_again(self, id: RoundId, plan: PlanAgain, now: datetime) -> bool:
        """Of a prepared round that is CLOSED: owes what `plan` says. False: it is neither."""

    async def voices(self, id: RoundId, positions: Sequence[int]) -> Sequence[Perspective]:
        """Raises Sealed before REVEALED."""

    async def perspectives(self, id: RoundId) -> Sequence[Perspective]:
        """All, in reading order, late ones last. Raises Sealed before REVEALED."""

    async def release_late(
        self, id: RoundId, plan: Callable[[Round, Sequence[Opened]], Arranged], now: datetime, *, signed: bool
    ) -> int:
        """Turns sealed late replies (signed ones as they come; unsigned ones together at the end) into perspectives.

        At the end `plan` is asked also where there are none: it ends the round in the same transaction, and with it all
        words that were never handed in. None that was can come in between."""

    async def destroy(self, id: RoundId) -> Erased:
        """The round and all that belongs to it."""

    async def erase(self, whom: PersonId | Account, now: datetime) -> Erased:
        """One person's data everywhere: words, seats, accounts, messages to them, and wherever set-ups, messages
        and audiences of others name them; entries of others stay. An account is enough, for somebody who is only named.

        Published unsigned words cannot be found, and what people typed themselves is not read."""

    async def scrub(self) -> bool:
        """Wipes what was deleted from the database file and its log. False: busy, try again."""


# outbox -------------------------------------------------------------------------------------------------------


class Outbox(Protocol):
    async def ready(self, now: datetime, busy: Set[str], limit: int = 100) -> Sequence[Message]:
        """The head of each lane that is OWED, whose `not_before` has come, whose `after` stands, and which is not busy.

        A lane with a message that is SENDING, STUCK, or was tried before (`attempt > 0`) and must wait, has no other
        head: nothing overtakes it. A message never tried whose `not_before` is still to come is passed by later ones.
        """

    async def claim(self, id: MessageId, attempt: int, now: datetime) -> Message | None:
        """OWED -> SENDING with attempt + 1, by compare-and-set on `attempt`.

        In the same transaction `rules.still_wanted` is asked (else DROPPED, None), and the first claim of a reveal
        message sets `revealing_at`.
        """

    async def finish(self, id: MessageId, attempt: int, result: Result, now: datetime) -> bool:
        """By compare-and-set on the attempt.

        GaveUp with a `why` also marks the seat unreachable and touches the status card. A refused announcement puts
        its round back to DRAFT (`opening.announcement_refused`), a sent one asks everybody (`opening.announced`).
        A sent headline moves its round to REVEALED (`revealing.stands`), which is due at once where late replies wait;
        a refused one is told (`revealing.refused`), one that is complete is told to everybody (`revealing.completed`).
        An organiser whose account is closed or gone is marked.
        A sent question marks its seat asked and touches the status card. A sent post of a kind in `TAKE_OVER` becomes
        the live message of its seat, showing the edition that was wanted when it was claimed.
        False: it was finished before."""

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        """`finish`, and `claim` of what is ready in that lane then, in one transaction: one commit a message.

        None: nothing is ready there, what was is no longer wanted, or it was finished before."""

    async def step(self, id: MessageId, attempt: int, step: Step) -> None:
        """Stores how far a delivery in several steps has come."""

    async def wake(self, workspace: Workspace, now: datetime) -> Sequence[RoundId]:
        """What was tried in this workspace and put off is due at once, cards included. Rounds that are owed something
        there."""

    async def orphans(self) -> Sequence[Message]:
        """All that are SENDING."""

    async def next_ready(self, now: datetime) -> datetime | None:
        """The earliest `not_before` after `now` of what is OWED, cards included."""

    async def cards(self, now: datetime, full: Set[Workspace] = frozenset(), limit: int = 100) -> Sequence[CardDue]:
        """Cards that stand and should show something newer, whose pause is over; bulk ones last.

        People's live messages are bulk, but for one whose person acted since it was last shown. Where a live message
        itself is up to date, the posts that it left behind come, one at a time. No bulk ones of workspaces in `full`.
        """

    async def shown(self, id: MessageId, wanted: int, not_before: datetime) -> None:
        """The card shows edition `wanted` (one older than due: it stays due); leave it alone until `not_before`."""

    async def moved(self, id: RoundId, was: Posted, to: Posted) -> None:
        """What stood at `was` could not be edited, and was posted anew: edits and threads find it there."""

    async def pointed(self, id: MessageId, older: Posted) -> None:
        """This older post of a live message says where to look now."""

    async def touch_cards(self, id: RoundId) -> None:
        """All cards of the round should show something newer."""


class Vault(Protocol):
    """Adapters' own secrets, encrypted."""

    async def put(self, key: str, secret: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...


# platforms ----------------------------------------------------------------------------------------------------


class Platform(Protocol):
    """Where owed things are delivered. Every method may raise Later, Revoked or Unknown."""

    name: str
    pace: Pace

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        """Pure: cuts the reveal into this platform's messages (`bot.reveal.pages` with its own limits)."""

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        """Raises Later, Unreachable, Rejected, Revoked, Unknown."""

    async def find(self, to: Address, key: PostKey, since: datetime, thread: Posted | None = None) -> Posted | None:
        """Was it posted? Raises Unsearchable."""

    async def show(self, card: Post, at: Posted) -> Posted:
        """Latest wins. May be repeated. Where it stands now: elsewhere, where what stood could not be edited."""

    async def amend(self, at: Posted, message: Post | None) -> Posted:
        """As `show`. None: remove. May be repeated; a post that is gone is no error."""

    async def attach(
        self, files: Sequence[File], to: Address, key: PostKey, thread: Posted | None, done: Step | None
    ) -> Step | Posted:
        """One step at a time; the courier stores each and calls again. Raises as `post`.

        A file that is refused is left out and named in `Posted.left_out`; Rejected only where all are refused."""

    async def people(self, workspace: Workspace, refs: Sequence[str], since: datetime | None = None) -> Cast:
        """Expands groups; says who cannot be reached, and why. Who is in a group is asked anew each time.

        `since`: nothing counts that the platform said before then. Where Later is raised, the next call goes on from
        what was found."""

    async def reach(self, address: Address) -> Reach:
        """May the bot post, thread, attach there; who reads. Raises Unreachable."""


Deliver = Callable[[Message], Awaitable[None]]
