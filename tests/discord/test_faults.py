"""Discord goes wrong in each of its ways. Nothing is lost, nothing is doubled, and who waits is told."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.discord import connection, listeners
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, PLACE, receipt_of, says
from tests.contract.team import Team, words_of
from tests.discord import interacting
from tests.discord.discord_chat import POST, DiscordChat
from tests.discord.faults import Fault, How
from tests.discord.permissions import SEND_MESSAGES, SEND_MESSAGES_IN_THREADS
from tests.discord.world import BOT, Channel, Json

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS

LOST = [How.RESET_BEFORE, How.RESET_AFTER, How.UNAVAILABLE, How.UNAVAILABLE_AFTER]
LIMITS = [How.RATE_LIMITED, How.RATE_LIMITED_SHARED, How.RATE_LIMITED_GLOBALLY, How.BANNED]


def strike(chat: DiscordChat, kind: str, how: How, nth: int = 1, retry_after: float = 45) -> Fault:
    """The nth post of this kind."""

    def concerns(args: Json) -> bool:
        return chat.kinds.get(args.get("nonce") or "") == kind

    return chat.double.faults.add(Fault(request=POST, how=how, nth=nth, concerns=concerns, retry_after=retry_after))


def writers(team: Team) -> list[str]:
    return [one for page in team.pages() for one in EVERYBODY if f"{one.split()[0]} says: for me" in page]


def thread(chat: DiscordChat) -> Channel:
    return next(one for one in chat.world.channels.values() if one.is_thread)


async def revealed(team: Team) -> None:
    """Until all that is owed stands, whatever had to be looked for."""
    await team.reveal()
    await team.chat.pass_time(timedelta(minutes=10))


# posts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", LIMITS)
async def test_a_limit_in_the_middle_of_the_reveal_delays_it_and_changes_nothing(
    team: Team, chat: DiscordChat, how: How
) -> None:
    await team.open()
    await team.everybody_answers()
    struck = strike(chat, "page", how, 3)
    await revealed(team)
    assert struck.is_spent
    assert sorted(writers(team)) == sorted(EVERYBODY)
    calls = chat.double.calls_of(POST)
    limited = next(call for call in calls if call.answer == how.value)
    place = limited.args["channel"]
    after = next(call for call in calls[calls.index(limited) + 1 :] if call.args["channel"] == place)
    assert (after.at - limited.at).total_seconds() >= 45
    assert chat.double.invalid < 10


@pytest.mark.parametrize("how", LOST)
async def test_a_lost_answer_in_the_middle_of_the_reveal_loses_and_doubles_no_voice(
    team: Team, chat: DiscordChat, how: How
) -> None:
    await team.open()
    await team.everybody_answers()
    struck = [strike(chat, kind, how) for kind in ("headline", "contrasts")] + [strike(chat, "page", how, 3)]
    await revealed(team)
    assert all(fault.is_spent for fault in struck)
    assert sorted(writers(team)) == sorted(EVERYBODY)
    standing = [seen.text for seen in team.channel() if seen.kind in ("headline", "contrasts", "page")]
    assert len(standing) == len(set(standing))
    assert len([seen for seen in team.channel() if seen.kind == "headline"]) == 1


@pytest.mark.parametrize("how", [How.RESET_AFTER, How.UNAVAILABLE])
async def test_everybody_is_asked_once_whatever_becomes_of_the_answers(team: Team, chat: DiscordChat, how: How) -> None:
    await team.set_up()
    struck = [strike(chat, "announcement", how), strike(chat, "question", how, 2)]
    await chat.press(ORGANISER, "open")
    await chat.pass_time(timedelta(minutes=10))
    assert all(fault.is_spent for fault in struck)
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
    assert len(team.all_seen(CAL, "announcement")) == 1


@pytest.mark.parametrize("how", [How.RESET_AFTER])
async def test_a_post_whose_answer_was_lost_is_found_though_the_nonce_is_forgotten(
    team: Team, chat: DiscordChat, how: How
) -> None:
    """The bot is away for longer than Discord knows a nonce, and the thread has other messages by then."""
    await team.open()
    await team.everybody_answers()
    struck = strike(chat, "page", how, 2)
    await team.chat.pass_time(timedelta(days=3, seconds=7))
    await chat.restart(away=timedelta(minutes=30))
    await chat.pass_time(timedelta(minutes=10))
    assert struck.is_spent
    assert sorted(writers(team)) == sorted(EVERYBODY)


@pytest.mark.parametrize("how", [How.RESET_BEFORE, How.RESET_AFTER])
async def test_the_thread_of_the_reveal_is_opened_once(team: Team, chat: DiscordChat, how: How) -> None:
    await team.open()
    await team.everybody_answers()
    struck = chat.double.faults.add(Fault(request="POST /channels/{}/messages/{}/threads", how=how))
    await revealed(team)
    assert struck.is_spent
    assert sorted(writers(team)) == sorted(EVERYBODY)
    assert len([one for one in chat.world.channels.values() if one.is_thread]) == 1


@pytest.mark.parametrize("how", [How.RESET_AFTER, How.UNAVAILABLE, How.RATE_LIMITED])
async def test_a_report_whose_sending_fails_is_attached_once(team: Team, chat: DiscordChat, how: How) -> None:
    await team.open()
    await team.everybody_answers(*EVERYBODY[1:])
    struck = chat.double.faults.add(
        Fault(request=POST, how=how, retry_after=45, concerns=lambda args: bool(args.get("attachments")))
    )
    await revealed(team)
    assert struck.is_spent
    files = [name for seen in team.channel() for name in seen.files]
    assert sorted(name.rsplit(".", 1)[1] for name in files) == ["html", "md"]


# places ---------------------------------------------------------------------------------------------------------


async def test_an_archived_thread_takes_what_comes_later(team: Team, chat: DiscordChat) -> None:
    await team.open()
    receipts = await team.everybody_answers(LEO)
    await revealed(team)
    await chat.double.happening.archives(thread(chat))
    await chat.press(LEO, "late")
    await chat.fill(LEO, {**words_of(LEO), "sign": "name", "seen": "none"})
    await chat.pass_time(timedelta(minutes=5))
    assert [seen for seen in team.channel() if seen.kind == "late_page"]
    await chat.double.happening.archives(thread(chat))
    assert says(await chat.command(FAY, f"withdraw {team.code} {receipts[FAY]}"), "said.taken_down")
    await chat.pass_time(timedelta(minutes=5))
    assert "Fay says" not in team.everything()


async def test_a_thread_that_somebody_deletes_in_the_middle_of_the_reveal_takes_along_what_stood_there_alone(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    await team.everybody_answers()
    deleted: list[Json] = []

    def third_page(args: Json) -> bool:
        return chat.kinds.get(args.get("nonce") or "") == "page" and len(team.pages()) == 3 and not deleted

    def delete() -> None:
        gone = thread(chat)
        deleted.append({"id": gone.id})
        chat.world.messages[:] = [one for one in chat.world.messages if one.channel != gone.id]
        del chat.world.channels[gone.id]

    chat.double.faults.add(
        Fault(request=POST, how=How.ERROR, status=404, code=10003, concerns=third_page, struck=delete)
    )
    await revealed(team)
    assert deleted
    assert len(writers(team)) == len(set(writers(team))) == len(EVERYBODY) - 3  # in a new thread
    assert len([name for seen in team.channel() for name in seen.files]) == 2  # the report holds all of them


async def test_a_channel_that_was_deleted_is_told_to_the_organiser_who_chooses_another(
    team: Team, chat: DiscordChat
) -> None:
    await chat.add_place("other", [ORGANISER, *EVERYBODY])
    await team.open()
    await team.everybody_answers()
    await chat.double.happening.goes(chat.world.channel_named(PLACE))
    await revealed(team)
    assert not team.pages()
    controls = [id for seen in chat.seen(ORGANISER) for id in seen.controls]
    assert f"coproduce:venue:{team.code}" in controls


@pytest.mark.parametrize("right", [SEND_MESSAGES, SEND_MESSAGES_IN_THREADS])
async def test_a_permission_that_is_taken_away_holds_the_reveal_until_it_returns(
    team: Team, chat: DiscordChat, right: int
) -> None:
    await team.open()
    await team.everybody_answers()
    place = chat.world.channel_named(PLACE)
    chat.world.deny(place, BOT, right)
    await revealed(team)
    assert not team.pages()
    chat.world.allow_again(place, BOT, right)
    if retries := [id for seen in chat.seen(ORGANISER) for id in seen.controls if ":retry:" in id]:
        await chat.press(ORGANISER, retries[-1])
    await chat.pass_time(timedelta(days=1))
    assert sorted(writers(team)) == sorted(EVERYBODY)


# people ---------------------------------------------------------------------------------------------------------


async def test_somebody_who_left_after_the_preview_is_named_and_holds_up_nobody(team: Team, chat: DiscordChat) -> None:
    await team.set_up()
    await chat.double.happening.leaves(chat.id(FAY))
    await chat.press(ORGANISER, "open")
    await team.a_moment()
    assert all(team.all_seen(person, "question") for person in EVERYBODY if person != FAY)
    told = team.all_seen(ORGANISER, "status") or team.all_seen(ORGANISER, "preview")
    assert FAY in told[-1].text


async def test_messages_that_are_closed_midway_cost_nobody_their_answer(team: Team, chat: DiscordChat) -> None:
    """The announcement's button works for everybody named."""
    await team.open()
    chat.world.people[chat.id(FAY)].takes_messages = False
    announcement = team.newest(FAY, "announcement")
    assert f"coproduce:answer:{team.code}" in announcement.controls
    await team.answer(FAY)
    await chat.command(ORGANISER, f"remind {team.code}")
    await revealed(team)
    assert writers(team) == [FAY]


