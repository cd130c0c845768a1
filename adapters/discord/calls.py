"""Calls of the REST API through discord.py: bounded, within limits, and errors raised as those of the engine.

discord.py repeats a request after 500, 502, 504 and 524, which is safe: posts bear a nonce that Discord enforces, and
every other request may be repeated. It waits out short rate limits; longer ones are raised as Later.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
import discord
from discord.http import Route

from adapters.discord.traffic import WHEN_BUSY, Traffic, seconds_of, too_old
from bot.errors import DeliveryError, Later, NoNewConversations, Rejected, Revoked, Unknown, Unreachable
from bot.people import Why, Workspace
from bot.ports import Clock

log = logging.getLogger(__name__)

NAME = "discord"

Json = Mapping[str, Any]

WHEN_DOWN = 5.0
"""Seconds to wait after a connection failed: nothing was sent."""

ANSWERED_WITHIN = 60.0
"""Seconds for one call with the repetitions inside it. Far above what discord.py waits for after a delivery."""

LONGEST_WAIT = 6.0
"""Seconds of a rate limit that are waited out inside a call: as long as messages to one channel are limited for."""

A_SECOND = 45
"""Requests; Discord allows a bot 50."""

SERVER = "/guilds/{guild_id}"

FULL_PAGE = 100
"""Messages a page."""

MISSING_ACCESS, MISSING_PERMISSION, UNKNOWN_CHANNEL, UNKNOWN_GUILD = 50001, 50013, 10003, 10004
UNKNOWN_MEMBER, UNKNOWN_MESSAGE, UNKNOWN_USER = 10007, 10008, 10013
CLOSED_TO_MESSAGES, ARCHIVED, TOO_OLD = 50007, 50083, 30046
THREAD_EXISTS, OPENED_TOO_FAST = 160004, 40003

UNREACHABLE: Mapping[int, tuple[Why, str]] = {
    CLOSED_TO_MESSAGES: (Why.REFUSED, Unreachable.DM_CLOSED),
    50278: (Why.STRANGER, "no_shared_server"),
    50033: (Why.UNKNOWN, "invalid_recipient"),
    UNKNOWN_USER: (Why.UNKNOWN, "unknown_user"),
    UNKNOWN_MEMBER: (Why.STRANGER, "unknown_member"),
    UNKNOWN_CHANNEL: (Why.REFUSED, "gone"),
    MISSING_ACCESS: (Why.REFUSED, "not_member"),
    MISSING_PERMISSION: (Why.REFUSED, "not_allowed"),
    ARCHIVED: (Why.REFUSED, "archived"),
    160005: (Why.REFUSED, "archived"),  # a thread that is locked
}
"""Discord's JSON error codes as the reasons that `bot.errors.Unreachable` names."""


CLOSED_CHANNEL = frozenset({"gone", "not_member", "not_allowed", "archived"})
"""Reasons of these that are told of channels."""

REJECTED: Mapping[int, str] = {
    40005: "too_large",
    50035: "not_taken",
    50006: "not_taken",  # empty
    50008: "not_allowed",  # a channel in which nobody may write
    50024: "not_allowed",  # likewise, by its kind
    160001: "not_allowed",  # threads by the bot need to read the history
    160006: "too_many_threads",  # that are active
    200000: "moderated",
    200001: "moderated",
    240000: "moderated",
}
"""Codes as the reasons of `bot.errors.Rejected`. https://docs.discord.com/developers/topics/opcodes-and-status-codes"""


