"""Many people: by role, by several selects, and as fast as Discord lets."""

from __future__ import annotations

from pathlib import Path

from tests.contract.chat import CAST, CITIZENS, FRONTLINE, LEADERS, ORGANISER, Seen
from tests.contract.team import Team, words_of
from tests.discord.discord_chat import POST, discord

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


async def test_two_hundred_voices_stand_in_the_thread_within_what_the_pace_allows(tmp_path: Path) -> None:
    """One voice a message; all of them in order, by one clock."""
    crowd = [f"Person {n:03d}" for n in range(40)]
    async with discord(tmp_path, cast={**CAST, **dict.fromkeys(crowd, "member")}) as chat:
        chat.world.add_role("Tenants", [chat.id(one) for one in crowd])
        team = Team(chat)
        await team.set_up(citizens=["Tenants"])
        await chat.press(ORGANISER, "open")
        await team.a_moment()
        for person in crowd:
            await chat.press(person, f"coproduce:answer:{team.code}")
            await chat.fill(person, words_of(person, person))
        await team.reveal()
        await team.a_moment()
        pages = team.pages()
        assert len(pages) == len(crowd)
        posts = [call for call in chat.double.calls_of(POST) if chat.kinds.get(call.args.get("nonce") or "") == "page"]
        took = (posts[-1].at - posts[0].at).total_seconds()
        assert took <= 1.1 * (len(crowd) - 1)  # five in five seconds
