"""Calls of the Web API: no blind retries, rate limits respected, and errors raised as those of the engine."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DeliveryError, Later, Rejected, Revoked, Unknown, Unreachable
from bot.people import Why, Workspace
from bot.ports import Clock

log = logging.getLogger(__name__)

NAME = "slack"

SDK_LOG = logging.getLogger("slack_sdk.coproduce")
"""The logger of every SDK client. At DEBUG the SDK prints whole payloads."""

WHEN_BUSY = 30.0
"""Seconds to wait after a 429 that has no Retry-After."""

WHEN_DOWN = 5.0
"""Seconds to wait after a connection failed: nothing was sent."""

REVOKED = frozenset(
    {"account_inactive", "token_revoked", "invalid_auth", "not_authed", "token_expired", "org_login_required"}
)
UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"})
"""Errors after which the call may have taken effect in part (docs.slack.dev, errors of every method)."""

LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

_NO_HISTORY = frozenset({"not_in_channel", "channel_not_found", "missing_scope", "thread_not_found", "user_not_found"})

FULL_PAGE = 200
"""Messages or members a page. https://docs.slack.dev/apis/web-api/pagination"""

UNREACHABLE: Mapping[str, Why] = {
    "user_disabled": Why.DEACTIVATED,
    "user_not_visible": Why.STRANGER,
    "invalid_user_combination": Why.STRANGER,
    "user_not_found": Why.UNKNOWN,
    "channel_not_found": Why.REFUSED,
    "not_in_channel": Why.REFUSED,
    "is_archived": Why.REFUSED,
    "messages_tab_disabled": Why.REFUSED,
    "cannot_dm_bot": Why.BOT,
    "restricted_action": Why.REFUSED,
    "restricted_action_read_only_channel": Why.REFUSED,
    "posting_to_channel_denied": Why.REFUSED,
    "app_access_restricted": Why.REFUSED,
}

CLOSED_CHANNEL: Mapping[str, str] = {
    "is_archived": "archived",
    "not_in_channel": "not_member",
    "channel_not_found": "gone",  # of a private one also where we were put out of it
    "restricted_action": "not_allowed",
    "restricted_action_read_only_channel": "not_allowed",
    "posting_to_channel_denied": "not_allowed",
    "app_access_restricted": "not_allowed",
}
"""Slack's codes as the reasons that `bot.errors.Unreachable` names."""

REJECTED: Mapping[str, str] = {
    "msg_too_long": "too_long",
    "msg_blocks_too_long": "too_long",
    "no_text": "not_taken",
    "invalid_blocks": "not_taken",
    "invalid_blocks_format": "not_taken",
    "invalid_arguments": "not_taken",
    "cannot_reply_to_message": "thread_not_found",
    "message_not_found": "thread_not_found",
    "restricted_action_thread_locked": "archived",
    "restricted_action_thread_only_channel": "not_allowed",
    "restricted_action_non_threadable_channel": "not_allowed",
    "ekm_access_denied": "not_allowed",
    "no_permission": "not_allowed",
    "missing_scope": "not_allowed",
    "file_uploads_disabled": "files_off",
    "file_uploads_except_images_disabled": "files_off",
    "file_type_disabled": "files_off",
    "blocked_file_type": "files_off",
    "storage_limit_reached": "full",
    "file_upload_size_restricted": "too_large",
}
"""Slack's codes as the reasons of `bot.errors.Rejected`."""

Method = Callable[..., Awaitable[Any]]


