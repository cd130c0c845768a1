"""What Slack's own models and its documented limits say of a message or a view."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]


def fits(blocks: Sequence[Json]) -> None:
    """A message's blocks, as the SDK's models see them, and within the limits that they do not know."""
    assert len(blocks) <= 50
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    assert sum(escaped(text["text"]) for text in texts(blocks)) <= 9_000
    for block in blocks:
        if block["type"] == "section":
            assert 1 <= escaped(block["text"]["text"]) <= 3_000
        for button in block.get("elements", ()) if block["type"] == "actions" else ():
            assert 1 <= len(button["text"]["text"]) <= 75
            assert len(button["action_id"]) <= 255


def is_a_view(view: Json) -> None:
    View(**view).validate_json()
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view)) <= 250_000
    for name in ("title", "submit", "close"):
        assert len(view.get(name, {"text": ""})["text"]) <= 24
    ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))


def escaped(text: str) -> int:
    return (
        len(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) if "<!date" not in text else len(text)
    )


def texts(node: object) -> Iterator[Json]:
    """Every text object."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from texts(part)
    elif isinstance(node, dict):
        if node.get("type") in ("mrkdwn", "plain_text", "text"):
            yield node
        else:
            for part in node.values():
                yield from texts(part)


def parts(blocks: Sequence[Json]) -> Iterator[Json]:
    """The elements of all rich texts."""
    for block in blocks:
        if block["type"] == "rich_text":
            yield from (part for section in block["elements"] for part in section["elements"])


def in_markup(node: object) -> str:
    return "\n".join(text["text"] for text in texts(node) if text["type"] == "mrkdwn")


def as_they_stand(node: object) -> str:
    return "\n".join(text["text"] for text in texts(node) if text["type"] != "mrkdwn")
