"""Words, names and places that look like Discord's own signs: shown to the letter, and nothing in them acts."""

from __future__ import annotations

from pathlib import Path

from tests.contract.chat import CAST, CITIZENS, FRONTLINE, ORGANISER, Seen
from tests.contract.team import Team
from tests.discord.discord_chat import discord

FAY = FRONTLINE[0]
CAL = CITIZENS[0]

SERVICE = "# *Repairs* @everyone ||now||"
PROPOSAL = "> quote\n- a list\n1. more\n```code``` `x` __u__ ~~s~~ [a](https://b.example) https://c.example\n<t:0:F>"
WORDS = "## heading\n-# small\n> quote\n* star\n\\*already\\* :smile: <:emoji:1> discord.gg/abc www.d.example ||x||"
NAME = "@here *Nadia* <@&2>"


async def test_words_that_look_like_markup_are_shown_to_the_letter_and_do_nothing(tmp_path: Path) -> None:
    async with discord(tmp_path, cast={**CAST, NAME: "member"}) as chat:
        team = Team(chat)
        await team.open(service=SERVICE, proposal=PROPOSAL, citizens=[*CITIZENS, NAME])
        question = team.newest(CAL, "question").text
        assert SERVICE in question
        assert PROPOSAL in question
        assert PROPOSAL in team.newest(CAL, "announcement").text
        await team.answer(FAY, personal=WORDS)
        await team.answer(NAME, personal="Nadia says: for me", sign="name")
        await team.everybody_answers(FAY)
        await team.reveal()
        pages = "\n".join(team.pages())
        assert WORDS in pages
        assert NAME in pages
        (thread,) = [one for one in chat.world.channels.values() if one.is_thread]
        assert 1 <= len(thread.name) <= 100


async def test_long_words_everywhere_find_room_or_are_refused_with_a_sentence(tmp_path: Path) -> None:
    """Every box of the set-up as full as it takes, in signs that grow when they are escaped."""
    full = {
        "service": "S*" * 40,
        "proposal": "*_" * 1_000,
        "decided": "_*" * 500,
        "still_open": "`~" * 500,
        "contact": "c|" * 50,
    }
    async with discord(tmp_path) as chat:
        team = Team(chat)
        await team.open(**full)
        more = await chat.press(CAL, "more")
        assert isinstance(more, Seen)
        for text in (full["service"], full["contact"]):
            assert text in "".join(seen.text for seen in chat.seen(CAL)), text[:20]
        assert full["proposal"] in more.text.replace("\n", "")
        for person in (CAL, FAY):
            await team.answer(person, personal=f"{person.split()[0]} says: for me " + "*_" * 1_400)
        shown = await chat.command(ORGANISER, "list")
        assert isinstance(shown, Seen)
        await team.reveal()
        await team.a_moment()
        pages = "".join(team.pages())
        assert pages.count("*") == 2 * 1_400
