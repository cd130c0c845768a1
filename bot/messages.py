"""Messages as data: kinds, content and delivery state. No layout, and no person's words before the reveal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from bot.people import Address, Place, Why
from bot.rounds import Header, Perspective, RoundCode, RoundId, Seat, SeatId, Statement

MessageId = NewType("MessageId", int)
PostKey = NewType("PostKey", str)  # 22 characters; the platform's mark by which a post is found again

Fact = str | int | datetime | timedelta | Place
Facts = Mapping[str, Fact]


class MessageKind(StrEnum):
    """One rendering each in the catalogue (`message.<kind>`)."""

    # to the organiser, privately
    PREVIEW = "preview"
    STATUS = "status"
    REHEARSAL = "rehearsal"
    NOT_OPENED = "not_opened"  # the announcement could not be posted
    HELD_BACK = "held_back"  # the reveal waits for them: the audience grew, or the channel takes no posts
    STUCK = "stuck"  # a conversation refuses messages
    PAUSED = "paused"  # the workspace had revoked the bot, and installed it again
    CLOCK_HELD = "clock_held"  # the machine's clock is wrong: nothing closes or opens until it is right
    WRONG_GROUP = "wrong_group"  # somebody says they were asked as the wrong group
    HIDING = "hiding"  # a card: people ask that one voice be hidden
    # to the channel
    ANNOUNCEMENT = "announcement"
    CAST_CHANGED = "cast_changed"
    CALLED_OFF = "called_off"
    HEADLINE = "headline"  # posted as "Opening …"
    HEADING = "heading"  # a group's own post, in rounds above 20 voices
    PAGE = "page"
    CONTRASTS = "contrasts"
    HEADLINE_DONE = "headline_done"  # the headline completed
    REPORT = "report"
    INVITATION = "invitation"
    NEXT_STEPS = "next_steps"
    LATE_PAGE = "late_page"
    # to one stakeholder, privately
    QUESTION = "question"  # a card: the one live message that each person has for a round
    REMINDER = "reminder"
    CHANNEL_REMINDER = "channel_reminder"  # in the channel, to those who are asked there; it names nobody
    CHANNEL_DEADLINE = "channel_deadline"  # likewise: an edited announcement notifies nobody
    NUDGE = "nudge"  # there are words that were not sealed
    DEADLINE_MOVED = "deadline_moved"
    CLOSED_EARLY = "closed_early"  # to those missing
    CANCELLED = "cancelled"
    REMOVED = "removed"
    SMALLER_GROUP = "smaller_group"  # fewer are in their group than they were told
    WITHHELD = "withheld"  # the reveal waits, and why; the same words to everybody who was asked
    NEW_VENUE = "new_venue"  # the reveal moves to another channel; the same words to everybody who was asked
    OPENED = "opened"  # the answers are open; the same words to everybody, so that it tells nobody who replied
    # states of a question card; never enqueued on their own
    HELD = "held"  # the answer is sealed
    MOVE = "move"  # … and its writer is asked whether it moves to another group with them
    DECLINED = "declined"
    CLOSED = "closed"  # between the close and the reveal; the same words to everybody
    OLDER = "older"  # a newer post has taken over


TAKE_OVER = frozenset(
    {
        MessageKind.QUESTION,
        MessageKind.REMINDER,
        MessageKind.NUDGE,
        MessageKind.DEADLINE_MOVED,
        MessageKind.CLOSED_EARLY,
        MessageKind.CANCELLED,
        MessageKind.REMOVED,
        MessageKind.SMALLER_GROUP,
        MessageKind.WITHHELD,
        MessageKind.NEW_VENUE,
        MessageKind.OPENED,
    }
)
"""Posts that become the live message of a stakeholder. The previous live message then points to the new one."""


class Op(StrEnum):
    POST = "post"
    AMEND = "amend"  # edits the post of `after`; may be repeated without harm
    ATTACH = "attach"


class State(StrEnum):
    OWED = "owed"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"  # no longer wanted at the claim
    GIVEN_UP = "given_up"  # cannot be delivered, for a stated reason
    STUCK = "stuck"  # refused in every form; its lane is blocked and the organisers are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence of the catalogue: its key and its facts."""

    key: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """People's own words, under a heading. Shown in full, as plain text: no markup, mention or link in it is active."""

    text: str = field(repr=False)
    heading: Line | None = None
    locale: str | None = None  # of the words, where known


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A button. Its label is `control.<verb>` (or `control.<verb>.<argument>` where the catalogue has it)."""

    verb: str
    code: RoundCode | None = None
    argument: str = field(default="", repr=False)  # may be a receipt
    wording: str = ""  # its label is `control.<verb>.<wording>`; no part of the id
    name: str = ""  # of whom the label speaks: its {name}; no part of the id

    @property
    def id(self) -> str:
        """`coproduce:<verb>:<round code>[:<argument>]`: a promise, it stays in channels for months."""
        parts = ["coproduce", self.verb, self.code or ""]
        return ":".join([*parts, self.argument] if self.argument else parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The content of one message, before wording (`bot.text`) and layout (the adapter's views)."""

    kind: MessageKind
    content: tuple[Line | Passage, ...]
    controls: tuple[Control, ...] = ()
    locale: str = "en"
    tz: str = "UTC"
    is_plain: bool = False  # the fallback after a refusal: the same words with no layout


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    name: str
    media_type: str
    content: bytes = field(repr=False)
    title: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that the platform refused, and the platform's own code for it."""

    name: str
    reason: str

    @property
    def format(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a post stands: the platform's own ids, opaque to the engine."""

    place: str
    id: str
    left_out: tuple[LeftOut, ...] = ()  # known when files were attached; not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Progress of a delivery in several steps. Opaque to the engine."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The platform's rate and size limits, which the set-up also checks. Zero: no limit."""

    seconds_between_posts_in_one_conversation: float = 0.0
    posts_a_minute_in_one_workspace: int = 0
    edits_a_minute_in_one_workspace: int = 0
    new_conversations_an_hour: int = 0  # of a workspace, with people whom the bot has not written to
    longest_message: int = 4_000  # characters, as `Platform.measure` counts them


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of one voice on a page: characters `start` to `end` of one box; or a heading alone (`voice` None)."""

    heading: Line | None = None
    voice: int | None = None  # Perspective.position
    box: str = ""  # a Level's value
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message of the reveal. Page boundaries are fixed at prepare and never change."""

    kind: MessageKind
    title: Line
    parts: tuple[Part, ...] = ()
    under: str = ""  # "" : in the headline's thread; else the group whose own post is the thread; HEADING: itself

    @property
    def voices(self) -> frozenset[int]:
        return frozenset(part.voice for part in self.parts if part.voice is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """Everything that a reveal publishes, in reading order: citizens first, leaders last."""

    code: RoundCode
    service: str
    groups: tuple[str, ...]  # in reading order
    perspectives: tuple[Perspective, ...]
    statement: Statement
    root: str
    leaders: str | None  # the leaders' group


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message to deliver once. `key` is its idempotency key (`R-7F3K:question:12:0`): a repeated save is ignored."""

    key: str
    kind: MessageKind
    to: Address
    op: Op = Op.POST
    seat_id: SeatId | None = None
    seat_of: str | None = None  # str(account) of a seat stored in the same change, which has no id yet
    args: Mapping[str, Any] = field(default_factory=dict)  # JSON; never words
    not_before: datetime | None = None
    after: str | None = None  # key of the message that must be delivered first
    in_thread: bool = False  # in the thread of `after` (of its root)
    is_card: bool = False  # once posted, kept up to date in place


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as the outbox returns it to the courier."""

    id: MessageId
    key: str
    round_id: RoundId
    kind: MessageKind
    op: Op
    to: Address
    state: State
    attempt: int
    args: Mapping[str, Any]
    tried_at: datetime | None
    step: Step | None
    posted: Posted | None
    anchor: Posted | None  # the post of `after`
    in_thread: bool
    is_card: bool
    header: Header
    seat: Seat | None

    @property
    def post_key(self) -> PostKey:
        return post_key(self.key)

    @property
    def lane(self) -> str:
        return lane_of(self.to, self.round_id, self.op)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDue:
    """A card that was posted and needs an edit.

    `is_older`: edit a previous post of the card (`message.posted`), so that it points to the newer one.
    `is_bulk`: one of many live messages that change together. It has lower priority than all other edits.
    """

    message: Message
    wanted: int
    is_older: bool = False
    is_bulk: bool = False


# How one attempt to deliver ended -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    posted: Posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Back to OWED: the message was certainly not delivered."""

    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    why: Why | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Refused in every form: STUCK."""

    reason: str


Result = Sent | Again | GaveUp | Refusal


def lane_of(to: Address, round_id: RoundId, op: Op) -> str:
    """Messages of one lane are delivered in order: those of one round in one conversation.

    Files have a lane of their own, so that no message waits for an upload.
    """
    return f"{round_id}/{to.lane}{'+files' if op is Op.ATTACH else ''}"


def post_key(key: str) -> PostKey:
    """The 22-character mark of a message on its platform: 128 bits of SHA-256, in base64url."""
    digest = hashlib.sha256(key.encode()).digest()[:16]
    return PostKey(base64.urlsafe_b64encode(digest).decode().rstrip("="))


BY_CODE, BY_NAME = "by_code", "by_name"
"""Wordings of a button among several of one verb: the code of its round, or its label and behind it `Control.name`."""

LONGEST_CONTROL = 100
"""Characters of a control's id: the least that a platform takes."""


def control(verb: str, code: RoundCode | None = None, argument: str = "", wording: str = "", name: str = "") -> Control:
    return Control(verb=verb, code=code, argument=argument, wording=wording, name=name)


def line(key: str, **facts: Fact) -> Line:
    return Line(key=key, facts=facts)


def args_of(page: Page) -> dict[str, Any]:
    """A page as `Owed.args`: where it is cut, never the words."""
    return {
        "kind": page.kind.value,
        "title": _told(page.title),
        "parts": [
            [_told(part.heading) if part.heading else None, part.voice, part.box, part.start, part.end]
            for part in page.parts
        ],
        "under": page.under,
    }


def page_of(args: Mapping[str, Any]) -> Page:
    """The page that `args_of` stored."""
    return Page(
        kind=MessageKind(args["kind"]),
        title=Line(key=args["title"][0], facts=args["title"][1]),
        parts=tuple(
            Part(
                heading=Line(key=heading[0], facts=heading[1]) if heading else None,
                voice=voice,
                box=box,
                start=start,
                end=end,
            )
            for heading, voice, box, start, end in args["parts"]
        ),
        under=args["under"],
    )


def voices_of(args: Mapping[str, Any]) -> frozenset[int]:
    """`page_of(args).voices`, or the voice that a HIDING card is about; none for other kinds."""
    if "position" in args:
        return frozenset({int(args["position"])})
    return frozenset(voice for _, voice, *_ in args.get("parts", ()) if voice is not None)


def _told(told: Line) -> list[Any]:
    return [told.key, dict(told.facts)]  # facts of a page are texts and numbers: JSON as they are
