"""Many people: by role, and by several selects."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.chat import CAST, CITIZENS, FRONTLINE, LEADERS, ORGANISER, Seen, receipt_of
from tests.contract.team import Team, words_of
from tests.discord.discord_chat import discord

CROWD = [f"Person {letter}{n:02d}" for letter in "AB" for n in range(30)]  # by role
OTHERS = [f"Other {n:02d}" for n in range(25)]  # by select


async def test_sixty_people_are_asked_by_role_and_more_than_25_by_several_selects(tmp_path: Path) -> None:
    cast = {**CAST, **dict.fromkeys((*CROWD, *OTHERS), "member")}
    async with discord(tmp_path, cast=cast) as chat:
        chat.world.add_role("Tenants", [chat.id(one) for one in CROWD])
        team = Team(chat)
        await team.set_up(citizens=["Tenants"], frontline=[*FRONTLINE, *OTHERS], leaders=LEADERS)
        preview = team.newest(ORGANISER, "preview").text
        assert "Citizens: 60" in preview
        assert "Frontline: 28" in preview
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        reached = [one for one in (*CROWD, *OTHERS, *FRONTLINE, *LEADERS) if team.all_seen(one, "question")]
        shown = [one for one in (*CROWD, *OTHERS) if team.all_seen(one, "announcement")]
        assert len(shown) == len(CROWD) + len(OTHERS)
        assert reached, "nobody was asked in a conversation of their own"
        for person in (CROWD[0], OTHERS[-1]):  # also who was not written to answers by the announcement
            await team.answer(person)
        status = await chat.command(ORGANISER, f"status {team.code}")
        assert isinstance(status, Seen)
        assert "2 answered" in status.text or "1 answered" in status.text


async def test_a_role_that_changed_after_the_preview_is_looked_up_again_at_the_opening(tmp_path: Path) -> None:
    async with discord(tmp_path) as chat:
        role = chat.world.add_role("Tenants", [chat.id(one) for one in CITIZENS])
        team = Team(chat)
        await team.set_up(citizens=["Tenants"])
        await chat.double.happening.has_roles(chat.id("Nell New"), role.id)
        await chat.double.happening.has_roles(chat.id(CITIZENS[0]))
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        assert team.all_seen("Nell New", "question")
        assert not team.all_seen(CITIZENS[0], "question")
        await team.answer("Nell New")


@pytest.mark.slow
async def test_two_hundred_voices_stand_in_the_thread_each_once_and_whole(tmp_path: Path) -> None:
    crowd = [f"Person {n:03d}" for n in range(200)]
    async with discord(tmp_path, cast={**CAST, **dict.fromkeys(crowd, "member")}) as chat:
        chat.world.add_role("Tenants", [chat.id(one) for one in crowd])
        team = Team(chat)
        await team.set_up(citizens=["Tenants"])
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        for person in crowd:
            await chat.press(person, f"coproduce:answer:{team.code}")
            receipt_of(await chat.fill(person, words_of(person, person)))
        await team.reveal()
        await chat.pass_time(timedelta(minutes=10))
        pages = team.pages()
        assert len(pages) == len(crowd)
        shown = Counter(line for page in pages for line in page.splitlines())
        for person in crowd:
            for text in "\n".join(words_of(person, person).values()).splitlines():
                assert sum(count for line, count in shown.items() if line.endswith(text)) == 1, text
