"""What an operator asks the running bot: is it alive, is it ready, what has it done."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from adapters.slack.settings import SlackSettings
from bot.errors import CannotListen
from bot.text import Texts
from coproduce.app import open_storage
from coproduce.clock import SystemClock
from coproduce.config import Settings
from coproduce.metrics import Metrics
from coproduce.running import serving
from coproduce.sections import WebSettings
from coproduce.web import Health, Listening, listening
from tests.contract.chat import ORGANISER
from tests.contract.made_before import made_before, storage_in
from tests.fakes import MemoryRounds, MemoryStore
from tests.slack.double import APP_TOKEN, BOT_TOKEN, slack_double
from tests.slack.running import RunChat, RunningBot
from tests.slack.test_run_process import FAY, PEOPLE, asked_everybody, running
from tests.slack.workspace import Json


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def get_json(port: int, path: str) -> tuple[int, Json]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.json()


PAGES = 4
"""Of the form in which somebody answers: each is kept as it is sent."""


class Figures:
    """One reading of `/metrics`."""

    def __init__(self, text: str) -> None:
        families = text_string_to_metric_families(text)
        self._samples = [sample for family in families for sample in family.samples]

    def of(self, name: str, **labels: str) -> float:
        """All that fit, together."""
        return sum(one.value for one in self._samples if one.name == name and labels.items() <= one.labels.items())


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


# the running bot ------------------------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.slow
async def test_a_bot_on_sockets_tells_how_it_is_and_what_it_did_and_nothing_of_anybody(tmp_path: Path) -> None:
    async with running(tmp_path, "socket") as (chat, team):
        await asked_everybody(chat, team)
        await team.answer(FAY)
        port = chat.process.port
        assert await get_json(port, "/healthz") == (200, {"alive": True})
        assert await get_json(port, "/readyz") == (200, {"database": True, "slack": True, "clock": True})
        status, text = await get(port, "/metrics")
        assert status == 200
        figures = Figures(text)
        sent = {"platform": "slack", "outcome": "sent"}
        assert figures.of("coproduce_messages_total", kind="question", **sent) == len(PEOPLE)
        assert figures.of("coproduce_messages_total", kind="announcement", **sent) == 1
        posts = figures.of("coproduce_platform_call_seconds_count", platform="slack", call="post", outcome="ok")
        assert posts == figures.of("coproduce_messages_total", **sent)
        assert figures.of("coproduce_acts_total", act="write", outcome="show_form") == PAGES - 1
        assert figures.of("coproduce_acts_total", act="write", outcome="said") == 1
        assert figures.of("coproduce_replies_held_total") == 1
        assert figures.of("coproduce_ready") == 3
        assert figures.of("coproduce_messages_waiting", state="stuck") == 0
        assert abs(figures.of("coproduce_last_beat_timestamp_seconds") - datetime.now(UTC).timestamp()) < 60
        assert figures.of("coproduce_build_info", version="0.1.0") == 1
        assert figures.of("process_resident_memory_bytes") > 0
        _names_nobody(text, chat, team.code)


def _names_nobody(text: str, chat: RunChat, code: str) -> None:
    secrets = [code, "says:", "Repairs", *(chat.id(one) for one in (ORGANISER, *PEOPLE))]
    secrets += [*(ORGANISER, *PEOPLE), *(one.split()[1] for one in (ORGANISER, *PEOPLE))]
    assert [one for one in secrets if one in text] == []


@pytest.mark.process
@pytest.mark.slow
async def test_a_second_bot_stands_by_without_the_port_and_takes_it_when_its_turn_comes(tmp_path: Path) -> None:
    async with running(tmp_path, "socket") as (chat, _):
        port, config = chat.process.port, tmp_path / "config.toml"
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        second = RunningBot(config, chat._in_file)
        waiting = asyncio.create_task(second.start())
        await second.says("standby")
        assert (await get_json(port, "/readyz"))[0] == 200
        await chat.process.stop()
        await waiting
        assert second.port == port
        assert (await get_json(port, "/readyz"))[0] == 200
        await second.stop()


@pytest.mark.process
def test_a_port_that_another_program_has_is_told_in_one_sentence(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "config.toml"
        config.write_text(
            f'[slack]\nbot_token = "{BOT_TOKEN}"\napp_token = "{APP_TOKEN}"\napi_url = "http://127.0.0.1:{port}/"\n'
            f"[web]\nport = {port}\n"
        )
        words = [sys.executable, "-m", "coproduce", "run", "--config", str(config)]
        ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert [line for line in ended.stderr.splitlines() if not line.startswith("{")] == [
        f"I cannot listen on 127.0.0.1:{port} (Address already in use). Set another port or host in [web]."
    ]


# in this process ------------------------------------------------------------------------------------------------


async def test_while_slack_does_not_answer_the_bot_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with slack_double() as double:
        asked, answers = asyncio.Event(), asyncio.Event()

        async def before_call(method: str, args: Mapping[str, Any]) -> None:
            asked.set()
            await answers.wait()

        double.before_call = before_call
        slack = SlackSettings.model_validate(
            {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": double.api_url}
        )
        port = free_port()
        web = WebSettings(port=port)
        up, told = asyncio.Event(), asyncio.Event()
        made_before(tmp_path)
        settings = Settings(storage=storage_in(tmp_path), slack=slack, web=web)
        bot = asyncio.create_task(_run(settings, up, told))
        async with asyncio.timeout(10):
            await asked.wait()
            assert await get_json(port, "/healthz") == (200, {"alive": True})
            assert await get_json(port, "/readyz") == (503, {"database": True, "slack": False, "clock": False})
            answers.set()
            await up.wait()
            assert await get_json(port, "/readyz") == (200, {"database": True, "slack": True, "clock": True})
            told.set()
            await bot


async def _run(settings: Settings, up: asyncio.Event, told: asyncio.Event) -> None:
    async with serving(settings, Texts.load(), SystemClock(), told):
        up.set()
        await told.wait()


class Broken(MemoryRounds):
    async def last_beat(self) -> datetime | None:
        raise OSError


class Stuck(MemoryRounds):
    async def last_beat(self) -> datetime | None:
        await asyncio.Event().wait()
        return None


@pytest.mark.parametrize("rounds", [Broken, Stuck])
async def test_a_database_that_does_not_answer_is_named_and_the_figures_come_all_the_same(
    tmp_path: Path, rounds: type[MemoryRounds]
) -> None:
    made_before(tmp_path)
    kept = await open_storage(Settings(storage=storage_in(tmp_path)))
    health = Health(
        kept=replace(kept, rounds=rounds(MemoryStore())),
        clock=SystemClock(),
        metrics=Metrics(),
        platforms={"slack": lambda: True},
        patience=0.01,
    )
    port = free_port()
    server = await listening(health.routes(), "127.0.0.1", port)
    try:
        async with asyncio.timeout(3):
            assert await get_json(port, "/healthz") == (200, {"alive": True})
            assert await get_json(port, "/readyz") == (503, {"database": False, "slack": True, "clock": False})
            status, text = await get(port, "/metrics")
        assert status == 200
        assert Figures(text).of("coproduce_ready", part="database") == 0
        assert Figures(text).of("coproduce_ready", part="slack") == 1
    finally:
        await server.cleanup()
        await kept.close()


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host"])
async def test_an_address_that_is_none_of_this_machine_is_told_with_the_reason(host: str) -> None:
    with pytest.raises(CannotListen) as caught:
        await listening([], host, 8080)
    assert caught.value.facts["address"] == f"{host}:8080"
    assert caught.value.facts["reason"]


# connections that want nothing ---------------------------------------------------------------------------------


async def serving_a_body() -> tuple[Listening, int]:
    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    port = free_port()
    return await listening([web.post("/take", take), web.get("/healthz", take)], "127.0.0.1", port), port


async def is_closed_by_the_server(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(5):
            return await reader.read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "begun", [b"", b"POST /take HTTP/1.1\r\nHo", b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"]
)
async def test_a_request_that_is_never_finished_is_cut_off(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coproduce.web.HEAD_WITHIN", 0.2)
    monkeypatch.setattr("coproduce.web.BODY_WITHIN", 0.2)
    server, port = await serving_a_body()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        assert await is_closed_by_the_server(reader)
        writer.close()
    finally:
        await server.cleanup()


async def test_too_many_connections_leave_the_process_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coproduce.web.MOST_CONNECTIONS", 5)
    server, port = await serving_a_body()
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    try:
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            idle.append((reader, writer))
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"200" in await reader.readline()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await is_closed_by_the_server(reader)
        writer.close()
        reader, writer = idle.pop()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert await reader.read()  # until the server has closed it
        writer.close()
        assert (await get(port, "/healthz"))[0] == 200
    finally:
        for _, writer in idle:
            writer.close()
        await server.cleanup()


async def test_without_a_port_nothing_listens(tmp_path: Path) -> None:
    async with slack_double() as double:
        slack = SlackSettings.model_validate(
            {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "api_url": double.api_url}
        )
        made_before(tmp_path)
        settings = Settings(storage=storage_in(tmp_path), slack=slack)
        with structlog.testing.capture_logs() as logged:
            async with serving(settings, Texts.load(), SystemClock()) as is_up:
                assert is_up
        assert "listening" not in [told["event"] for told in logged]
