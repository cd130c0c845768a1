"""What must be right at Discord before the bot runs: one row for each thing. Only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from adapters.discord.calls import NAME
from adapters.discord.manifest import PERMISSIONS
from adapters.discord.settings import DiscordSettings
from bot.messages import Fact, Line, line
from bot.ports import AGREES_WITHIN

WITHIN = 10
"""Seconds for one answer."""

MEMBERS = (1 << 14) | (1 << 15)
"""Flags of an application whose Server Members Intent is on; the second where it is not verified."""

ADMINISTRATOR = 1 << 3

Row = tuple[bool, Line]


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def rows(settings: DiscordSettings) -> AsyncIterator[Row]:
    headers = {"Authorization": f"Bot {settings.token.get_secret_value()}"}
    timeout = aiohttp.ClientTimeout(total=WITHIN)
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        look = _Look(session, settings.api_url)
        try:
            yield True, _line("bot", name=str((await look("/users/@me"))["username"]))
            for row in _application(await look("/applications/@me")):
                yield row
            for row in _servers(await look("/users/@me/guilds")):
                yield row
            yield _gateway(await look("/gateway/bot"))
        except _Refused as refused:
            is_reset = refused.status == 401
            yield False, _line("reset") if is_reset else _line("status", status=refused.status)
            return
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError):
            yield False, _line("away", address=settings.api_url)
            return
        yield _clock(look.date)


class _Look:
    """One request that reads; notes Discord's own time."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url
        self.date: datetime | None = None

    async def __call__(self, path: str) -> Any:
        async with self._session.get(f"{self._api_url}{path}") as answer:
            self.date = _date(answer.headers)
            if answer.status >= 400:
                raise _Refused(answer.status)
            return await answer.json(content_type=None)


def _line(key: str, **facts: Fact) -> Line:
    return line(f"cli.check.platform.{key}", platform=NAME, **facts)


def _application(told: Mapping[str, Any]) -> Iterator[Row]:
    """Roles are looked up in the list of members, which only this switch lets the bot read."""
    reads_members = bool(int(told.get("flags") or 0) & MEMBERS)
    yield reads_members, _line("members" if reads_members else "no_members")
    if elsewhere := told.get("interactions_endpoint_url"):
        yield False, _line("endpoint", address=str(elsewhere))


def _servers(told: list[Mapping[str, Any]]) -> Iterator[Row]:
    if not told:
        yield False, _line("no_server")
        return
    for server in told:
        given = int(server.get("permissions") or 0)
        lacking = [name for name, (bit, _) in PERMISSIONS.items() if not given & (bit | ADMINISTRATOR)]
        if lacking:
            yield False, _line("lacks_permissions", server=str(server["name"]), permissions=", ".join(lacking))
    yield True, _line("servers", count=len(told))


def _gateway(told: Mapping[str, Any]) -> Row:
    left = int(told["session_start_limit"]["remaining"])
    return left > 0, _line("gateway", count=left)


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None


def _clock(theirs: datetime | None) -> Row:
    """As the running bot judges it: further off, and it closes nothing."""
    if theirs is None:
        return False, _line("clock_untold")
    off = datetime.now(UTC) - theirs
    is_right = abs(off) <= AGREES_WITHIN
    return is_right, _line("clock" if is_right else "clock_off", count=round(abs(off).total_seconds()))
