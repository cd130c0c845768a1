"""What must be right at Slack before the bot runs: one row for each thing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import NAME, SDK_LOG, date_of
from adapters.slack.manifest import SCOPES
from adapters.slack.profiles import is_org_wide
from adapters.slack.settings import EVENTS, SlackSettings
from bot.messages import Fact, Line, line
from bot.ports import AGREES_WITHIN

WITHIN = 10
"""Seconds for one answer."""

Row = tuple[bool, Line]


async def rows(settings: SlackSettings, public_url: str) -> AsyncIterator[Row]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN)) as session:
        token = settings.bot_token.get_secret_value()
        client = AsyncWebClient(token, settings.api_url, session=session, logger=SDK_LOG, retry_handlers=[])
        try:
            we = await client.auth_test()
        except SlackApiError as error:
            yield False, _line("refused", reason=_reason(error))
            return
        except (aiohttp.ClientError, TimeoutError, OSError):
            yield False, _line("away", address=settings.api_url)
            return
        if is_org_wide(we.data):
            yield False, _line("org_wide")
            return
        yield True, _line("token", workspace=str(we.get("team") or we.get("team_id")))
        headers: dict[str, Any] = {str(name).lower(): value for name, value in we.headers.items()}
        for row in (*_scopes(headers), *_clock(headers)):
            yield row
        yield await _way_in(settings, client, public_url)


def _line(key: str, **facts: Fact) -> Line:
    return line(f"cli.check.platform.{key}", platform=NAME, **facts)


def _scopes(headers: dict[str, Any]) -> list[Row]:
    """Slack tells the token's scopes with every answer."""
    if "x-oauth-scopes" not in headers:
        return []
    given = {scope.strip() for scope in str(headers["x-oauth-scopes"]).split(",")}
    lacking = [scope for scope in SCOPES if scope not in given]
    return [(False, _line("lacks", scopes=", ".join(lacking)))] if lacking else [(True, _line("scopes"))]


def _clock(headers: dict[str, Any]) -> list[Row]:
    """As the running bot judges it: further off, and it closes nothing."""
    theirs = date_of(headers)
    if theirs is None:
        return [(False, _line("clock_untold"))]
    off = datetime.now(UTC) - theirs
    is_right = abs(off) <= AGREES_WITHIN
    return [(is_right, _line("clock" if is_right else "clock_off", count=round(abs(off).total_seconds())))]


async def _way_in(settings: SlackSettings, client: AsyncWebClient, public_url: str) -> Row:
    if settings.mode == "http":
        return True, _line("http", address=f"{public_url}{EVENTS}")
    try:
        await client.apps_connections_open(app_token=settings.app_token.get_secret_value())
    except SlackApiError as error:
        return False, _line("no_socket", reason=_reason(error))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return False, _line("no_socket", reason=type(error).__name__)
    return True, _line("socket")


def _reason(error: SlackApiError) -> str:
    response = error.response
    return str(response.get("error") or "") if hasattr(response, "get") else ""
