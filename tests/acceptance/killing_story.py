"""A round from the first command to its end, as its people live it; and what the bot promised them on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from adapters.playground.chat.state import Entry, Kind
from adapters.playground.playing.players import Answered, OpenForm
from bot.settings import RoundSettings
from tests.acceptance.killing_chat import ORGANISER, PLACE, START, Scene

MINUTE = timedelta(minutes=1)
LENGTH = timedelta(days=3)

REMINDED = timedelta(hours=24)
"""Before the deadline those who are missing are reminded, once."""

NUDGED = timedelta(hours=3)
"""… and those who have begun, once."""

LATE_FOR = timedelta(days=4)

ROUNDS = RoundSettings(time_zone="UTC", remind=(REMINDED,), quiet_hours=None, late_for=LATE_FOR)

TOO_LONG = 3_001


class What(StrEnum):
    DRAFT = "draft"  # words that are too long: kept, not sealed
    SEAL = "seal"
    WITHDRAW = "withdraw"
    DECLINE = "decline"
    LATE = "late"


UNANSWERED = (None, What.DRAFT, What.WITHDRAW)
"""What somebody did last who has not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """At `at` after the opening; a late reply, after the reveal."""

    at: timedelta
    who: str
    what: What
    mark: str = ""  # stands in each box of what is written, and nowhere else
    sign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    groups: Mapping[str, Sequence[str]]
    deeds: Sequence[Deed]
    has_contrasts: bool = False  # enough groups speak

    @property
    def everybody(self) -> tuple[str, ...]:
        return tuple(name for names in self.groups.values() for name in names)

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(deed.mark for deed in self.deeds if deed.mark)

    @property
    def reminded(self) -> frozenset[str]:
        """Who has not answered, nor said no, when the reminders go out."""
        return frozenset(who for who, last in self._last(LENGTH - REMINDED).items() if last in UNANSWERED)

    @property
    def nudged(self) -> frozenset[str]:
        """Whose words were begun and are not sealed when the nudge goes out."""
        return frozenset(who for who, last in self._last(LENGTH - NUDGED).items() if last is What.DRAFT)

    def between(self, since: timedelta, until: timedelta) -> list[Deed]:
        """What is done before the deadline."""
        return [deed for deed in self.deeds if deed.what is not What.LATE and since <= deed.at < until]

    def _last(self, at: timedelta) -> dict[str, What | None]:
        return dict.fromkeys(self.everybody) | {deed.who: deed.what for deed in self.between(timedelta(), at)}


CAL, FAY, LEA = "Cal Dunn", "Fay Hall", "Lea Ross"

THREE = Story(
    groups={"citizens": [CAL], "frontline": [FAY], "leaders": [LEA]},
    deeds=(
        Deed(at=MINUTE, who=CAL, what=What.SEAL, mark="qcal1"),
        Deed(at=MINUTE, who=FAY, what=What.SEAL, mark="qfay1"),
        Deed(at=MINUTE, who=LEA, what=What.DRAFT, mark="qlea1"),
        Deed(at=MINUTE, who=CAL, what=What.WITHDRAW),
        Deed(at=MINUTE, who=FAY, what=What.DECLINE),
        Deed(at=MINUTE, who=CAL, what=What.SEAL, mark="qcal2"),
        Deed(at=LENGTH - 10 * MINUTE, who=LEA, what=What.SEAL, mark="qlea2"),
        Deed(at=LENGTH - 10 * MINUTE, who=LEA, what=What.SEAL, mark="qlea3"),
        Deed(at=MINUTE, who=FAY, what=What.LATE, mark="qfay2"),
    ),
    has_contrasts=True,
)
"""One takes back and answers anew; one answers, then says no, and comes late after all; one begins, is reminded and
nudged, seals at the last minute and edits."""


def words(mark: str) -> dict[str, str]:
    """Four boxes, each of which tells who wrote it and whether it is whole."""
    return {
        "personal": f"<{mark}> for me: ünï שלום 🙂 *as it is*\nsecond line </{mark}>",
        "others": f"<{mark}> for others & near </{mark}>",
        "intentions": f"<{mark}> they want it </{mark}>",
        "barriers": f"<{mark}> no signal </{mark}>",
    }


@dataclass(slots=True)
class Promised:
    """What people were told, and may rely on; and when."""

    code: str = ""
    opened_at: datetime = START
    held: dict[str, str] = field(default_factory=dict)  # who -> mark of the newest words that the bot said it holds
    receipts: dict[str, str] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    checked: dict[str, str] = field(default_factory=dict)  # who -> what `check` said of the receipt at the end


