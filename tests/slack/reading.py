"""What stands on somebody's screen, as they read it: blocks as text, forms as sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise
from typing import Any

from tests.contract.chat import Sheet
from tests.isolates import as_read
from tests.slack.workspace import Json, Message, View

MARK = "⚠ "
"""Begins the line above a box that says what is wrong with it."""

_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_LINK = re.compile(r"<(?:[^|>]*\|)?([^>]*)>")


def text_of(message: Message) -> str:
    """Blocks are what is read; `text` stands for them on other devices."""
    return "\n".join(lines_of(message.blocks)) if message.blocks else read(message.text)


def lines_of(blocks: Iterable[Json]) -> Iterator[str]:
    for block in blocks:
        for text in _texts(block):
            yield read(text["text"]) if text["type"] == "mrkdwn" else as_read(text["text"])
        if block["type"] == "rich_text":
            yield as_read("".join(_shown(part) for one in block["elements"] for part in one["elements"]))


def _shown(part: Json) -> str:
    """One element of a rich text. A mention of a channel: its id stands for it."""
    match part["type"]:
        case "date":
            return str(part["fallback"])
        case "channel":
            return f"#{part['channel_id']}"
        case _:
            return str(part["text"])


def _texts(block: Json) -> Iterator[Json]:
    if block["type"] in ("section", "header"):
        if text := block.get("text"):
            yield text
        yield from block.get("fields") or ()
    elif block["type"] == "context":
        yield from block["elements"]


def read(markup: str) -> str:
    """mrkdwn as it is shown; marks that nobody sees are left out."""
    return as_read(unescape(_LINK.sub(r"\1", _DATE.sub(r"\1", markup))))


def controls_of(blocks: Iterable[Json]) -> tuple[str, ...]:
    return tuple(
        element["action_id"]
        for block in blocks
        for element in (*(block.get("elements", ()) if block["type"] == "actions" else ()), block.get("accessory"))
        if element and element.get("type") == "button"
    )


# forms ----------------------------------------------------------------------------------------------------------


def inputs_of(view: View) -> dict[str, Json]:
    """Block id -> block, of the boxes of this page."""
    return {block["block_id"]: block for block in view.body["blocks"] if block["type"] == "input"}


def sheet_of(view: View) -> Sheet:
    inputs = inputs_of(view)
    return Sheet(
        title=view.body["title"]["text"],
        notes="\n".join(lines_of(view.body["blocks"])),
        values={name: values_in(view, block) for name, block in inputs.items()},
        labels={name: as_read(block["label"]["text"]) for name, block in inputs.items()},
        errors={**_marks(view.body["blocks"]), **{name: as_read(text) for name, text in view.errors.items()}},
    )


def _marks(blocks: Sequence[Json]) -> dict[str, str]:
    found: dict[str, str] = {}
    for above, block in pairwise(blocks):
        text = next(iter(lines_of([above])), "")
        if block["type"] == "input" and text.startswith(MARK):
            found[block["block_id"]] = text.removeprefix(MARK)
    return found


def values_in(view: View, block: Json) -> tuple[str, ...]:
    """What stands in a box: filled in, or as it was shown."""
    filled = view.state.get(block["block_id"], {}).get(block["element"]["action_id"])
    return _values(filled) if filled else _values(value_of(block["element"]))


def value_of(element: Json) -> Json:
    """A box that nobody touched, as it is sent."""
    kind = element["type"]
    told: Json = {"type": kind}
    match kind:
        case "plain_text_input":
            told["value"] = element.get("initial_value")
        case "radio_buttons" | "static_select" | "external_select":
            told["selected_option"] = element.get("initial_option")
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            told["selected_options"] = element.get("initial_options") or []
        case "users_select":
            told["selected_user"] = element.get("initial_user")
        case "multi_users_select":
            told["selected_users"] = element.get("initial_users") or []
        case "conversations_select":
            told["selected_conversation"] = element.get("initial_conversation")
        case "channels_select":
            told["selected_channel"] = element.get("initial_channel")
        case "datetimepicker":
            told["selected_date_time"] = element.get("initial_date_time")
        case _:
            raise AssertionError(f"nobody has read a {kind} yet")
    return told


def _values(told: Json) -> tuple[str, ...]:
    (chosen,) = (value for name, value in told.items() if name != "type")
    return tuple(_plain(one) for one in (chosen if isinstance(chosen, list) else [chosen]) if one)


def _plain(value: Any) -> str:
    match value:
        case {"value": str() as chosen}:
            return chosen
        case int():
            return datetime.fromtimestamp(value, UTC).isoformat()
        case _:
            return str(value)
