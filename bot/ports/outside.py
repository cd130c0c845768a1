"""What stands around the engine: those who call it, time, platforms, secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.acts import Act, Outcome
from bot.messages import (
    File,
    Pace,
    Page,
    Post,
    Posted,
    PostKey,
    Reveal,
    Step,
)
from bot.people import Account, Address, Cast, Reach, Way, Workspace
from bot.rounds import RoundCode, Venue


class Service(Protocol):
    """The one way in (`bot.service`)."""

    async def do(self, act: Act) -> Outcome: ...

    async def is_of(self, account: Account, code: RoundCode) -> bool:
        """Has this person a part in that round, asked or organising?"""

    async def accounts(self, platform: str, user: str, code: RoundCode | None = None) -> Sequence[Account]:
        """For what comes without a workspace: the accounts of this user that have a part in that round.

        Without a code: in any round that is in play; that of the newest round first."""


AGREES_WITHIN = timedelta(seconds=30)
"""A clock is right when it is no further than this from the one of a chat, which has whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """The machine's clock may be wrong: it jumped, or no platform has confirmed it since the start."""

    since: datetime  # by `Clock.now`
    machine: datetime  # what the machine's clock shows now
    is_known: bool  # `Clock.now` is right all the same: it went on from a time that was, or from a platform's
    off: timedelta  # how far the machine's clock is ahead, as far as anybody knows


class Clock(Protocol):
    """Time as the bot knows it. It may be stopped and moved (playground, tests)."""

    def now(self) -> datetime: ...

    def real(self, at: datetime) -> datetime | None:
        """When the machine's clock will show what ours shows at `at`; None while ours stands still before it."""

    def watch(self, moved: Callable[[], None]) -> None:
        """`moved` is called whenever the clock was stopped, started or set."""

    @property
    def doubt(self) -> Doubt | None:
        """While there is one, nothing happens for the sake of the time: nothing closes, and nothing is opened."""

    def agrees(self, theirs: Sequence[datetime]) -> bool:
        """Is the machine's clock within AGREES_WITHIN of each of these (at least one), which platforms show now?

        Where it is not, `now` goes on from theirs while there is a doubt."""

    def trust(self) -> timedelta:
        """Ends the doubt: from here on it is the machine's clock. By how much `now` moved."""


class Platform(Protocol):
    """Where owed things are delivered. Every method may raise Later, Revoked or Unknown."""

    name: str
    pace: Pace
    invites: Way
    """How people are asked here. CHANNEL: by the button in the announcement, and nobody is written to in private."""

    def plan(self, reveal: Reveal, venue: Venue) -> Sequence[Page]:
        """Pure: cuts the reveal into this platform's messages (`bot.reveal.pages` with its own limits)."""

    async def post(self, message: Post, to: Address, key: PostKey, thread: Posted | None = None) -> Posted:
        """Raises Later, Unreachable, NoNewConversations, Rejected, Revoked, Unknown."""

    async def find(
        self,
        to: Address,
        key: PostKey,
        since: datetime,
        thread: Posted | None = None,
        what: Post | Sequence[File] | None = None,
    ) -> Posted | None:
        """Was it posted since then? By its key; a platform that keeps no keys compares with `what` was to be sent, and
        takes a message of ours that reads the same for it. `what` is None where it cannot be composed any more.

        Raises Unsearchable; HistoryClosed where it is to be asked again, once somebody has let the bot look."""

    async def show(self, card: Post, at: Posted, to: Address) -> Posted:
        """Latest wins. May be repeated. Where it stands now: elsewhere, where what stood could not be edited.

        `to`: what it was posted to, here and in `amend`. What cannot be edited is not posted anew where it only says
        that there is a newer post (`MessageKind.OLDER`)."""

    async def amend(self, at: Posted, message: Post | None, to: Address) -> Posted:
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

    async def time_there(self) -> datetime | None:
        """What the platform's own clock shows now. None: it does not tell."""


class Vault(Protocol):
    """Adapters' own secrets, encrypted."""

    async def put(self, key: str, secret: bytes) -> None: ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...
