"""A round with people in it, and its page: quickly set up on the line, looked at in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from bot.settings import RoundSettings
from tests.browser.desk import QuietDesk
from tests.browser.served import Served
from tests.contract.chat import CAST, CITIZENS, FRONTLINE, LEADERS, NOT_THERE, ORGANISER, PLACE
from tests.contract.playground_chat import PlaygroundChat, playground
from tests.contract.team import Team, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who takes part, and what they write in."""

    citizens: Sequence[str]
    frontline: Sequence[str]
    leaders: Sequence[str]
    round_: Mapping[str, str]
    words: Mapping[str, str]  # of each box; `{name}` is whose

    @property
    def everybody(self) -> tuple[str, ...]:
        return (*self.citizens, *self.frontline, *self.leaders)

    def words_of(self, name: str) -> dict[str, str]:
        return {box: text.format(name=name) for box, text in self.words.items()}


ENGLISH = People(citizens=CITIZENS, frontline=FRONTLINE, leaders=LEADERS, round_={}, words=words_of("{name}", "{name}"))

ARABIC = People(
    citizens=("ليلى حداد", "عمر ناصر", "سلمى خوري"),
    frontline=("نور الدين", "هالة سعيد", "يوسف علي"),
    leaders=("ريم منصور", "طارق عزيز"),
    round_={
        "service": "إصلاح المنازل عبر الهاتف",
        "proposal": "أبلغ عن الأعطال من هاتفك بدل الاتصال بالمكتب.",
        "decided": "يبقى خط الهاتف مفتوحًا حتى أيار 2027.",
        "still_open": "كل ما عدا ذلك.",
        "contact": "آنا، 555 0100",
    },
    words={
        "personal": "{name}: هذا يوفر لي ساعة كل يوم (نحو 60 دقيقة).",
        "others": "{name}: جيراني الكبار لا يملكون هاتفًا ذكيًا.",
        "intentions": "{name}: يريدون توفير المال، WhatsApp أرخص من المكتب.",
        "barriers": "لا توجد إشارة في الطابق السفلي\nلا وقت لدينا بعد الساعة 17:00",
    },
)


class World:
    def __init__(self, chat: PlaygroundChat, people: People) -> None:
        self.chat, self.people, self.served = chat, people, Served()
        self.team = Team(chat)

    async def serve(self, port: int = 0) -> None:
        await self.served.start(self.chat._process.socket, QuietDesk(first=self.id(ORGANISER), place="place"), port)

    def id(self, name: str) -> str:
        return self.chat._people.id(name)

    async def open_round(self, **changes: str) -> None:
        people = self.people
        groups = {"citizens": people.citizens, "frontline": people.frontline, "leaders": people.leaders}
        await self.team.open(**{**groups, **people.round_, **changes})

    async def answer(self, name: str) -> str:
        return await self.team.answer(name, **self.people.words_of(name))

    async def visit(self, context: BrowserContext, name: str, place: str = "") -> Page:
        """Somebody's tab, when it listens."""
        tab = await context.new_page()
        await tab.goto(self.served.of(self.id(name)))
        if place:
            await tab.goto(f"{self.served.address}/as/{self.id(name)}?place={place}")
        await expect(tab.locator("[data-composer]")).to_be_visible()
        return tab


@asynccontextmanager
async def world(folder: Path, people: People) -> AsyncIterator[World]:
    async with playground(folder, RoundSettings(time_zone="UTC")) as chat:
        members = [name for name in CAST if name not in NOT_THERE]
        for number, name in enumerate(name for name in people.everybody if name not in CAST):
            await chat._people.add_person(name, id=f"rtl{number}", standing="member")
            members.append(name)
        await chat._people.change_channel(PLACE, members=[chat._people.id(name) for name in members])
        world = World(chat, people)
        await world.serve()
        try:
            yield world
        finally:
            await world.served.stop()
