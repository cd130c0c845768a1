"""What systemd is told: ready, stopping, and alive for as long as the bot is well."""

from __future__ import annotations

import asyncio
import configparser
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from coproduce.supervisor import Supervisor

ROOT = Path(__file__).parents[2]


class Systemd:
    """Its end of the socket: a real one, in the abstract namespace."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(b"")  # the kernel gives it an abstract name
        self._socket.setblocking(False)
        self.address = "@" + self._socket.getsockname()[1:].decode()

    def heard(self) -> list[str]:
        found: list[str] = []
        while True:
            try:
                found.append(self._socket.recv(1000).decode())
            except BlockingIOError:
                return found

    async def hears(self) -> str:
        async with asyncio.timeout(5):
            return (await asyncio.get_running_loop().sock_recv(self._socket, 1000)).decode()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    with closing(Systemd()) as made:
        yield made


async def test_it_is_told_when_the_bot_is_ready_and_when_it_stops(systemd: Systemd) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": systemd.address})
    supervisor.ready()
    supervisor.stopping()
    assert systemd.heard() == ["READY=1", "STOPPING=1"]


async def test_a_socket_in_the_file_system_will_do(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as there:
        there.bind(str(tmp_path / "notify"))
        Supervisor({"NOTIFY_SOCKET": str(tmp_path / "notify")}).ready()
        assert there.recv(1000) == b"READY=1"


def test_without_systemd_nothing_is_sent_and_nothing_fails() -> None:
    Supervisor({}).ready()
    Supervisor({"NOTIFY_SOCKET": "/nowhere/at/all"}).ready()


async def test_the_watchdog_is_fed_at_half_its_time_while_the_bot_is_alive_and_no_longer(systemd: Systemd) -> None:
    environment = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": str(os.getpid())}
    loop, alive, asked = asyncio.get_running_loop(), [True], asyncio.Event()

    def is_alive() -> bool:
        asked.set()
        return alive[0]

    feeding = asyncio.create_task(Supervisor(environment).keep_alive(is_alive))
    try:
        began = loop.time()
        assert [await systemd.hears() for _ in range(5)] == ["WATCHDOG=1"] * 5
        assert loop.time() - began >= 0.19
        alive[0] = False
        systemd.heard()
        for _ in range(3):
            asked.clear()
            async with asyncio.timeout(5):
                await asked.wait()
        assert systemd.heard() == []
        alive[0] = True
        assert await systemd.hears() == "WATCHDOG=1"
    finally:
        feeding.cancel()


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}],
)
async def test_a_watchdog_that_waits_for_somebody_else_is_not_fed(
    systemd: Systemd, environment: dict[str, str]
) -> None:
    await Supervisor({"NOTIFY_SOCKET": systemd.address, **environment}, pid=2).keep_alive(lambda: True)
    assert systemd.heard() == []


def test_the_unit_watches_longer_than_the_heartbeats_that_may_fail() -> None:
    from bot.alarm import BEAT
    from coproduce.app import MISSED_BEATS

    unit = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    unit.read(ROOT / "deploy" / "coproduce.service", encoding="utf-8")
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > MISSED_BEATS * BEAT.total_seconds()
    assert service["LimitCORE"] == "0"
