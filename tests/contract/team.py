"""What people do again and again in the suite of whole rounds. Knows `Chat` and nothing of any platform."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tests.contract.chat import (
    CITIZENS,
    EVERYBODY,
    FRONTLINE,
    LEADERS,
    ORGANISER,
    PLACE,
    Answered,
    Chat,
    Seen,
    Sheet,
    receipt_of,
)

LENGTH = timedelta(days=3)
LOOKING = timedelta(minutes=1)  # at the preview
GRACE = timedelta(seconds=5)

SETUP: Mapping[str, str | Sequence[str]] = {
    "service": "Repairs online",
    "proposal": "Report repairs on your phone instead of calling.",
    "decided": "The phone line stays open until May.",
    "still_open": "The rest.",
    "stage": "design",
    "contact": "Ann on 555 0100",
    "leaders": LEADERS,
    "frontline": FRONTLINE,
    "citizens": CITIZENS,
    "channel": PLACE,
    "closes_at": "in 3 days",
    "time_zone": "UTC",
    "attribution": "group",
}


class Team:
    """People who use one `Chat`."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.code = ""

    async def set_up(self, **changes: str | Sequence[str]) -> None:
        """Fills in the set-up, looks at the preview."""
        shown = await self.chat.command(ORGANISER, "new")
        if isinstance(shown, Seen):  # the answer to the first press was lost, and the draft is begun
            shown = await self.chat.press(ORGANISER, "setup")
        assert isinstance(shown, Sheet), shown
        closes_at = self.chat.now + LOOKING + LENGTH
        written = {**SETUP, "closes_at": closes_at.strftime("%Y-%m-%d %H:%M"), **changes}
        shown = await self.chat.fill(ORGANISER, written)
        assert isinstance(shown, Seen), shown
        await self.chat.pass_time(LOOKING)  # also if the preview was lost on its way
        found = re.search(r"R-[2-9A-HJ-NP-Z]{4}", self.newest(ORGANISER, "preview").text)
        assert found is not None
        self.code = found[0]

    async def open(self, **changes: str | Sequence[str]) -> None:
        """A round in which everybody has been asked."""
        await self.set_up(**changes)
        await self.chat.press(ORGANISER, "open")
        await self.chat.settle()

    async def answer(self, person: str, text: str = "", **boxes: str) -> str:
        """Seals an answer; returns its receipt."""
        shown = await self.write(person, text, **boxes)
        return receipt_of(shown)

    async def write(self, person: str, text: str = "", **boxes: str) -> Answered:
        """Opens the form by its button and sends it."""
        sheet = await self.chat.press(person, "answer")
        assert isinstance(sheet, Sheet), sheet
        return await self.chat.fill(person, boxes or words_of(person, text))

    async def agree(self, person: str, asked: Answered) -> Answered:
        """Presses the yes of what was asked, if anything was."""
        yes = [id for id in asked.controls if ":confirm:" in id] if isinstance(asked, Seen) else []
        return await self.chat.press(person, yes[0]) if yes else asked

    async def press_and_agree(self, person: str, verb: str) -> Answered:
        return await self.agree(person, await self.chat.press(person, f"coproduce:{verb}:{self.code}"))

    async def everybody_answers(self, *but: str) -> dict[str, str]:
        """Receipts of all but those."""
        return {person: await self.answer(person) for person in EVERYBODY if person not in but}

    async def reveal(self) -> None:
        """The deadline passes."""
        await self.chat.pass_time(LENGTH + GRACE + timedelta(minutes=1))

    async def a_moment(self) -> None:
        """In which a platform that lets one message a second into a conversation delivers what is owed."""
        await self.chat.pass_time(timedelta(minutes=1))

    # eyes

    def all_seen(self, person: str, kind: str) -> list[Seen]:
        return [seen for seen in self.chat.seen(person) if seen.kind == kind]

    def newest(self, person: str, kind: str) -> Seen:
        found = self.all_seen(person, kind)
        assert found, f"{person} sees no {kind}"
        return found[-1]

    def channel(self) -> list[Seen]:
        return [seen for seen in self.chat.seen(ORGANISER) if seen.place == "channel"]

    def pages(self) -> list[str]:
        """The voices in the thread, in order."""
        return [seen.text for seen in self.channel() if seen.kind == "page"]

    def everything(self, *but: str) -> str:
        """All that anybody is shown now, but these."""
        everybody = (ORGANISER, *EVERYBODY, "Nell New", "Gus Guest")
        return "\n".join(seen.text for one in everybody if one not in but for seen in self.chat.seen(one))


def words_of(person: str, text: str = "") -> dict[str, str]:
    """Four boxes in which it can be told who wrote them."""
    mark = text or person.split()[0]
    return {
        "personal": f"{mark} says: for me it is this.",
        "others": f"{mark} says: for others it is that.",
        "intentions": f"{mark} says: they want it because of money.",
        "barriers": f"{mark} says: no signal\n{mark} says: no time",
    }
