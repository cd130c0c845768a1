"""Staying connected: whatever the gateway does, acts are taken, each once."""

from __future__ import annotations

import asyncio

import pytest

from adapters.discord import connection, server
from bot.errors import Revoked
from bot.people import Workspace
from tests.discord.world import GUILD
from tests.unit.discord_serving import CODE, SAID, OnDiscord, on_discord


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnecting does not wait."""
    monkeypatch.setattr(connection, "IDENTIFY_EVERY", 0.0)
    monkeypatch.setattr(connection, "PAUSES", (0.01,))
    monkeypatch.setattr(server, "KNOCK_EVERY", 0.01)


async def _takes_acts(there: OnDiscord) -> None:
    count = len(there.serving.acts)
    await there.double.hands.slash(there.fay.id, "status", {"round": CODE})
    await there.finish()
    assert len(there.serving.acts) == count + 1


async def _until(there: OnDiscord, listens: bool) -> None:
    async with asyncio.timeout(10):
        while there.server.is_listening is not listens:  # noqa: ASYNC110 (nobody tells; it is looked at)
            await asyncio.sleep(0.01)


async def test_a_malformed_event_is_left_out_and_the_next_act_is_taken() -> None:
    async with on_discord() as there:
        await there.double.gateway.malformed()
        await _takes_acts(there)
        assert there.double.gateway.identified == 1


async def test_a_broken_frame_is_no_end() -> None:
    async with on_discord() as there:
        (session,) = there.double.gateway.live
        assert session.ws is not None
        await session.ws.send_str("{")
        await there.double.gateway.until_identified(2)
        await _until(there, True)
        await _takes_acts(there)


async def test_what_was_done_while_the_connection_was_down_is_replayed_and_counts_once() -> None:
    async with on_discord() as there:
        await there.double.gateway.cut()
        await there.double.gateway.until_resumed()
        await _takes_acts(there)
        assert there.double.gateway.identified == 1


async def test_after_a_refused_resume_the_bot_identifies_afresh() -> None:
    async with on_discord() as there:
        there.double.gateway.refuses_resume = True
        await there.double.gateway.drop()
        await there.double.gateway.until_identified(2)
        await _until(there, True)
        await _takes_acts(there)


async def test_a_close_that_discord_py_gives_up_on_is_no_end() -> None:
    async with on_discord() as there:
        await there.double.gateway.drop(4013)  # invalid intents: discord.py closes the client
        await there.double.gateway.until_identified(2)
        await _until(there, True)
        await _takes_acts(there)


async def test_a_token_that_was_revoked_and_works_again_is_taken_up_without_a_restart() -> None:
    async with on_discord() as there:
        returned: list[Workspace] = []
        there.server.when_let_in_again(returned.append)
        await there.double.revoke()
        await _until(there, False)
        with pytest.raises(Revoked):
            await there.server.platform.people(Workspace(platform="discord", id=GUILD), [there.fay.id])
        assert not there.server.is_listening
        there.double.revoked = there.double.gateway.is_revoked = False
        await _until(there, True)
        await _takes_acts(there)
        assert Workspace(platform="discord", id=GUILD) in returned


async def test_a_server_that_lets_the_bot_in_again_is_told_of() -> None:
    async with on_discord() as there:
        returned: list[Workspace] = []
        there.server.when_let_in_again(returned.append)
        await there.double.happening.bot_is_removed()
        await there.double.happening.bot_is_let_in()
        async with asyncio.timeout(5):
            while not returned:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert returned == [Workspace(platform="discord", id=GUILD)]


async def test_a_stop_ends_what_is_in_flight_and_takes_nothing_more() -> None:
    async with on_discord() as there:
        there.serving.holds = asyncio.Event()
        pressed = asyncio.create_task(there.double.hands.slash(there.fay.id, "status", {"round": CODE}))
        async with asyncio.timeout(5):
            while not there.serving.acts:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stopping = asyncio.create_task(there.server.stop())
        await asyncio.sleep(0)
        there.serving.holds.set()
        await asyncio.gather(pressed, stopping)
        assert there.private(), "its outcome was shown"
        assert not there.server.is_listening
        assert not there.double.gateway.live


async def test_the_command_is_registered_once_and_again_only_where_it_has_changed() -> None:
    register = "PUT /applications/{}/commands"
    async with on_discord() as there:
        assert len(there.double.calls_of(register)) == 1
        await there.server.stop()
        await there.server.leave()
        again = there.another_server()
        await again.enter()
        await again.listen(there.serving, there.vault)
        assert len(there.double.calls_of(register)) == 1
        await again.stop()
        await again.leave()
        commands = there.double.world.commands[""]
        commands[0]["options"][0]["description"] = "As it was in the release before"
        third = there.another_server()
        await third.enter()
        await third.listen(there.serving, there.vault)
        assert len(there.double.calls_of(register)) == 2
        assert SAID.content


async def test_events_ask_for_no_privileged_intent() -> None:
    assert not connection.intents().members
    assert not connection.intents().message_content
    assert not connection.intents().presences