# acts -----------------------------------------------------------------------------------------------------------


async def test_whatever_arrives_three_times_counts_once(team: Team, chat: DiscordChat) -> None:
    chat.times = 3
    await chat.twice(ORGANISER)
    await team.set_up()
    await chat.twice(ORGANISER)
    await chat.press(ORGANISER, "open")
    await chat.settle()
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
    await chat.twice(FAY)
    await chat.press(FAY, "answer")
    await chat.twice(FAY)
    receipt_of(await chat.fill(FAY, words_of(FAY)))
    await chat.twice(FINN)
    assert says(await chat.press(FINN, "decline"), "said.declined")
    await chat.twice(FLO)
    assert says(await chat.type(FLO, "hello"), "said.typed")
    assert len([seen for seen in chat.seen(FLO) if says(seen, "said.typed")]) == 1
    await team.reveal()
    assert writers(team) == [FAY]


async def test_a_form_open_during_a_restart_is_taken_afterwards(team: Team, chat: DiscordChat) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    await chat.restart(away=timedelta(minutes=3))
    assert says(await chat.fill(FAY, words_of(FAY)), "said.held")
    await team.reveal()
    assert writers(team) == [FAY]


async def test_two_people_write_at_the_same_time_each_in_their_own_form(team: Team, chat: DiscordChat) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    await chat.press(FINN, "answer")
    both = await asyncio.gather(chat.fill(FAY, words_of(FAY)), chat.fill(FINN, words_of(FINN)))
    assert all(says(shown, "said.held") for shown in both)
    await team.reveal()
    assert sorted(writers(team)) == sorted([FAY, FINN])