class Failed(Exception):
    """Discord's own error code, for callers that handle it. It is never raised outside this package."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Calls:
    def __init__(self, client: discord.Client, traffic: Traffic, clock: Clock) -> None:
        """`client` was made with `http_trace=traffic.trace`."""
        client.http.max_ratelimit_timeout = LONGEST_WAIT  # the constructor allows none below 30 seconds
        self.client = client
        self._traffic = traffic
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=A_SECOND)
        self.is_revoked = False
        self.returned: Callable[[], None] = lambda: None
        """Called when a token that was revoked works again."""
        self._is_knocking = False

    @property
    def bot_user(self) -> str:
        return str(self.client.user.id) if self.client.user else ""

    async def call(
        self,
        method: str,
        path: str,
        *,
        workspace: str = "",
        scope: str = "",
        may_fail: frozenset[int] = frozenset(),
        content: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        parts: discord.http.MultipartParameters | None = None,
        **ids: str,
    ) -> Any:
        """`path` with the names of `ids` in braces. Raises what `bot.ports.Platform` promises.

        `workspace`: whose it is; where that threw the bot out, Revoked is raised. `scope`: what a limit of this call
        holds up. `may_fail`: codes that are raised as Failed, because the caller knows what they mean.
        """
        if (left := self._traffic.held) > 0:
            raise Later(left)
        if self.is_revoked and path != "/users/@me":
            await self._look_in(workspace)
        arguments = _arguments(content, query, parts)
        await self._turn()
        too_old.set(False)
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await self.client.http.request(Route(method, path, **ids), **arguments)
        except discord.RateLimited as limited:
            is_too_old = too_old.get() and TOO_OLD in may_fail
            failure: Exception = Failed(TOO_OLD) if is_too_old else self._limited(limited.retry_after, scope)
        except discord.HTTPException as error:
            failure = self._failure(error, workspace, scope, may_fail)
        except (aiohttp.ClientConnectorError, ConnectionRefusedError, RuntimeError):  # the last: a session that closed
            raise Later(WHEN_DOWN) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown from None
        if isinstance(failure, Unreachable) and failure.reason == "not_member":
            await self._still_in(workspace, path)
        raise failure

    async def mapping(self, method: str, path: str, **how: Any) -> Json:
        """As `call`, where the answer is an object."""
        told = await self.call(method, path, **how)
        if not isinstance(told, dict):
            raise Unknown
        return told

    async def listing(self, path: str, **how: Any) -> list[Json]:
        """As `call`, where the answer is a list."""
        told = await self.call("GET", path, **how)
        if not isinstance(told, list):
            raise Unknown
        return told

    async def history(self, channel: str, after: str, **how: Any) -> AsyncIterator[Json]:
        """The messages of a channel or thread after that id, page by page; in each the newest first."""
        while True:
            page = await self.listing(
                "/channels/{channel_id}/messages", channel_id=channel, query={"after": after, "limit": FULL_PAGE}, **how
            )
            for message in page:
                yield message
            if len(page) < FULL_PAGE:
                return
            after = max((str(message["id"]) for message in page), key=int)

    async def time_there(self) -> datetime | None:
        """By the `Date` header of an answer. Raises Later and Unknown."""
        self._traffic.date = None
        try:
            await self.call("GET", "/users/@me")
        except (Later, Unknown):
            if self._traffic.date is None:
                raise
        except DeliveryError:
            pass  # a refusal bears the time too
        return self._traffic.date

    async def knock(self) -> None:
        """If the token was revoked: does it work again? One request at a time; never raises."""
        if not self.is_revoked or self._is_knocking:
            return
        self._is_knocking = True
        try:
            await self._look_in("")
        except DeliveryError as error:
            log.info("still_out", extra={"error": error.code})
        finally:
            self._is_knocking = False

    async def _look_in(self, workspace: str) -> None:
        """The token was revoked: asks once whether it works again. Raises Revoked if not."""
        await self.call("GET", "/users/@me", workspace=workspace)
        if self.is_revoked:
            self.is_revoked = False
            self.returned()

    async def _still_in(self, workspace: str, path: str) -> None:
        """Raises Revoked where the bot is no member of the server any more. `path`: where it has no access."""
        if not workspace:
            return
        if path == SERVER:
            raise Revoked(Workspace(platform=NAME, id=workspace))
        try:
            await self.call(
                "GET",
                SERVER,
                guild_id=workspace,
                workspace=workspace,
                may_fail=frozenset({MISSING_ACCESS, UNKNOWN_GUILD}),
            )
        except Failed:
            raise Revoked(Workspace(platform=NAME, id=workspace)) from None

    async def _turn(self) -> None:
        """Waits for its turn within the pace of all calls."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._sent[0] + 1.0) if len(self._sent) == A_SECOND else now
        self._sent.append(at)
        if at > now:
            await asyncio.sleep(at - now)

    def _failure(self, error: discord.HTTPException, workspace: str, scope: str, may_fail: frozenset[int]) -> Exception:
        if error.code in may_fail:
            return Failed(error.code)
        if error.status == 401:
            self.is_revoked = True
            return Revoked(Workspace(platform=NAME, id=workspace))
        if error.status == 429:
            return self._limited(seconds_of(error.response.headers), scope)
        if error.status >= 500:
            return Unknown()
        if error.status == 403 and not error.code:  # not Discord's own answer: what stands before it
            self._traffic.hold(WHEN_BUSY)
            return Later(WHEN_BUSY)
        if error.code == UNKNOWN_GUILD:
            return Revoked(Workspace(platform=NAME, id=workspace))
        if error.code == OPENED_TOO_FAST:
            return NoNewConversations()
        if error.code in UNREACHABLE:
            why, reason = UNREACHABLE[error.code]
            return Unreachable(why, reason)
        log.info("rejected_by_discord", extra={"status": error.status, "code": error.code})
        return Rejected(REJECTED.get(error.code) or str(error.code or f"http_{error.status}"))

    def _limited(self, after: float, scope: str) -> Later:
        """A pause that holds for all goes before the one of this route."""
        held = self._traffic.held
        return Later(held) if held > 0 else Later(after, scope)


def _arguments(
    content: Mapping[str, Any] | None,
    query: Mapping[str, Any] | None,
    parts: discord.http.MultipartParameters | None,
) -> dict[str, Any]:
    body: dict[str, Any] = {} if content is None else {"json": dict(content)}
    if parts is not None:
        body = {"files": parts.files, "form": parts.multipart}
    return {**body, "params": dict(query)} if query else body
