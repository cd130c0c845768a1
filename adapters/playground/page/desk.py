"""What the page asks of whoever runs the playground: the steps of the first minutes, the clock, what the server holds.

Nothing here tells one person about another. `person` says whose page it is for: how many have answered is told to
nobody but the round's organiser, as the status card tells it; whether somebody has answered, to nobody but them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.messages import Line


class StepName(StrEnum):
    """In the order in which they are shown."""

    ANSWER = "answer"
    ORGANISER = "organiser"
    HELD = "held"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`text`: a sentence about it, such as "7 of 9 have answered; you can read none".

    `person`: whom one must be for it ("": whoever one is). `control`: of the button that the chat has for it, or "".
    """

    name: StepName
    title: Line
    text: Line
    is_done: bool = False
    is_next: bool = False
    person: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """`is_over`: the answers are open. Then, and if it `is_called_off`, `[Start your own round]` is offered."""

    steps: tuple[Step, ...]
    is_over: bool = False
    is_called_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the engine does next, by its own account: "reminder to 3 people"."""

    at: datetime
    text: Line


class Move(StrEnum):
    """What the clock's buttons do. `RUN`: as fast as the machine's; `FAST`: a minute in a second."""

    PAUSE = "pause"
    RUN = "run"
    FAST = "fast"
    NEXT = "next"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """`rate`: 0 (it stands), 1 or 60."""

    now: datetime
    rate: int
    can_jump_to_deadline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value as it stands in the database file. `is_sealed`: ciphertext; then `text` is its beginning as hex.

    `is_found`: the searched words stand in it.
    """

    text: str = field(repr=False)
    is_sealed: bool = False
    size: int = 0  # bytes, of ciphertext
    is_found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of this round in one table. `more`: further rows, that are searched but not shown."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedFile:
    """A file of the bot's, or of the chat's. `found`: how often the searched words stand in its bytes."""

    name: str
    size: int
    found: int = 0
    is_of_the_chat: bool = False  # no part of what the bot holds: the chat keeps what was posted there


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that the bot's server holds of the round. `found`: cells of any table in which the searched words stand.

    `note`: what is honest to say about it now ("Your words are not there", "The answers are open: …").
    """

    tables: tuple[Table, ...]
    files: tuple[SearchedFile, ...]
    note: Line
    found: int = 0


class Desk(Protocol):
    """Of `coproduce play`. All ids of people and channels are the chat's."""

    @property
    def first(self) -> str:
        """Whom somebody is who opens the page for the first time."""

    @property
    def place(self) -> str:
        """The channel of the round."""

    def group(self, person: str) -> Line | None:
        """What somebody of the script is in the round. None: they are not in the script."""

    def clock(self) -> ClockState: ...

    async def guide(self, person: str) -> Guide: ...

    async def due(self, person: str) -> Sequence[Due]:
        """What comes in the next days, earliest first."""

    async def held(self, words: str = "") -> Held:
        """`words`: searched for, as they are typed, in every row and in the bytes of the database's files."""

    async def move(self, do: Move) -> None:
        """Returns when the clock stands there and all that was due on the way is done."""

    def was_here(self, person: str) -> None:
        """The page was opened as this person."""

    def watch(self, changed: Callable[[], Awaitable[None]]) -> None:
        """`changed` is awaited when steps, what is due or the clock may be other ones than before."""
