"""Slack's Web API without Slack: what each method answers, in turn; the last answer holds on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

Json = dict[str, Any]


class Telling(AsyncWebClient):
    def __init__(self, answers: Mapping[str, Sequence[Json]]) -> None:
        super().__init__("xoxb-1")
        self._answers = {method: list(told) for method, told in answers.items()}
        self.asked: list[tuple[str, Json]] = []

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        told: Json = {}
        for how in ("params", "data", "json"):
            told |= arguments.get(how) or {}
        self.asked.append((api_method, told))
        left = self._answers[api_method]
        data = left.pop(0) if len(left) > 1 else left[0]
        response = AsyncSlackResponse(
            client=self,
            http_verb="POST",
            api_url=api_method,
            req_args={},
            data={"ok": "error" not in data, **data},
            headers={},
            status_code=200,
        )
        if "error" in data:
            raise SlackApiError("refused", response)  # type: ignore[no-untyped-call]
        return response

    def asked_of(self, method: str) -> list[Json]:
        return [arguments for name, arguments in self.asked if name == method]
