"""What is owed to people and channels, each thing once."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Protocol

from bot.messages import (
    CardDue,
    Message,
    MessageId,
    Posted,
    Result,
    Step,
)
from bot.people import Address, Workspace
from bot.rounds import RoundId


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

        GaveUp also moves its seat to the announcement, or marks it unreachable (`reaching.not_delivered`), and touches
        the status card. A refused announcement puts
        its round back to DRAFT (`opening.announcement_refused`), a sent one asks everybody (`opening.announced`).
        A sent headline moves its round to REVEALED (`revealing.stands`), which is due at once where late replies wait;
        a refused one is told (`revealing.refused`), one that is complete is told to everybody (`revealing.completed`).
        An organiser whose account is closed or gone is marked.
        A sent question marks its seat asked in private and touches the status card. A sent post of a kind in
        `TAKE_OVER` becomes the live message of its seat, showing the edition that was wanted when it was claimed.
        False: it was finished before."""

    async def pass_on(self, id: MessageId, attempt: int, result: Result, now: datetime) -> Message | None:
        """`finish`, and `claim` of what is ready in that lane then, in one transaction: one commit a message.

        None: nothing is ready there, what was is no longer wanted, or it was finished before."""

    async def step(self, id: MessageId, attempt: int, step: Step) -> None:
        """Stores how far a delivery in several steps has come."""

    async def wake(self, workspace: Workspace, now: datetime) -> Sequence[RoundId]:
        """What was tried in this workspace and put off is due at once, cards included. Rounds that are owed something
        there."""

    async def asked_since(self, since: datetime) -> Sequence[tuple[Address, datetime]]:
        """Where questions were posted in private since then, and when; in the order of time."""

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
