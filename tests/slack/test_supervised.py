"""`coproduce run` as systemd starts it: with a socket that it is to be told on, and a watchdog."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.slack.test_run_process import running


@pytest.mark.process
@pytest.mark.slow
async def test_systemd_hears_that_the_bot_is_ready_alive_and_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        heard: list[bytes] = []

        async def hears(wanted: bytes, times: int = 1) -> None:
            async with asyncio.timeout(30):
                while heard.count(wanted) < times:
                    heard.append(await asyncio.get_running_loop().sock_recv(systemd, 1000))

        async with running(tmp_path, "socket") as (chat, _):
            await hears(b"READY=1")
            await hears(b"WATCHDOG=1", times=3)
            await chat.process.stop()
            await hears(b"STOPPING=1")
        assert set(heard) == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}
