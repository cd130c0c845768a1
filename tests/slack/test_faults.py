"""Slack goes wrong in each of its ways. Nothing is lost, nothing is doubled, and who waits is told."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.slack import connection, listeners, workspace
from bot import alarm
from tests.contract.chat import CITIZENS, EVERYBODY, FRONTLINE, LEADERS, ORGANISER, Seen, receipt_of, says
from tests.contract.team import Team, words_of
from tests.slack import delivery
from tests.slack.faults import Fault, How
from tests.slack.slack_chat import SlackChat, slack
from tests.slack.workspace import Json

CAL, CARA, CLEO = CITIZENS
FAY, FINN, FLO = FRONTLINE
LEA, LEO = LEADERS

LOST = [How.RESET_BEFORE, How.RESET_AFTER, How.SERVER_ERROR, How.SERVER_ERROR_AFTER, How.FATAL_AFTER]


@pytest.fixture(params=["socket"])
async def chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SlackChat]:
    async with slack(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def team(chat: SlackChat) -> Team:
    return Team(chat)


def strike(chat: SlackChat, kind: str, how: How, nth: int = 1, **more: int) -> Fault:
    """The nth post of this kind."""

    def concerns(args: Json) -> bool:
        key = ((args.get("metadata") or {}).get("event_payload") or {}).get("key")
        return chat.kinds.get(key or "") == kind

    return chat.double.faults.add(
        Fault(method="chat.postMessage", how=how, nth=nth, concerns=concerns, retry_after=more.get("retry_after", 1))
    )


def writers(team: Team) -> list[str]:
    return [one for page in team.pages() for one in EVERYBODY if f"{one.split()[0]} says: for me" in page]


async def revealed(team: Team) -> None:
    """Until all that is owed stands, whatever had to be looked for."""
    await team.reveal()
    await team.chat.pass_time(timedelta(minutes=5))


# posts ----------------------------------------------------------------------------------------------------------


async def test_a_limit_in_the_middle_of_the_reveal_delays_it_and_changes_nothing(team: Team, chat: SlackChat) -> None:
    await team.open()
    await team.everybody_answers()
    struck = strike(chat, "page", How.RATE_LIMITED, 3, retry_after=45)
    await revealed(team)
    assert struck.is_spent
    assert sorted(writers(team)) == sorted(EVERYBODY)
    calls = chat.double.calls_of("chat.postMessage")
    limited = next(call for call in calls if call.answer == "rate_limited")
    after = next(call for call in calls[calls.index(limited) + 1 :])
    assert (after.at - limited.at).total_seconds() >= 45


@pytest.mark.parametrize("how", LOST)
async def test_a_lost_answer_in_the_middle_of_the_reveal_loses_and_doubles_no_voice(
    team: Team, chat: SlackChat, how: How
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


@pytest.mark.parametrize("how", LOST)
async def test_everybody_is_asked_once_whatever_becomes_of_the_answers(team: Team, chat: SlackChat, how: How) -> None:
    await team.set_up()
    struck = [strike(chat, "announcement", how), strike(chat, "question", how, 2)]
    await chat.press(ORGANISER, "open")
    await chat.pass_time(timedelta(minutes=5))
    assert all(fault.is_spent for fault in struck)
    assert [len(team.all_seen(person, "question")) for person in EVERYBODY] == [1] * len(EVERYBODY)
    assert len(team.all_seen(CAL, "announcement")) == 1


async def test_the_limit_of_a_look_up_holds_up_no_post(team: Team, chat: SlackChat) -> None:
    await team.open()
    chat.double.faults.add(Fault(method="conversations.info", how=How.RATE_LIMITED, retry_after=600))
    await chat.command(ORGANISER, f"remind {team.code}")
    await team.a_moment()
    assert team.all_seen(FAY, "reminder")


async def test_a_channel_that_nobody_can_look_into_at_the_deadline_delays_the_reveal_and_stops_no_clock(
    team: Team, chat: SlackChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm, "TRIES", 1)
    await team.open()
    await team.everybody_answers()
    chat.double.faults.add(Fault(method="conversations.info", how=How.SERVER_ERROR, times=8))
    async with asyncio.timeout(20):
        await revealed(team)
    assert sorted(writers(team)) == sorted(EVERYBODY)
    in_vain = {call.at for call in chat.double.calls_of("conversations.info") if call.answer == How.SERVER_ERROR}
    assert len(in_vain) > 1  # at several moments, and not all at one


# files ----------------------------------------------------------------------------------------------------------

STEPS = [
    ("files.getUploadURLExternal", How.RESET_AFTER),
    ("files.getUploadURLExternal", How.RATE_LIMITED),
    ("upload", How.RESET_BEFORE),
    ("upload", How.RESET_AFTER),
    ("upload", How.SERVER_ERROR),
    ("files.completeUploadExternal", How.RESET_BEFORE),
    ("files.completeUploadExternal", How.RESET_AFTER),
    ("files.completeUploadExternal", How.FATAL_AFTER),
    ("files.completeUploadExternal", How.RATE_LIMITED),
]


@pytest.mark.parametrize(("method", "how"), STEPS)
async def test_a_report_cut_between_its_steps_is_attached_once(
    team: Team, chat: SlackChat, method: str, how: How
) -> None:
    await team.open()
    await team.everybody_answers(*EVERYBODY[1:])
    struck = chat.double.faults.add(Fault(method=method, how=how))
    await revealed(team)
    assert struck.is_spent
    (report,) = [seen for seen in team.channel() if seen.files]
    assert {name.rsplit(".", 1)[1] for name in report.files} == {"html", "md"}


async def test_a_report_whose_files_hear_late_of_where_they_are_is_attached_once(team: Team, chat: SlackChat) -> None:
    chat.double.workspace.files_hear_late = True
    await team.open()
    await team.everybody_answers(*EVERYBODY[1:])
    struck = chat.double.faults.add(Fault(method="files.completeUploadExternal", how=How.RESET_AFTER))
    await revealed(team)
    assert struck.is_spent
    assert [len(seen.files) for seen in team.channel() if seen.files] == [2]


# presses and forms ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", [timedelta(seconds=1), timedelta(minutes=6)])
async def test_what_arrives_again_after_a_restart_is_told_no_second_time(
    team: Team, chat: SlackChat, away: timedelta
) -> None:
    await team.open()
    deliver, sent = chat.double.hands.deliver, list[tuple[str, Json]]()

    async def delivered(kind: str, payload: Json, *rest: Any) -> delivery.Ack:
        sent.append((kind, payload))
        return await deliver(kind, payload, *rest)

    chat.double.hands.deliver = delivered
    await team.answer(FAY)
    await chat.type(CAL, "Is this the place?")
    submission = next(one for one in reversed(sent) if one[1]["type"] == "view_submission")
    typed = sent[-1]
    before = [len(chat.seen(person)) for person in (FAY, CAL)]
    await chat.restart(away=away)
    for n, (kind, payload) in enumerate((submission, typed)):
        assert not (await deliver(kind, payload, f"again-{n}", 1, 1)).is_missing
    await chat.settle()
    assert [len(chat.seen(person)) for person in (FAY, CAL)] == before


@pytest.mark.parametrize("way_in", ["socket", "http"])
async def test_whatever_arrives_three_times_counts_once(tmp_path: Path, way_in: str) -> None:
    async with slack(tmp_path, way_in) as chat:
        team = Team(chat)
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
        receipt = receipt_of(await chat.fill(FAY, words_of(FAY)))
        assert says(await chat.command(FAY, f"check {team.code} {receipt}"), "said.check.held")
        await chat.twice(FINN)
        assert says(await chat.press(FINN, "decline"), "said.declined")
        await chat.twice(FLO)
        assert says(await chat.type(FLO, "hello"), "said.typed")
        assert len([seen for seen in chat.seen(FLO) if says(seen, "said.typed")]) == 1
        await team.reveal()
        assert writers(team) == [FAY]


async def test_two_people_write_at_the_same_time_each_in_their_own_form(team: Team, chat: SlackChat) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    await chat.press(FINN, "answer")
    both = await asyncio.gather(chat.fill(FAY, words_of(FAY)), chat.fill(FINN, words_of(FINN)))
    assert all(says(shown, "said.held") for shown in both)
    await team.reveal()
    assert sorted(writers(team)) == sorted([FAY, FINN])


async def test_one_person_in_two_rounds_answers_each(team: Team, chat: SlackChat) -> None:
    await team.open()
    first = team.code
    await team.open(service="Night line", citizens=[CAL, CARA], frontline=[FAY, FINN])
    assert team.code != first
    await chat.press(FAY, f"coproduce:answer:{first}")
    await chat.fill(FAY, words_of(FAY, "Fay first"))
    await chat.press(FAY, f"coproduce:answer:{team.code}")
    await chat.fill(FAY, words_of(FAY, "Fay second"))
    assert says(await team.agree(FAY, await chat.command(FAY, f"withdraw {first}")), "said.destroyed")
    await team.reveal()
    await chat.pass_time(timedelta(minutes=5))
    shown = "\n".join(team.pages())
    assert "Fay second says: for me" in shown
    assert "Fay first says" not in shown


async def test_somebody_deactivated_after_the_preview_is_named_and_holds_up_nobody(team: Team, chat: SlackChat) -> None:
    await team.set_up()
    chat.double.workspace.person_named(FAY).is_deleted = True
    await chat.press(ORGANISER, "open")
    await team.a_moment()
    assert all(team.all_seen(person, "question") for person in EVERYBODY if person != FAY)
    assert FAY in team.newest(ORGANISER, "status").text


async def test_words_are_acknowledged_in_time_though_the_database_is_slow(
    team: Team, chat: SlackChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team.open()
    await chat.press(FAY, "answer")
    monkeypatch.setattr(listeners, "WITHIN", 0.2)
    monkeypatch.setattr(delivery, "ACK_WITHIN", 3.0)
    busy = sqlite3.connect(tmp_path / "play.db", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    page = asyncio.create_task(chat.fill(FAY, words_of(FAY)))
    await chat.double.workspace.wait_until(lambda: bool(_marked(chat, FAY)))
    took = time.monotonic() - started
    assert took < 3.0
    assert says(_marked(chat, FAY), "window.slow")
    monkeypatch.setattr(listeners, "WITHIN", 10.0)
    busy.execute("ROLLBACK")
    busy.close()
    assert says(await page, "said.held")  # the page turned by itself, as soon as it was kept
    await team.reveal()
    assert writers(team) == [FAY]


def _marked(chat: SlackChat, person: str) -> str:
    view = chat.double.workspace.top(chat.id(person))
    return " ".join(view.errors.values()) if view else ""


# sockets --------------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same watch, with shorter seconds."""
    monkeypatch.setattr(connection, "PING_EVERY", 0.1)
    monkeypatch.setattr(connection, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(connection, "MAY_BE_AWAY", 0.3)
    monkeypatch.setattr(connection, "CONNECT_WITHIN", 1.0)
    monkeypatch.setattr(connection, "PAUSES", (0.05, 0.1))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("trouble", ["cut", "disconnect", "deaf", "refused"])
async def test_a_socket_that_is_lost_in_any_way_is_made_anew(tmp_path: Path, trouble: str) -> None:
    async with slack(tmp_path, "socket") as chat:
        team, sockets = Team(chat), chat.double.sockets
        await team.open()
        before = sockets.accepted
        if trouble == "refused":
            chat.double.faults.add(Fault(method="handshake", how=How.SERVER_ERROR, times=2))
        if trouble == "deaf":
            sockets.deafen()
        elif trouble == "disconnect":
            await sockets.disconnect("refresh_requested")
        else:
            await sockets.cut()
        await sockets.accepted_at_least(before + 1)
        await team.answer(FAY)
        await team.reveal()
        assert writers(team) == [FAY]


@pytest.mark.usefixtures("quick")
async def test_a_page_that_no_socket_took_is_sent_again_by_hand_and_loses_nothing(tmp_path: Path) -> None:
    async with slack(tmp_path, "socket") as chat:
        team = Team(chat)
        await team.open()
        await chat.press(FAY, "answer")
        chat.double.hands.may_be_late = True
        for socket in chat.double.sockets.sockets:
            socket.hears = False
        delivery.ACK_WITHIN = 0.3  # restored by `slack`
        user = chat.id(FAY)
        chat._fill_page(user, words_of(FAY))
        assert (await chat.double.hands.submit(user)).is_missing
        chat.double.sockets.deafen()
        await chat.double.sockets.accepted_at_least(2)
        delivery.ACK_WITHIN = 10.0
        chat.double.hands.may_be_late = False
        assert says(await chat.fill(FAY, words_of(FAY)), "said.held")


# the way in by HTTP ---------------------------------------------------------------------------------------------


async def test_what_is_not_signed_or_is_stale_does_nothing(tmp_path: Path) -> None:
    async with slack(tmp_path, "http") as chat:
        team, http = Team(chat), chat.double.http
        await team.open()
        command: Json = {
            "command": "/coproduce",
            "text": f"cancel {team.code}",
            "user_id": chat.id(ORGANISER),
            "team_id": "T0TEAM",
            "trigger_id": "forged",
        }
        stale = http.request("slash_commands", command, at=int(time.time()) - 301)
        early = http.request("slash_commands", command, at=int(time.time()) + 301)
        body, headers = http.request("slash_commands", command)
        forged = (body, {**headers, "X-Slack-Signature": "v0=" + "0" * 64})
        bare = (body, {"Content-Type": headers["Content-Type"]})
        async with aiohttp.ClientSession() as session:
            for body, headers in (stale, early, forged, bare):
                async with session.post(http.url, data=body, headers=headers) as answer:
                    assert answer.status == 401
        assert isinstance(await chat.command(ORGANISER, f"status {team.code}"), Seen)


async def test_an_event_that_is_delivered_again_is_answered_once(tmp_path: Path) -> None:
    async with slack(tmp_path, "http") as chat:
        team = Team(chat)
        await team.open()
        chat.times = 3
        await chat.twice(FAY)
        await chat.type(FAY, "hello")
        assert len([seen for seen in chat.seen(FAY) if says(seen, "said.typed")]) == 1


# the token ------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_stops_this_workspace_and_nothing_is_lost_when_it_returns(
    team: Team, chat: SlackChat
) -> None:
    await team.open()
    await team.everybody_answers()

    def third_page(args: Json) -> bool:
        stands = len(team.pages()) == 3
        chat.double.revoked |= stands
        return False

    chat.double.faults.add(Fault(method="chat.postMessage", how=How.ERROR, concerns=third_page))
    await team.reveal()
    assert 3 <= len(team.pages()) < len(EVERYBODY)
    chat.double.faults.clear()
    chat.double.revoked = False
    await chat.pass_time(timedelta(hours=2))
    assert sorted(writers(team)) == sorted(EVERYBODY)


