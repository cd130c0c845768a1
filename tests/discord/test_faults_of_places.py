"""Places and people change under a round that is running. Nothing is lost, nothing is doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import alarm
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, PLACE, says
from tests.contract.team import Team, words_of
from tests.discord import messaging
from tests.discord.discord_chat import DiscordChat
from tests.discord.faults import Fault, How
from tests.discord.permissions import READ_MESSAGE_HISTORY, VIEW_CHANNEL
from tests.discord.world import BOT

FAY, FINN, _ = FRONTLINE
LEO = LEADERS[1]
CAL = CITIZENS[0]


def writers(team: Team) -> list[str]:
    return [one for page in team.pages() for one in EVERYBODY if f"{one.split()[0]} says: for me" in page]


async def test_messages_too_old_to_edit_are_posted_anew_and_take_over_the_buttons(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    chat.world.old_edits = 0
    await chat.pass_time(timedelta(hours=2))
    receipts = await team.everybody_answers(LEO)
    await chat.pass_time(timedelta(hours=1))
    (status,) = team.all_seen(ORGANISER, "status")
    assert "4 answered" in status.text
    assert any(control.split(":")[1] == "close" for control in status.controls)
    assert len(team.all_seen(FAY, "announcement")) == 1
    await team.reveal()
    await chat.pass_time(timedelta(hours=5))
    assert sorted(writers(team)) == sorted(set(EVERYBODY) - {LEO})
    assert len([seen for seen in team.channel() if seen.kind == "headline"]) == 1
    shown = await team.agree(FAY, await chat.command(FAY, f"withdraw {team.code} {receipts[FAY]}"))
    assert says(shown, "said.taken_down")
    await chat.pass_time(timedelta(minutes=5))
    assert "Fay says" not in team.everything()
    assert sorted(writers(team)) == sorted(set(EVERYBODY) - {LEO, FAY})


async def test_somebody_who_leaves_in_the_middle_keeps_their_voice_and_holds_up_nobody(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    await team.answer(FAY)
    for person in (FAY, FINN):
        await chat.double.happening.leaves(chat.id(person))
    await chat.command(ORGANISER, f"remind {team.code}")
    await chat.pass_time(timedelta(minutes=5))
    assert team.all_seen(CAL, "reminder")
    assert FINN in team.newest(ORGANISER, "status").text
    assert FAY not in team.newest(ORGANISER, "status").text
    await team.everybody_answers(FAY, FINN)
    await team.reveal()
    await chat.pass_time(timedelta(minutes=5))
    assert sorted(writers(team)) == sorted(set(EVERYBODY) - {FINN})


async def test_a_locked_thread_takes_nothing_until_it_is_unlocked(team: Team, chat: DiscordChat) -> None:
    await team.open()
    await team.everybody_answers(LEO)
    await team.reveal()
    await chat.pass_time(timedelta(minutes=5))
    thread = next(one for one in chat.world.channels.values() if one.is_thread)
    await chat.double.happening.archives(thread, locks=True)
    await chat.press(LEO, "late")
    await chat.fill(LEO, {**words_of(LEO), "sign": "name", "seen": "none"})
    await chat.pass_time(timedelta(minutes=5))
    assert not [seen for seen in team.channel() if seen.kind == "late_page"]
    told = [seen.text for seen in chat.seen(ORGANISER) if seen.place == "inbox"]
    assert "Leo says" not in "\n".join(told)
    assert says(team.newest(ORGANISER, "stuck"), "refusal.archived"), told
    thread.is_locked = False
    await chat.press(ORGANISER, "retry")
    await chat.pass_time(timedelta(minutes=5))
    assert len([seen for seen in team.channel() if seen.kind == "late_page"]) == 1


async def test_where_the_history_cannot_be_read_any_more_nothing_is_posted_twice(
    team: Team, chat: DiscordChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord answers with an empty history, in which nothing seems to stand, and knows the nonce no more."""
    monkeypatch.setattr(messaging, "NONCE_LIVES", timedelta())
    await team.open()
    await team.everybody_answers()
    place = chat.world.channel_named(PLACE)
    struck = chat.double.faults.add(
        Fault(
            request="POST /channels/{}/messages",
            how=How.RESET_AFTER,
            nth=3,
            concerns=lambda args: chat.kinds.get(args.get("nonce") or "") == "page",
            struck=lambda: chat.world.deny(place, BOT, READ_MESSAGE_HISTORY),
        )
    )
    await team.reveal()
    await chat.pass_time(timedelta(minutes=30))  # for longer than Discord knows a nonce
    assert struck.is_spent
    assert len(writers(team)) == len(set(writers(team)))
    chat.world.allow_again(place, BOT, READ_MESSAGE_HISTORY)
    if controls := [one for seen in chat.seen(ORGANISER) for one in seen.controls if ":retry:" in one]:
        await chat.press(ORGANISER, controls[-1])
    await chat.pass_time(timedelta(days=1))
    assert sorted(writers(team)) == sorted(EVERYBODY)


async def test_a_channel_that_nobody_can_look_into_at_the_deadline_delays_the_reveal_and_stops_no_clock(
    team: Team, chat: DiscordChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm, "TRIES", 1)
    await team.open()
    await team.everybody_answers()
    chat.double.faults.add(Fault(request="GET /channels/{}", how=How.UNAVAILABLE, times=8))
    await team.reveal()
    await chat.pass_time(timedelta(minutes=5))
    assert sorted(writers(team)) == sorted(EVERYBODY)
    in_vain = {call.at for call in chat.double.calls_of("GET /channels/{}") if call.answer == How.UNAVAILABLE}
    assert len(in_vain) > 1  # at several moments, and not all at one


async def test_a_channel_that_is_closed_to_the_bot_while_a_round_runs_holds_it_until_it_is_let_in(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    await team.everybody_answers()
    place = chat.world.channel_named(PLACE)
    chat.world.deny(place, BOT, VIEW_CHANNEL)
    await team.reveal()
    assert not team.pages()
    chat.world.allow_again(place, BOT, VIEW_CHANNEL)
    if controls := [one for seen in chat.seen(ORGANISER) for one in seen.controls if ":retry:" in one]:
        await chat.press(ORGANISER, controls[-1])
    await chat.pass_time(timedelta(days=1))
    assert sorted(writers(team)) == sorted(EVERYBODY)
