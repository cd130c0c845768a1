"""The command as people type it: what is offered, where it is typed, and what Discord's client lets through."""

from __future__ import annotations

from pathlib import Path

from tests.contract.chat import CITIZENS, FRONTLINE, ORGANISER, Seen, says
from tests.contract.team import Team
from tests.discord.discord_chat import DiscordChat, discord

FAY = FRONTLINE[0]
CAL = CITIZENS[0]


async def test_each_is_offered_their_own_rounds_and_nobody_else_any(team: Team, chat: DiscordChat) -> None:
    await team.open()
    complete = chat.double.hands.complete
    own = await complete(chat.id(ORGANISER), "status", "round", "")
    assert [one["value"] for one in own] == [team.code]
    assert "Repairs online" in own[0]["name"]
    assert [one["value"] for one in await complete(chat.id(FAY), "answer", "round", "rep")] == [team.code]
    assert not await complete(chat.id(FAY), "status", "round", "")
    assert not await complete(chat.id("Nell New"), "answer", "round", "")
    groups = await complete(chat.id(ORGANISER), "add", "group", "", {"round": team.code})
    assert [one["value"] for one in groups] == ["leaders", "frontline", "citizens"]


async def test_what_is_typed_in_a_thread_counts_for_its_channel(team: Team, chat: DiscordChat) -> None:
    await team.open()
    await team.everybody_answers()
    await team.reveal()
    await team.a_moment()
    (thread,) = [one for one in chat.world.channels.values() if one.is_thread]
    channel, chat.world.current = chat.world.current, thread.id
    shown = await chat.command(ORGANISER, f"status {team.code}")
    assert isinstance(shown, Seen)
    assert team.code in shown.text
    await chat.command(ORGANISER, "new Night line")
    await chat.press(ORGANISER, "setup", "when")
    sheet = await chat.form(ORGANISER)
    assert sheet is not None
    assert sheet.values["channel"] == (channel,)


async def test_every_answer_to_a_command_stands_before_one_person_alone(team: Team, chat: DiscordChat) -> None:
    await team.open()
    before = {one.id for one in chat.world.messages if not one.only_for}
    for text in ("home", "help", "list", "status", f"close {team.code}", "new"):
        await chat.command(ORGANISER, text)
    for person in (FAY, "Nell New"):
        await chat.command(person, "answer")
        await chat.command(person, f"hide {team.code} F1 why")
    assert {one.id for one in chat.world.messages if not one.only_for} == before


async def test_a_member_who_may_not_see_the_channel_learns_nothing(team: Team, chat: DiscordChat) -> None:
    """A code that was overheard, in a channel of one's own."""
    await team.open()
    lobby = chat.world.add_channel("lobby")
    chat.world.current = lobby.id
    for verb in ("answer", "status", "check", "export"):
        shown = await chat.command("Nell New", f"{verb} {team.code}")
        assert isinstance(shown, Seen), verb
        assert "Repairs online" not in shown.text, verb


async def test_only_members_of_the_organisers_role_start_rounds(tmp_path: Path) -> None:
    async with discord(tmp_path, organisers=["Clerks"]) as chat:
        chat.world.add_role("Clerks", [chat.id(ORGANISER)])
        assert says(await chat.command(FAY, "new Mine"), "refused.no_organiser")
        team = Team(chat)
        await team.open()
        assert team.all_seen(CAL, "question")