@pytest.mark.parametrize("sign", ["an event that needs no answer", "a press", "a question now and then"])
async def test_a_token_that_works_again_is_noticed_at_once_and_who_runs_a_round_hears_of_the_pause(
    team: Team, chat: SlackChat, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    monkeypatch.setattr(workspace, "KNOCK_EVERY", 0.05 if sign == "a question now and then" else 3600)
    await chat.restart()
    await team.open()
    chat.double.revoked = True
    await chat.command(ORGANISER, f"remind {team.code}")
    await chat.pass_time(timedelta(minutes=3))
    assert not team.all_seen(FAY, "reminder")
    chat.double.revoked = False
    at = chat.now
    if sign == "a press":
        await chat.type(CAL, "Is this the place?")
    elif sign == "an event that needs no answer":
        user = chat.id(CAL)
        channel = chat.double.workspace.im(user).id
        opened = {"type": "app_home_opened", "user": user, "channel": channel, "tab": "messages"}
        await chat.double.hands.event(opened)
    async with asyncio.timeout(5):
        await chat.double.workspace.wait_until(lambda: bool(team.all_seen(ORGANISER, "paused")))
    await chat.settle()
    assert len(team.all_seen(FAY, "reminder")) == 1
    assert chat.now - at < timedelta(minutes=1)
    await team.a_moment()
    assert len(team.all_seen(ORGANISER, "paused")) == 1