async def test_words_are_acknowledged_in_time_though_the_database_is_slow(
    team: Team, chat: DiscordChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    monkeypatch.setattr(listeners, "PATIENCE", 0.2)
    monkeypatch.setattr(interacting, "ANSWER_WITHIN", 3.0)
    busy = sqlite3.connect(tmp_path / "play.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    sealing = asyncio.create_task(chat.fill(FAY, words_of(FAY)))
    await chat.world.wait_until(lambda: chat.id(FAY) not in chat.world.forms)
    assert time.monotonic() - started < 3.0
    busy.execute("ROLLBACK")
    busy.close()
    assert says(await sealing, "said.held")
    await team.reveal()
    assert writers(team) == [FAY]


# the gateway ----------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PAUSES", (0.05, 0.1))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("trouble", ["cut", "reconnect", "invalid", "closed", "malformed"])
async def test_a_gateway_that_is_lost_in_any_way_is_joined_again(team: Team, chat: DiscordChat, trouble: str) -> None:
    gateway = chat.double.gateway
    await team.open()
    session, identified, resumed = gateway.live[0], gateway.identified, gateway.resumed
    match trouble:
        case "cut":
            await gateway.cut()
        case "reconnect":
            await gateway.reconnect()
        case "invalid":
            await gateway.invalidate()
        case "closed":
            await gateway.drop(4000)
        case _:
            await gateway.malformed()
    if trouble != "malformed":
        await gateway.until_joined(identified + resumed + 1)
    await team.answer(FAY)
    await team.reveal()
    assert writers(team) == [FAY]
    assert session.id in gateway.sessions


@pytest.mark.usefixtures("quick")
async def test_a_refused_resume_begins_afresh(team: Team, chat: DiscordChat) -> None:
    gateway = chat.double.gateway
    await team.open()
    gateway.refuses_resume = True
    identified = gateway.identified
    await gateway.cut()
    await gateway.until_identified(identified + 1)
    await team.answer(FAY)
    await team.reveal()
    assert writers(team) == [FAY]


@pytest.mark.usefixtures("quick")
async def test_what_was_sent_while_the_connection_was_down_is_replayed_and_counts(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    await chat.double.gateway.cut()
    assert says(await chat.fill(FAY, words_of(FAY)), "said.held")
    assert chat.double.gateway.resumed == 1


# the token ------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_stops_this_server_and_nothing_is_lost_when_it_returns(
    team: Team, chat: DiscordChat
) -> None:
    await team.open()
    await team.everybody_answers()

    def third_page(args: Json) -> bool:
        chat.double.revoked |= len(team.pages()) == 3
        return False

    chat.double.faults.add(Fault(request=POST, how=How.ERROR, concerns=third_page))
    await team.reveal()
    assert 3 <= len(team.pages()) < len(EVERYBODY)
    chat.double.faults.clear()
    chat.double.revoked = False
    await chat.pass_time(timedelta(hours=2))
    assert sorted(writers(team)) == sorted(EVERYBODY)


async def test_a_bot_that_is_put_out_of_the_server_goes_on_when_it_is_let_in_again(
    team: Team, chat: DiscordChat
) -> None:
    """Forms that were open are taken meanwhile: they come by the gateway."""
    await team.open()
    await team.everybody_answers(FAY)
    await chat.press(FAY, "answer")
    await chat.double.happening.bot_is_removed()
    assert says(await chat.fill(FAY, words_of(FAY)), "said.held")
    await team.reveal()
    assert not team.pages()
    await chat.double.happening.bot_is_let_in()
    await chat.pass_time(timedelta(hours=3))
    assert sorted(writers(team)) == sorted(EVERYBODY)
