"""What Slack refuses means the same to the engine as on any platform; and a limit is kept to by whoever met it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.calls import WHEN_BUSY, Calls, Failed
from bot.errors import Later, Rejected, Revoked, Unknown, Unreachable
from bot.people import Why, Workspace
from tests.unit.couriers import StoppedClock
from tests.unit.slack_telling import Telling


class Refusing(AsyncWebClient):
    """Slack, which answers everything alike."""

    def __init__(self, error: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__("xoxb-1")
        self.asked = 0
        self._answer = ({"ok": False, "error": error} if error else {}, status, headers or {})

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        self.asked += 1
        data, status, headers = self._answer
        response = AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args={},
            data=data,
            headers=headers,
            status_code=status,
        )
        raise SlackApiError("refused", response)  # type: ignore[no-untyped-call]


def calls(client: AsyncWebClient) -> Calls:
    made = Calls(client, StoppedClock())
    made.workspace = Workspace(platform="slack", id="T1")
    return made


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "request_timeout", "service_unavailable"])
async def test_what_may_have_happened_in_part_is_unknown(code: str) -> None:
    with pytest.raises(Unknown):
        await calls(Refusing(code)).call("chat_postMessage", channel="C1", text="x")


@pytest.mark.parametrize("code", ["", "an_error_of_a_broken_server"])
async def test_what_a_broken_server_answers_is_unknown(code: str) -> None:
    with pytest.raises(Unknown):
        await calls(Refusing(code, 503)).call("chat_postMessage", channel="C1", text="x")


async def test_a_limit_that_does_not_say_for_how_long_is_kept_to_for_a_while() -> None:
    with pytest.raises(Later) as caught:
        await calls(Refusing("ratelimited", 429)).call("chat_postMessage", channel="C1", text="x")
    assert caught.value.after == WHEN_BUSY


async def test_whoever_was_thrown_out_asks_whether_they_are_in_again_before_anything_else() -> None:
    client = Telling({"auth.test": [{"error": "token_revoked"}, {}], "chat.postMessage": [{}]})
    thrown_out = calls(client)
    thrown_out.is_revoked = True
    with pytest.raises(Revoked):
        await thrown_out.call("chat_postMessage", channel="C1", text="x")
    await thrown_out.call("chat_postMessage", channel="C1", text="x")
    assert [method for method, _ in client.asked] == ["auth.test", "auth.test", "chat.postMessage"]
    assert not thrown_out.is_revoked


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("user_disabled", Why.DEACTIVATED),
        ("user_not_visible", Why.STRANGER),
        ("user_not_found", Why.UNKNOWN),
        ("messages_tab_disabled", Why.REFUSED),
        ("channel_not_found", Why.REFUSED),
    ],
)
async def test_whoever_cannot_be_written_to_is_told_apart(code: str, why: Why) -> None:
    with pytest.raises(Unreachable) as no:
        await calls(Refusing(code)).call("chat_postMessage", channel="U1", text="x")
    assert no.value.why is why


@pytest.mark.parametrize(
    ("code", "reason"),
    [("invalid_blocks", "not_taken"), ("msg_blocks_too_long", "too_long"), ("something_new", "something_new")],
)
async def test_a_message_that_is_not_taken_as_it_is_is_rejected(code: str, reason: str) -> None:
    with pytest.raises(Rejected) as no:
        await calls(Refusing(code)).call("chat_postMessage", channel="C1", text="x")
    assert no.value.reason == reason


async def test_a_limit_is_kept_to_without_asking_again() -> None:
    client = Refusing("ratelimited", 429, {"Retry-After": "17"})
    made = calls(client)
    for _ in range(3):
        with pytest.raises(Later) as later:
            await made.call("chat_postMessage", channel="C1", text="x")
        assert (later.value.after, later.value.scope) == (17.0, "")
    assert client.asked == 1


async def test_the_limit_of_another_method_holds_up_no_post() -> None:
    with pytest.raises(Later) as later:
        await calls(Refusing("ratelimited", 429, {"Retry-After": "5"})).call("users_info", user="U1")
    assert later.value.scope == "slack:T1/users_info"


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked", "invalid_auth"])
async def test_a_workspace_that_threw_the_bot_out_is_asked_again_before_each_call(code: str) -> None:
    client = Refusing(code)
    made = calls(client)
    with pytest.raises(Revoked):
        await made.call("chat_postMessage", channel="C1", text="x")
    assert made.is_revoked
    with pytest.raises(Revoked):
        await made.call("chat_postMessage", channel="C1", text="x")
    assert client.asked == 2  # the second was `auth.test`: nothing is posted blindly


async def test_what_the_caller_knows_the_meaning_of_is_left_to_it() -> None:
    with pytest.raises(Failed) as failed:
        await calls(Refusing("user_not_found")).call("users_info", may_fail=frozenset({"user_not_found"}), user="U1")
    assert failed.value.code == "user_not_found"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("is_archived", "archived"),
        ("not_in_channel", "not_member"),
        ("channel_not_found", "gone"),
        ("restricted_action_read_only_channel", "not_allowed"),
        ("messages_tab_disabled", "messages_tab_disabled"),
    ],
)
async def test_why_a_channel_takes_no_posts_is_told_in_words_of_the_engine_or_else_in_slacks(
    code: str, reason: str
) -> None:
    with pytest.raises(Unreachable) as refusal:
        await calls(Refusing(code)).call("chat_postMessage", channel="C1", text="x")
    assert refusal.value.reason == reason