class Failed(Exception):
    """Slack's own error code, for callers that handle it. It is never raised outside this package."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Calls:
    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        SDK_LOG.setLevel(logging.WARNING)  # a level of its own, whatever the root's: the SDK looks at it
        self.client = client
        self.workspace = Workspace(platform=NAME, id="")
        self._clock = clock
        self._held: dict[str, float] = {}  # method -> until when, of our clock
        self.is_revoked = False
        self.returned: Callable[[Workspace], None] = lambda workspace: None
        """Called when the workspace lets us in again."""
        self._is_knocking = False

    async def call(self, method: str, *, may_fail: frozenset[str] = frozenset(), **arguments: Any) -> Mapping[str, Any]:
        """`method` as the SDK names it (`chat_postMessage`). Raises what `bot.ports.Platform` promises.

        `may_fail`: codes that are raised as Failed, because the caller knows what they mean.
        """
        left = self._held.get(method, 0.0) - self._clock.now().timestamp()
        if left > 0:
            raise Later(left, self._scope(method))
        if self.is_revoked and method != "auth_test":
            await self._look_in()
        function: Method = getattr(self.client, method)
        try:
            answer = await function(**arguments)
        except SlackApiError as error:
            raise self._failure(method, error, may_fail) from None
        except (aiohttp.ClientConnectorError, ConnectionRefusedError):
            raise Later(WHEN_DOWN) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown from None
        data: Mapping[str, Any] = answer.data
        return data

    async def time_there(self) -> datetime | None:
        """By the `Date` header of whatever Slack answers, a refusal too. Raises Later and Unknown."""
        try:
            answer = await self.client.api_test()
        except SlackApiError as error:
            return date_of(getattr(error.response, "headers", None) or {})
        except (aiohttp.ClientConnectorError, ConnectionRefusedError):
            raise Later(WHEN_DOWN) from None
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise Unknown from None
        return date_of(answer.headers)

    async def pages(
        self, method: str, *, may_fail: frozenset[str] = frozenset(), **arguments: Any
    ) -> AsyncIterator[Mapping[str, Any]]:
        """As `call`, page by page."""
        cursor: dict[str, Any] = {}
        while True:
            told = await self.call(method, may_fail=may_fail, limit=FULL_PAGE, **arguments, **cursor)
            yield told
            following = (told.get("response_metadata") or {}).get("next_cursor")
            if not following:
                return
            cursor = {"cursor": following}

    async def history(self, channel: str, thread: str | None, **arguments: Any) -> AsyncIterator[Mapping[str, Any]]:
        """The messages of a conversation, or of one thread of it. Raises Failed where it cannot be read."""
        method = "conversations_replies" if thread else "conversations_history"
        where: dict[str, Any] = {"channel": channel, **({"ts": thread} if thread else {}), **arguments}
        async for page in self.pages(method, may_fail=_NO_HISTORY, **where):
            for message in page.get("messages", ()):
                yield message

    async def _look_in(self) -> None:
        """The token was revoked: asks once whether it works again. Raises Revoked if not."""
        await self.call("auth_test")
        if self.is_revoked:
            self.is_revoked = False
            self.returned(self.workspace)

    async def knock(self) -> None:
        """If the token was revoked: does it work again? One request at a time; never raises."""
        if not self.is_revoked or self._is_knocking:
            return
        self._is_knocking = True
        try:
            await self._look_in()
        except DeliveryError as error:
            log.info("still_out", extra={"error": error.code})
        finally:
            self._is_knocking = False

    def _failure(self, method: str, error: SlackApiError, may_fail: frozenset[str]) -> Exception:
        status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0) or 0)
        code = _code(error)
        if code in may_fail:
            return Failed(code)
        if status == 429 or code in LIMITED:
            return self._hold(method, error)
        if code in REVOKED:
            self.is_revoked = True
            return Revoked(self.workspace)
        if status >= 500 or code in UNKNOWN or not code:
            return Unknown()
        if code in UNREACHABLE:
            return Unreachable(UNREACHABLE[code], CLOSED_CHANNEL.get(code, code))
        log.info("rejected_by_slack", extra={"code": code})
        return Rejected(REJECTED.get(code, code))

    def _hold(self, method: str, error: SlackApiError) -> Later:
        headers = getattr(error.response, "headers", None) or {}
        try:
            wait = float(headers.get("Retry-After") or headers.get("retry-after") or WHEN_BUSY)
        except ValueError:
            wait = WHEN_BUSY
        self._held[method] = self._clock.now().timestamp() + wait
        return Later(wait, self._scope(method))

    def _scope(self, method: str) -> str:
        """Slack limits each method per workspace. Posts share one limit; the limit of another method delays no post."""
        return "" if method == "chat_postMessage" else f"{NAME}:{self.workspace.id}/{method}"


def _code(error: SlackApiError) -> str:
    response = error.response
    found = response.get("error") if isinstance(response, dict) or hasattr(response, "get") else None
    return found if isinstance(found, str) else ""


def date_of(headers: Mapping[str, Any]) -> datetime | None:
    """When an answer was made, by the clock of who made it (RFC 9110, 6.6.1); None where it does not say."""
    told = next((str(value) for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
