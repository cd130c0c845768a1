"""`response_url`: five uses in thirty minutes; what comes there stands before one person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.slack import blocks as rules
from tests.slack.sealing import Seal
from tests.slack.workspace import (
    BOT_USER,
    RESPONSE_URL_LIVES,
    RESPONSE_URL_USES,
    Json,
    Message,
    ResponseUrl,
    Workspace,
)

TAKES = frozenset(
    {
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "unfurl_links",
        "unfurl_media",
        "thread_ts",
        "metadata",
    }
)


class Responding:
    def __init__(self, workspace: Workspace, complain: Callable[[str], None], seal: Seal) -> None:
        self._workspace = workspace
        self._complain = complain
        self._seal = seal

    def respond(self, args: Json) -> str:
        """`ok`, or the error."""
        found = self._workspace.response_urls.get(args.pop("id"))
        if found is None or time.monotonic() - found.born > RESPONSE_URL_LIVES:
            return self._refuse("expired_url")
        found.uses += 1
        if found.uses > RESPONSE_URL_USES:
            return self._refuse("used_url")
        if wrong := list(self._wrong(args)):
            for one in wrong:
                self._complain(f"response_url: {one}")
            return "invalid_payload"
        self._show(found, args)
        return "ok"

    def _refuse(self, error: str) -> str:
        self._complain(f"response_url: {error}")
        return error

    def _wrong(self, args: Json) -> Iterator[str]:
        if unknown := set(args) - TAKES:
            yield f"unknown {sorted(unknown)}"
        if not (args.get("text") or args.get("blocks") or args.get("delete_original")):
            yield "no_text"
        if args.get("response_type") == "in_channel":
            yield "in_channel: a word for one person would be read by all"
        yield from rules.wrong_words(args)
        yield from self._seal.leaks(args)

    def _show(self, found: ResponseUrl, args: Json) -> None:
        standing = self._workspace.message(found.channel, found.message_ts) if found.message_ts else None
        if standing and args.get("delete_original"):
            self._workspace.messages.remove(standing)
            return
        if standing and args.get("replace_original"):
            standing.text, standing.blocks = args.get("text") or "", args.get("blocks") or []
            standing.edits += 1
            self._workspace.appear(found.user, message=standing)
            return
        self._workspace.add(
            Message(
                ts=self._workspace.fresh_ts(),
                channel=found.channel,
                user=BOT_USER,
                text=args.get("text") or "",
                blocks=args.get("blocks") or [],
                thread_ts=args.get("thread_ts"),
                only_for=found.user,
            )
        )
