"""A round of three people in chapters, and what must be true of it however often its bot was killed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.settings import RoundSettings
from tests.acceptance.killing_bot import Bots, Order, Standby
from tests.acceptance.killing_crossings import Moment
from tests.contract.chat import ORGANISER, START, Chat, Seen, Sheet, receipt_of, says
from tests.contract.team import GRACE, LENGTH, LOOKING, Team, words_of

LEA, FAY, CAL = PEOPLE = ("Lea Ross", "Fay Hall", "Cal Dunn")
CAST = dict.fromkeys((ORGANISER, *PEOPLE), "member")
GROUPS = {"leaders": [LEA], "frontline": [FAY], "citizens": [CAL]}

LATE_FOR = timedelta(days=4)
"""The invitation comes on the next working day."""
ROUNDS = RoundSettings(time_zone="UTC", remind=(), quiet_hours=None, late_for=LATE_FOR)

ONCE = ("announcement", "headline", "report", "invitation")
"""In the channel."""

NEVER = ("called_off", "not_opened", "stuck", "held_back", "cancelled")


class KilledChat(Chat, Protocol):
    """People on a platform whose bot is killed, and the double, which outlives every bot."""

    bots: Bots

    @property
    def kinds(self) -> Mapping[str, str]:
        """Mark of a post -> its kind."""

    def reserve(self, order: Callable[[str], Order]) -> Order:
        """Before anything runs: `order` is told the address at which the double will be."""

    async def begin_with(self, waiting: Sequence[Standby]) -> None: ...

    async def stop(self) -> None: ...

    async def arm(self, moment: Moment | None) -> None: ...

    async def pass_until(self, end: datetime) -> None:
        """As `pass_time`, but stops exactly at `end`."""

    def violations(self) -> Sequence[str]:
        """What the double complains of."""

    def marks(self) -> Sequence[str]:
        """Of all that was posted: two posts with one mark are one message posted twice."""


class Story:
    CHAPTERS = ("set_up", "opens", "first", "second", "third", "deadline", "reveal", "end")

    def __init__(self, chat: KilledChat) -> None:
        self._chat = chat
        self.team = Team(chat)
        self.receipts: dict[str, str] = {}  # who -> theirs, where they were told
        self.words: dict[str, str] = {}  # who -> mark of what they wrote last, and are told is held
        self.chapters: Sequence[Callable[[], Awaitable[None]]] = [getattr(self, f"_{name}") for name in self.CHAPTERS]

    async def _set_up(self) -> None:
        await self.team.set_up(**GROUPS)

    async def _opens(self) -> None:
        await self._chat.press(ORGANISER, "open")
        await self._chat.settle()

    async def _first(self) -> None:
        await self._answer(CAL, "Cal")

    async def _second(self) -> None:
        """Somebody types where it is no answer, and answers; the organiser looks how it goes."""
        assert isinstance(await self._chat.type(FAY, "Is this the place?"), Seen)
        await self._answer(FAY, "Fay")
        assert isinstance(await self._chat.command(ORGANISER, f"status {self.team.code}"), Seen)
        await self._chat.settle()

    async def _third(self) -> None:
        await self._answer(LEA, "Lea")

    async def _deadline(self) -> None:
        """… has passed, and the reveal begins."""
        await self._chat.pass_until(START + LOOKING + LENGTH + GRACE + timedelta(seconds=2))

    async def _reveal(self) -> None:
        await self.team.a_moment()

    async def _end(self) -> None:
        for person, receipt in self.receipts.items():
            shown = await self._chat.command(person, f"check {self.team.code} {receipt}")
            assert says(shown, "said.check.published"), shown
        await self._chat.pass_time(LATE_FOR + timedelta(hours=1))

    async def _answer(self, person: str, mark: str) -> None:
        """Whoever sees their form go away without an error holds that for held."""
        sheet = await self._chat.press(person, "answer")
        assert isinstance(sheet, Sheet), sheet
        shown = await self._chat.fill(person, words_of(person, mark))
        self.words[person] = mark
        self.receipts[person] = receipt_of(shown)
        await self._chat.settle()


def problems(chat: KilledChat, story: Story, database: Path) -> list[str]:
    """Sentences; none where every promise was kept."""
    return [
        *chat.violations(),
        *_channel(story),
        *_told(chat, story),
        *_twice(chat),
        *_voices(story),
        *_kept(database),
    ]


def _channel(story: Story) -> Iterator[str]:
    kinds = Counter(seen.kind for seen in story.team.channel())
    for kind in ONCE:
        yield from _times(1, kinds[kind], f"{kind} stands")
    for kind in NEVER:
        yield from _times(0, kinds[kind], f"{kind} stands")
    yield from _times(len(PEOPLE), kinds["page"], "pages stand")
    files = Counter(name for seen in story.team.channel() for name in seen.files)
    if len(files) != 2 or set(files.values()) != {1}:
        yield f"the report was shared as {dict(files)}"


def _told(chat: KilledChat, story: Story) -> Iterator[str]:
    """Privately: never twice."""
    for person in PEOPLE:
        for kind in ("question", "opened"):
            yield from _times(1, len(story.team.all_seen(person, kind)), f"{person} got the message {kind}")
        receipt = story.receipts[person]
        if any(receipt in text for seen in chat.seen(person) for text in (seen.text, *seen.controls)):
            yield f"a message to {person} holds their receipt"
    for kind in ("preview", "status"):
        yield from _times(1, len(story.team.all_seen(ORGANISER, kind)), f"the organiser got the card {kind}")


def _twice(chat: KilledChat) -> Iterator[str]:
    posted = Counter(chat.marks())
    yield from (
        f"{chat.kinds.get(mark, 'a word')} was posted {times} times" for mark, times in posted.items() if times > 1
    )


def _voices(story: Story) -> Iterator[str]:
    pages = "\n".join(story.team.pages())
    for person, mark in story.words.items():
        for text in "\n".join(words_of(person, mark).values()).splitlines():
            yield from _times(1, pages.count(text), f"what {person} wrote ({text}) stands")


def _kept(database: Path) -> Iterator[str]:
    with closing(sqlite3.connect(database)) as kept:
        for phase, count in kept.execute("SELECT phase, count(*) FROM round GROUP BY phase"):
            if (phase, count) != ("ended", 1):
                yield f"{count} rounds are {phase}"
        for key, state in kept.execute("SELECT key, state FROM message WHERE state NOT IN ('sent', 'dropped')"):
            yield f"{key} is {state}"


def _times(wanted: int, found: int, what: str) -> Iterator[str]:
    if found != wanted:
        yield f"{what} {found} times"
