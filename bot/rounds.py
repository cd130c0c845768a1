"""The types of the domain: frozen values that all other packages use. No behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from bot.answers import Answers, Level, Seen
from bot.people import Account, Address, PersonId, Place, Reach, Way, Why, Workspace
from bot.setups import Setup

RoundId = NewType("RoundId", int)
SeatId = NewType("SeatId", int)
VenueId = NewType("VenueId", int)
ActId = NewType("ActId", str)
RoundCode = NewType("RoundCode", str)  # "R-7F3K": easy to read out; never grants authority

GROUPS: Final = ("citizens", "frontline", "leaders")
"""The three default groups in reading order. Leaders come last: rank must not set the tone."""


class Stage(StrEnum):
    DESIGN = "design"
    DELIVERY = "delivery"
    EVALUATION = "evaluation"


class Phase(StrEnum):
    DRAFT = "draft"
    COLLECTING = "collecting"
    CLOSED = "closed"
    REVEALED = "revealed"
    ENDED = "ended"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """The headline stands: words may be read."""
        return self in (Phase.REVEALED, Phase.ENDED)


class Attribution(StrEnum):
    NAMED = "named"
    GROUP = "group"


class ChangeKind(StrEnum):
    """A change after opening. The independence statement lists all of them."""

    LATER = "later"
    EARLIER = "earlier"
    DOWNTIME = "downtime"
    CLOSED_EARLY = "closed_early"
    UNHEARD = "unheard"  # closed although its platform did not listen
    ADDED = "added"
    MOVED = "moved"  # somebody changed group
    REMOVED = "removed"
    REMOVED_REPLY = "removed_reply"  # written before 0.2, when a removal destroyed the answer; only read now


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str  # what it is called here: a word of ours (one of GROUPS), or any name
    is_leaders: bool = False
    asks_as: str = ""  # which of GROUPS it is, whatever it is called; empty: none of them, and asked as citizens


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    group: str
    level: Level
    text: str
    hint: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    address: Address
    told: Reach  # the audience as people were told it: before they wrote, or when this channel took another's place
    id: VenueId | None = None
    refused_at: datetime | None = None  # the headline was refused, and nobody has asked to try again since
    refusal: str | None = None  # why: one of `revealing.REFUSALS`, or the platform's own code
    opens_at: datetime | None = None  # chosen after the close: its reveal is not planned before; None: planned

    @property
    def place(self) -> Place:
        """The channel as a fact of a sentence. It holds the address, so that a rename shows."""
        return Place(address=self.address, name=self.told.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organiser:
    account: Account
    name: str
    is_first: bool = False
    gone_at: datetime | None = None  # the platform says the account is closed or left; cleared when they act again
    dm_closed_at: datetime | None = None  # they take no private messages; cleared when one is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One stakeholder's place in one round. It never holds words."""

    account: Account
    name: str
    group: str
    locale: str | None = None
    tz: str | None = None
    id: SeatId | None = None  # None: not stored yet
    person_id: PersonId | None = None
    way: Way = Way.PRIVATE
    asked_at: datetime | None = None  # when the question was delivered; CHANNEL: when they could find the button
    dm_closed_at: datetime | None = None  # they take no private messages: CHANNEL since then
    drafted_at: datetime | None = None  # words are here that were never sealed
    replied_at: datetime | None = None
    declined_at: datetime | None = None
    snoozed_until: datetime | None = None
    stopped_at: datetime | None = None  # "stop reminders"
    removed_at: datetime | None = None
    unreachable: Why | None = None
    moving_to: str | None = None  # they have sealed, and are asked whether they move to this group
    listed_in: str | None = None  # the group that the organiser moved them to last, agreed or not; None: never moved
    counted_in: str | None = None  # … and the group that they were first asked as; None: never moved
    revision: int = 0  # compare-and-set: every write of a reply, decline or snooze adds one

    @property
    def is_here(self) -> bool:
        return self.removed_at is None

    @property
    def has_words(self) -> bool:
        """Before the close: is there a draft or a reply of theirs?"""
        return self.drafted_at is not None or self.replied_at is not None

    @property
    def has_unsealed(self) -> bool:
        """There is an unsealed draft: never sealed, or changed after sealing."""
        return self.is_here and self.drafted_at is not None and self.declined_at is None

    @property
    def is_missing(self) -> bool:
        """Asked, and has neither replied nor declined."""
        return self.is_here and self.replied_at is None and self.declined_at is None

    @property
    def is_reached(self) -> bool:
        """The question was delivered, or the person replied or declined without it."""
        return any((self.asked_at, self.replied_at, self.declined_at))

    @property
    def address(self) -> Address:
        return Address(platform=self.account.platform, workspace=self.account.workspace, user=self.account.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    kind: ChangeKind
    at: datetime
    group: str | None = None
    until: datetime | None = None
    came_from: str | None = None  # of somebody who was in another group before


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    group: str
    asked: int
    reached: int
    replied: int
    declined: int
    signed: int = 0
    others: tuple[str, ...] = ()  # groups that are counted together with this one: people were moved between them


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The independence statement: counts and changes of the round. Frozen at prepare."""

    groups: tuple[GroupCount, ...]
    changes: tuple[Change, ...] = ()
    merged: Mapping[str, str] = field(default_factory=dict)  # small group -> group it is shown in; "" : no groups shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The part of a round that is needed to accept one reply or deliver one message."""

    id: RoundId
    code: RoundCode
    phase: Phase
    attribution: Attribution
    version: int
    closes_at: datetime | None
    closed_at: datetime | None
    revealing_at: datetime | None
    revealed_at: datetime | None
    ends_at: datetime | None
    late_for: timedelta
    lost_since: datetime | None = None
    stood_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round about one service at one stage, without people's words."""

    id: RoundId
    code: RoundCode
    workspace: Workspace
    phase: Phase
    created_at: datetime
    setup: Setup = field(default_factory=Setup)
    service: str = ""
    stage: Stage = Stage.DESIGN
    proposal: str = ""
    decided: str = ""
    still_open: str = ""
    contact: str = ""
    next_steps: str = ""  # who decides, by when, when people hear
    attribution: Attribution = Attribution.GROUP
    time_zone: str = "UTC"
    locale: str = "en"
    small_group: int = 3
    late_for: timedelta = timedelta(days=7)
    organisers: tuple[Organiser, ...] = ()
    groups: tuple[Group, ...] = ()
    questions: tuple[Question, ...] = ()
    venues: tuple[Venue, ...] = ()
    seats: tuple[Seat, ...] = ()
    opening_at: datetime | None = None  # `open` was pressed; the announcement does not stand yet
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    remind_at: tuple[datetime, ...] = ()  # automatic reminders still to come, earliest first
    nudged_at: datetime | None = None  # those with an unsealed draft were told
    reminded_at: datetime | None = None
    sizes: tuple[tuple[str, int, datetime], ...] = ()  # of a group: how many it was told to be, until it changed
    smaller_since: datetime | None = None  # what some were told of the size of their group is untrue, and not told yet
    smaller_told_at: datetime | None = None  # … was told last
    moved_for_downtime: int = 0
    closed_at: datetime | None = None
    prepared_at: datetime | None = None
    held_back_at: datetime | None = None  # the audience grew: when the organisers were last asked whether to reveal
    reveal_agreed_at: datetime | None = None  # when they agreed
    waits_since: datetime | None = None  # CLOSED, and its platform does not answer
    waits_for: str | None = None  # the code of that error
    revealing_at: datetime | None = None  # a message of the reveal was claimed: it can no longer be cancelled
    revealed_at: datetime | None = None  # the headline was posted in a venue: words may be read from now on
    ends_at: datetime | None = None
    root: str | None = None  # hex SHA-256 over the sorted commitments
    statement: Statement | None = None
    changes: tuple[Change, ...] = ()
    due_at: datetime | None = None  # when the alarm must process this round next
    version: int = 0
    lost_since: datetime | None = None  # restored from a backup: what was sent from then on is not known
    stood_at: datetime | None = None  # … and its headline stood in the meantime: nothing is published again
    stood_root: str | None = None  # `root` of what stands
    heard: int = 0  # how many said that they have read all answers; nobody is named

    @property
    def header(self) -> Header:
        return Header(
            id=self.id,
            code=self.code,
            phase=self.phase,
            attribution=self.attribution,
            version=self.version,
            closes_at=self.closes_at,
            closed_at=self.closed_at,
            revealing_at=self.revealing_at,
            revealed_at=self.revealed_at,
            ends_at=self.ends_at,
            late_for=self.late_for,
            lost_since=self.lost_since,
            stood_at=self.stood_at,
        )

    @property
    def leaders(self) -> Group | None:
        return next((group for group in self.groups if group.is_leaders), None)

    @property
    def unanswered(self) -> int:
        """How many were asked and have neither answered nor declined, as organisers are told.

        Removed people still count: if the number changed, it would show whether they had answered."""
        return sum(seat.replied_at is None and seat.declined_at is None for seat in self.seats)

    def seat_of(self, account: Account) -> Seat | None:
        """The seat of this account, also when it was removed."""
        return next((seat for seat in self.seats if seat.account == account), None)

    def is_at_home(self, account: Account) -> bool:
        """Is this account of the round's own workspace?"""
        return (self.workspace.platform, self.workspace.id) == (account.platform, account.workspace)

    @property
    def organisers_here(self) -> tuple[Organiser, ...]:
        """Without those who have left."""
        return tuple(one for one in self.organisers if one.gone_at is None)

    def is_run_by(self, account: Account) -> bool:
        return any(organiser.account == account for organiser in self.organisers)

    @property
    def is_orphaned(self) -> bool:
        """No organiser with an active account is left."""
        return all(organiser.gone_at is not None for organiser in self.organisers)

    @property
    def refused_venue(self) -> Venue | None:
        """The venue that refused the headline, if nobody has retried since."""
        return next((venue for venue in self.venues if venue.refused_at), None)

    @property
    def chosen_venue(self) -> Venue | None:
        """The first that was chosen after the close."""
        return next((venue for venue in self.venues if venue.opens_at), None)

    @property
    def opens_at(self) -> datetime | None:
        """When the first venue that was chosen after the close is due to be planned."""
        return min((venue.opens_at for venue in self.venues if venue.opens_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Perspective:
    """A reply after the close, as it will be read. `position` counts from 0 in reveal order; late ones follow."""

    id: str
    position: int
    group: str | None  # None: no groups are shown
    name: str | None  # signed or named
    seat_id: SeatId | None  # only where `name` is
    answers: Answers
    commitment: str
    seen: Seen | None = None  # late replies only
    withdrawn_at: datetime | None = None
    hidden: str | None = None  # the reason
    requests: tuple[str, ...] = field(default=(), repr=False)  # why people ask that it be hidden; never published

    @property
    def is_late(self) -> bool:
        return self.seen is not None

    @property
    def is_readable(self) -> bool:
        return self.withdrawn_at is None and self.hidden is None
