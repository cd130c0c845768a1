"""Tells systemd how the bot is: that it is ready, that it stops, and, while it is well, that it is alive.

The protocol of sd_notify(3): one datagram for each state, to the socket that $NOTIFY_SOCKET names. Our own few lines,
because the libraries are no better kept: `sdnotify` has seen no release since 2017, and `cysystemd` needs libsystemd.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger(__name__)

MICROSECONDS = 1_000_000


class Supervisor:
    """Where nobody supervises us, nothing is sent."""

    def __init__(self, environment: Mapping[str, str], pid: int | None = None) -> None:
        """`pid`: of this process, where it is not the one that runs."""
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watches_every = _watchdog(environment, os.getpid() if pid is None else pid)

    def ready(self) -> None:
        self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    async def keep_alive(self, is_alive: Callable[[], bool]) -> None:
        """For ever; at half the time that the watchdog waits, as sd_watchdog_enabled(3) advises.

        Silent while `is_alive` denies it: then systemd restarts us."""
        if not self._address or self.watches_every is None:
            return
        was_alive = True
        while True:
            if is_alive():
                self._say("WATCHDOG=1")
            elif was_alive:
                log.error("watchdog_not_fed")
            was_alive = is_alive()
            await asyncio.sleep(self.watches_every / 2)

    def _say(self, state: str) -> None:
        if not self._address:
            return
        # a name that begins with @ is of the abstract namespace (unix(7))
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.setblocking(False)
                out.connect(address)
                out.send(state.encode())
        except OSError as error:
            log.warning("supervisor_not_told", state=state, error=type(error).__name__)


def _watchdog(environment: Mapping[str, str], pid: int) -> float | None:
    """Seconds without a word after which systemd gives us up; None: it does not watch this process."""
    try:
        seconds = int(environment.get("WATCHDOG_USEC", "0")) / MICROSECONDS
        is_ours = int(environment.get("WATCHDOG_PID", pid)) == pid
    except ValueError:
        return None
    return seconds if seconds > 0 and is_ours else None