class Round:
    """Lives one story through in one scene. It may be told by chapters: each ends where nothing is under way."""

    def __init__(self, scene: Scene, story: Story, promised: Promised) -> None:
        self._scene = scene
        self._story = story
        self.promised = promised
        self.chapters: Sequence[Callable[[], Awaitable[None]]] = (
            self._open,
            self._answers,
            self._reminders,
            self._deadline,
            self._end,
        )
        self._deeds: Mapping[What, Callable[[Deed], Awaitable[None]]] = {
            What.DRAFT: self._draft,
            What.SEAL: self._seal,
            What.WITHDRAW: self._withdraw,
            What.DECLINE: self._decline,
            What.LATE: self._late,
        }

    async def live(self, chapters: range) -> None:
        for number in chapters:
            await self.chapters[number]()
            await self._scene.settle()
        await self._scene.people.now()  # what the chat told until here has been heard

    # the chapters

    async def _open(self) -> None:
        """From the first command until everybody is asked."""
        scene = self._scene
        shown = await scene.command(ORGANISER, "new")
        if not isinstance(shown, OpenForm):  # begun by a press that got no answer
            shown = await scene.press(ORGANISER, "setup")
        assert isinstance(shown, OpenForm), shown
        await scene.fill(ORGANISER, self._setup())
        await scene.settle()
        self.promised.code = scene.people.button(ORGANISER, "open").id.split(":")[2]
        _entry(await scene.press(ORGANISER, "open"), Kind.SAID)
        await scene.settle()
        self.promised.opened_at = scene.now

    async def _answers(self) -> None:
        await self._act(self._story.between(timedelta(), LENGTH - REMINDED))

    async def _reminders(self) -> None:
        await self._act(self._story.between(LENGTH - REMINDED, LENGTH - NUDGED))
        await self._scene.pass_until(self.promised.opened_at + LENGTH - NUDGED / 2)

    async def _deadline(self) -> None:
        """The last answers, then the reveal."""
        await self._act(self._story.between(LENGTH - NUDGED, LENGTH))
        await self._scene.pass_until(START + 2 * LENGTH, self._is_revealed)
        assert self._is_revealed(), "never revealed"

    async def _end(self) -> None:
        """Late replies, and the end of the round; then everybody sees whether their words are in."""
        revealed_at = self._scene.now
        for deed in self._story.deeds:
            if deed.what is What.LATE:
                await self._scene.pass_until(revealed_at + deed.at)
                await self._late(deed)
        for who in self.promised.held:
            shown = await self._scene.command(who, f"check {self.promised.code} {self.promised.receipts[who]}")
            self.promised.checked[who] = _entry(shown, Kind.SAID).text
        await self._scene.pass_until(revealed_at + LATE_FOR + timedelta(hours=1))

    def _is_revealed(self) -> bool:
        return bool(self._scene.standing("headline_done")) and bool(self._scene.standing("report"))

    def _setup(self) -> dict[str, str | Sequence[str]]:
        return {
            "service": "Repairs online",
            "proposal": "Report repairs on your phone instead of calling.",
            "decided": "The phone line stays open until May.",
            "still_open": "The rest.",
            "stage": "design",
            **self._story.groups,
            "channel": PLACE,
            "closes_at": "in 3 days",
            "time_zone": "UTC",
            "attribution": "group",
        }

    # what stakeholders do

    async def _act(self, deeds: Sequence[Deed]) -> None:
        """What is done at one moment is done in one go: nobody waits until the bot has told others of it."""
        for deed in deeds:
            if self._scene.now < (at := self.promised.opened_at + deed.at):
                await self._scene.pass_until(at)
            await self._deeds[deed.what](deed)

    async def _draft(self, deed: Deed) -> None:
        _form(await self._scene.press(deed.who, "answer"))
        long = f"<{deed.mark}> ".ljust(TOO_LONG, "x")
        _entry(await self._scene.fill(deed.who, {"personal": long}), Kind.REFUSED)

    async def _seal(self, deed: Deed) -> None:
        _form(await self._scene.press(deed.who, "answer"))
        held = await self._scene.fill(deed.who, words(deed.mark))
        self.promised.receipts[deed.who] = _receipt(held)
        self.promised.held[deed.who] = deed.mark

    async def _withdraw(self, deed: Deed) -> None:
        self.promised.held.pop(deed.who, None)
        # who presses again because no answer came may be told that nothing is there any more
        asked = _entry(await self._scene.press(deed.who, f"coproduce:withdraw:{self.promised.code}"), *ASKED)
        if asked.kind == Kind.CONFIRM:
            _entry(await self._scene.press(deed.who, asked.controls[0].id), Kind.SAID, Kind.REFUSED)

    async def _decline(self, deed: Deed) -> None:
        self.promised.held.pop(deed.who, None)
        asked = _entry(
            await self._scene.press(deed.who, f"coproduce:decline:{self.promised.code}"), Kind.SAID, Kind.CONFIRM
        )
        if asked.kind == Kind.CONFIRM:
            _entry(await self._scene.press(deed.who, asked.controls[0].id), Kind.SAID)

    async def _late(self, deed: Deed) -> None:
        _form(await self._scene.press(deed.who, "late"))
        chosen = {"sign": "name" if deed.sign else "group", "seen": "all"}
        _receipt(await self._scene.fill(deed.who, words(deed.mark) | chosen))
        self.promised.late[deed.who] = deed.mark


ASKED = (Kind.CONFIRM, Kind.REFUSED)


def _entry(shown: Answered, *kinds: Kind) -> Entry:
    assert isinstance(shown, Entry), shown
    assert shown.kind in kinds, shown
    return shown


def _form(shown: Answered) -> OpenForm:
    assert isinstance(shown, OpenForm), shown
    return shown


def _receipt(shown: Answered) -> str:
    """In the form that says "held"."""
    (receipt,) = _form(shown).boxes["receipt"].values
    return receipt
