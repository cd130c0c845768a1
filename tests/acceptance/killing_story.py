"""A round from the first command to its end, as its people live it; and what the bot promised them on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from adapters.playground.people import Answered, OpenForm
from adapters.playground.state import Entry, Kind
from bot.settings import RoundSettings
from tests.acceptance.killing_chat import ORGANISER, PLACE, START, Scene

LENGTH = timedelta(days=3)
REMINDED = timedelta(hours=24)
"""Before the deadline; once."""

NUDGED = timedelta(hours=3)
"""… those who have begun; once."""

LATE_FOR = timedelta(days=2)
AFTER_THE_END = timedelta(days=1)

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
    """At `at`: before the deadline counted from the opening, else from the reveal."""

    at: timedelta
    who: str
    what: What
    mark: str = ""  # stands in each box of what is written, and nowhere else
    sign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    groups: Mapping[str, Sequence[str]]
    before: Sequence[Deed]
    after: Sequence[Deed]

    @property
    def everybody(self) -> tuple[str, ...]:
        return tuple(name for names in self.groups.values() for name in names)

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(deed.mark for deed in (*self.before, *self.after) if deed.mark)

    @property
    def reminded(self) -> frozenset[str]:
        """Who has not answered, nor said no, when the reminders go out."""
        return frozenset(who for who, last in self._last(LENGTH - REMINDED).items() if last in UNANSWERED)

    @property
    def nudged(self) -> frozenset[str]:
        """Whose words were begun and are not sealed when the nudge goes out."""
        return frozenset(who for who, last in self._last(LENGTH - NUDGED).items() if last is What.DRAFT)

    def _last(self, at: timedelta) -> dict[str, What | None]:
        last: dict[str, What | None] = dict.fromkeys(self.everybody)
        for deed in self.before:
            if deed.at < at:
                last[deed.who] = deed.what
        return last


CAL, FAY, LEA = "Cal Dunn", "Fay Hall", "Lea Ross"
MINUTE = timedelta(minutes=1)

THREE = Story(
    groups={"citizens": [CAL], "frontline": [FAY], "leaders": [LEA]},
    before=(
        Deed(at=MINUTE, who=CAL, what=What.SEAL, mark="qcal1"),
        Deed(at=MINUTE, who=FAY, what=What.SEAL, mark="qfay1"),
        Deed(at=MINUTE, who=LEA, what=What.DRAFT, mark="qlea0"),
        Deed(at=MINUTE, who=CAL, what=What.WITHDRAW),
        Deed(at=MINUTE, who=FAY, what=What.DECLINE),
        Deed(at=MINUTE, who=CAL, what=What.SEAL, mark="qcal2"),
        Deed(at=LENGTH - 10 * MINUTE, who=LEA, what=What.SEAL, mark="qlea1"),
        Deed(at=LENGTH - 10 * MINUTE, who=LEA, what=What.SEAL, mark="qlea2"),
    ),
    after=(
        Deed(at=MINUTE, who=FAY, what=What.LATE, mark="qfay9"),
        Deed(at=MINUTE, who=CAL, what=What.LATE, mark="qcal9", sign=True),
    ),
)


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
    """What people were told, and may rely on."""

    code: str = ""
    held: dict[str, str] = field(default_factory=dict)  # who -> mark of the newest words that the bot said it holds
    receipts: dict[str, str] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    checked: dict[str, str] = field(default_factory=dict)  # what `check` said of the receipts at the end


class Round:
    """Lives one story through in one scene."""

    def __init__(self, scene: Scene, story: Story) -> None:
        self._scene = scene
        self._story = story
        self.promised = Promised()
        self._deeds = {
            What.DRAFT: self._draft,
            What.SEAL: self._seal,
            What.WITHDRAW: self._withdraw,
            What.DECLINE: self._decline,
            What.LATE: self._late,
        }

    async def live(self) -> Promised:
        scene = self._scene
        await self._open()
        opened = scene.now
        await self._act(opened, self._story.before)
        await scene.pass_until(START + 2 * LENGTH, self._is_revealed)
        assert self._is_revealed(), "never revealed"
        revealed = scene.now
        await self._act(revealed, self._story.after)
        await scene.pass_until(scene.now + LATE_FOR + AFTER_THE_END)
        for who in self.promised.held:
            shown = await scene.command(who, f"check {self.promised.code} {self.promised.receipts[who]}")
            self.promised.checked[who] = _entry(shown).text
        await scene.bots.idle()
        await scene.people.now()
        return self.promised

    def _is_revealed(self) -> bool:
        return bool(self._scene.standing("headline_done")) and bool(self._scene.standing("report"))

    # the organiser

    async def _open(self) -> None:
        scene = self._scene
        shown = await scene.command(ORGANISER, "new")
        if not isinstance(shown, OpenForm):  # begun by a press that got no answer
            shown = await scene.press(ORGANISER, "setup")
        for page in ("what", "who", "when"):
            assert isinstance(shown, OpenForm), shown
            assert shown.page == page, shown
            shown = await scene.fill(ORGANISER, self._setup(page))
        await scene.settle()
        opened = await scene.press(ORGANISER, "open")
        self.promised.code = scene.people.button(ORGANISER, "open").id.split(":")[2]
        assert _entry(opened).kind == Kind.SAID, opened
        await scene.settle()

    def _setup(self, page: str) -> dict[str, str | Sequence[str]]:
        match page:
            case "what":
                return {
                    "service": "Repairs online",
                    "proposal": "Report repairs on your phone instead of calling.",
                    "decided": "The phone line stays open until May.",
                    "still_open": "The rest.",
                    "stage": "design",
                }
            case "who":
                return dict(self._story.groups)
            case _:
                return {"channel": PLACE, "closes_at": "in 3 days", "time_zone": "UTC", "attribution": "group"}

    # the others

    async def _act(self, since: datetime, deeds: Sequence[Deed]) -> None:
        """What is done at one moment is done in one go: nobody waits until the bot has told others of it."""
        for deed in deeds:
            if self._scene.now < since + deed.at:
                await self._scene.pass_until(since + deed.at)
            await self._deeds[deed.what](deed)

    async def _draft(self, deed: Deed) -> None:
        await self._scene.press(deed.who, "answer")
        long = f"<{deed.mark}> ".ljust(TOO_LONG, "x")
        shown = _entry(await self._scene.fill(deed.who, {"personal": long}))
        assert shown.kind == Kind.REFUSED, shown

    async def _seal(self, deed: Deed) -> None:
        shown = await self._scene.press(deed.who, "answer")
        assert isinstance(shown, OpenForm), shown
        held = _entry(await self._scene.fill(deed.who, words(deed.mark)))
        self.promised.receipts[deed.who] = _receipt(held)
        self.promised.held[deed.who] = deed.mark

    async def _withdraw(self, deed: Deed) -> None:
        self.promised.held.pop(deed.who, None)
        shown = _entry(await self._scene.press(deed.who, "withdraw"))
        # who presses again because no answer came may be told that nothing is there any more
        assert shown.kind == Kind.SAID or deed.who in self._scene.failed, shown

    async def _decline(self, deed: Deed) -> None:
        self.promised.held.pop(deed.who, None)
        shown = _entry(await self._scene.press(deed.who, "decline"))
        assert shown.kind == Kind.SAID, shown

    async def _late(self, deed: Deed) -> None:
        shown = await self._scene.press(deed.who, "late")
        assert isinstance(shown, OpenForm), shown
        chosen = {"sign": "name" if deed.sign else "group", "seen": "all"}
        _receipt(_entry(await self._scene.fill(deed.who, words(deed.mark) | chosen)))
        self.promised.late[deed.who] = deed.mark


def _entry(shown: Answered) -> Entry:
    assert isinstance(shown, Entry), shown
    return shown


def _receipt(shown: Entry) -> str:
    """In the word that says "held"."""
    found = [one.id.split(":", 3)[3] for one in shown.controls if one.id.startswith("coproduce:withdraw:")]
    assert shown.kind == Kind.SAID, shown
    assert len(found) == 1, shown
    return found[0]
