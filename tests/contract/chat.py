"""`Chat`: people's hands and eyes on one platform. Each platform's double implements it; the same rounds run on all.

Every `Chat` begins with `CAST` and `PLACE`, a bot that is running, and a clock that stands still at `START`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Protocol

from bot.text import Texts
from coproduce.platforms import PLATFORMS

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
"""A Tuesday morning."""

PLACE = "repairs"

ORGANISER = "Sam Reed"
LEADERS = ("Lea Ross", "Leo Kent")
FRONTLINE = ("Fay Hall", "Finn Ode", "Flo Webb")
CITIZENS = ("Cal Dunn", "Cara Vane", "Cleo Ash")
EVERYBODY = (*CITIZENS, *FRONTLINE, *LEADERS)

CAST: Mapping[str, str] = {
    **dict.fromkeys((ORGANISER, *EVERYBODY), "member"),
    "Nell New": "member",
    "Gus Guest": "guest",
    "Robo": "bot",
    "Dee Gone": "deactivated",
    "Stan Far": "stranger",
}
"""Name -> standing. All but the last three are members of `PLACE`."""

NOT_THERE = ("Robo", "Dee Gone", "Stan Far")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One message as it stands before somebody's eyes."""

    place: str  # channel, inbox
    text: str
    controls: tuple[str, ...] = ()  # ids, as SURFACE names them
    kind: str | None = None  # of an owed message, where the double can tell
    is_in_thread: bool = False
    files: tuple[str, ...] = ()  # their names


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A form that is open before somebody: all its pages' boxes, as far as they are shown."""

    title: str
    notes: str
    values: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    errors: Mapping[str, str]  # only of boxes that are marked


Answered = Seen | Sheet
"""What a person is shown for one act: an ephemeral message or a form."""


class Fault(StrEnum):
    REJECT = "reject"
    UNREACHABLE = "unreachable"
    LATER = "later"
    LOSE_ANSWER = "lose_answer"  # it stands, and the bot does not hear of it
    LOSE_POST = "lose_post"  # it does not stand, and the bot does not hear of it


class Chat(Protocol):
    # hands
    async def command(self, person: str, text: str) -> Answered:
        """`/coproduce <text>` in `PLACE`; people are written `@Fay Hall`."""

    async def press(self, person: str, control: str, argument: str | None = None) -> Answered:
        """`control`: a verb, of which the newest button is pressed; or an id, as messages of long ago hold it."""

    pages: int
    """Of an answer's form: each is sent by itself."""

    async def fill(
        self, person: str, fields: Mapping[str, str | Sequence[str]], *, each_page_takes: timedelta = timedelta()
    ) -> Answered:
        """Fills the form that is open and its further pages; boxes that are not named stay as they are.

        The clock moves on by `each_page_takes` before a page is sent.
        Stops at a page that is refused, which then is still open (`form`). A refusal is a word, or the form with marks.
        """

    async def leaf(self, person: str) -> Sheet:
        """Looks at all pages of the form that is open, without writing."""

    async def begin(self, person: str, fields: Mapping[str, str]) -> None:
        """Writes in the form that is open, and goes away before it is sealed. The bot keeps what was written."""

    def takes(self, box: str, words: str | Sequence[str]) -> bool:
        """Can this be brought into the box at all? (No picker of dates takes "soonish".)"""

    async def type(self, person: str, text: str) -> Answered:
        """To the bot, as an ordinary message. Platforms that answer such a message in the inbox return that."""

    async def twice(self, person: str) -> None:
        """The next act of this person reaches the bot twice."""

    # eyes
    def seen(self, person: str) -> Sequence[Seen]:
        """Everything that stands in the channel (threads included) and in this person's inbox, in order."""

    async def form(self, person: str) -> Sheet | None: ...

    # the world
    async def fault(self, fault: Fault, nth: int = 1, *, kind: str | None = None, person: str | None = None) -> None:
        """Injects a fault into the nth post from now on, of this kind or to this person."""

    async def change_place(
        self,
        *,
        is_public: bool | None = None,
        lets_bot_in: bool | None = None,
        is_archived: bool | None = None,
    ) -> None: ...

    async def rename_place(self, name: str, *, was: str = PLACE) -> None:
        """A channel is called something else from now on, also in what stands already."""

    async def add_place(self, name: str, people: Sequence[str], *, is_public: bool = False) -> None:
        """Another channel, with the bot in it."""

    async def restart(self, *, away: timedelta = timedelta()) -> None:
        """The bot ends, and starts again after this time of its clock."""

    async def pass_time(self, time: timedelta) -> None:
        """Moves the bot's clock, stopping at each moment at which something is due, until all of it is done."""

    async def settle(self) -> None:
        """Until nothing more happens at this moment of the clock."""

    @property
    def now(self) -> datetime: ...


# words of the catalogue, as they are read -----------------------------------------------------------------------


@cache
def _templates(key: str) -> tuple[str, ...]:
    """The sentence, in each form that it has for a number, and as it is read on each platform."""
    everywhere = _below(_english(), key)
    assert everywhere is not None, f"no {key} in the catalogue"
    nodes = [everywhere, *(_below(_english().get(platform), key) for platform in PLATFORMS)]
    return tuple(form for node in nodes if node is not None for form in _forms(node))


def _below(node: object, key: str) -> object:
    for part in key.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def _forms(node: object) -> tuple[str, ...]:
    if isinstance(node, Mapping) and "text" in node:
        node = node["text"]
    if isinstance(node, Mapping):
        return tuple(node[name] for name in ("other", "one", "zero") if name in node)
    assert isinstance(node, str)
    return (node,)


@cache
def _english() -> Mapping[str, object]:
    return Texts.load()._catalogues["en"]


def says(seen: Answered | str, key: str) -> bool:
    """Does it say this sentence of the catalogue, whatever fills it?"""
    text = seen if isinstance(seen, str) else _read(seen)
    return any(re.search(_pattern(template), text, re.DOTALL) for template in _templates(key))


def _pattern(template: str) -> str:
    return ".*?".join(re.escape(piece) for piece in re.split(r"\{\w+(?::[\w-]+)?\}", template))


def _read(seen: Answered) -> str:
    return seen.text if isinstance(seen, Seen) else "\n".join([seen.notes, *seen.errors.values()])


def receipt_of(seen: Answered) -> str:
    """The receipt in the form that says "held"."""
    assert shows_receipt(seen), seen
    assert isinstance(seen, Sheet)
    (receipt,) = seen.values["receipt"]
    assert re.fullmatch(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", receipt), receipt
    return receipt


def shows_receipt(seen: Answered) -> bool:
    """A form that shows a receipt; there is nothing to fill in."""
    return isinstance(seen, Sheet) and set(seen.values) == {"receipt"} and any(seen.values["receipt"])
