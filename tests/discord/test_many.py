"""Many people: by role, and by several selects."""

from __future__ import annotations

from pathlib import Path

from tests.contract.chat import CAST, CITIZENS, FRONTLINE, LEADERS, ORGANISER, Seen
from tests.contract.team import Team
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
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        told = [kind for kind in ("question", "announcement") if team.all_seen("Nell New", kind)]
        assert "question" in told or team.all_seen(ORGANISER, "preview")[-1].text.count("4")
