"""What Slack takes of text, blocks and views. Pure: each function yields what is wrong, for whoever reads a test.

Lengths are counted after escaping. Sources: the block-kit reference, `slack_sdk.models`, `@slack/types`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

Json = dict[str, Any]

MOST_BLOCKS = 50
MOST_BLOCKS_OF_A_VIEW = 100
LONGEST_TEXT = 4_000
LONGEST_OF_ALL_BLOCKS = 13_200
LARGEST_VIEW = 250_000
LONGEST_BLOCK_TEXT = 3_000

PROPERTIES: Mapping[str, frozenset[str]] = {
    "section": frozenset({"text", "fields", "accessory", "expand"}),
    "header": frozenset({"text", "level"}),
    "divider": frozenset(),
    "context": frozenset({"elements"}),
    "actions": frozenset({"elements"}),
    "input": frozenset({"label", "element", "hint", "optional", "dispatch_action"}),
    "rich_text": frozenset({"elements"}),
}
ELEMENTS: Mapping[str, frozenset[str]] = {
    "button": frozenset({"text", "value", "url", "style", "confirm", "accessibility_label"}),
    "plain_text_input": frozenset(
        {
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "placeholder",
            "focus_on_load",
            "dispatch_action_config",
        }
    ),
    "static_select": frozenset(
        {"options", "option_groups", "initial_option", "placeholder", "confirm", "focus_on_load"}
    ),
    "multi_static_select": frozenset(
        {"options", "option_groups", "initial_options", "placeholder", "confirm", "focus_on_load", "max_selected_items"}
    ),
    "external_select": frozenset({"initial_option", "min_query_length", "placeholder", "confirm", "focus_on_load"}),
    "multi_external_select": frozenset(
        {"initial_options", "min_query_length", "placeholder", "confirm", "focus_on_load", "max_selected_items"}
    ),
    "users_select": frozenset({"initial_user", "placeholder", "confirm", "focus_on_load"}),
    "multi_users_select": frozenset({"initial_users", "placeholder", "confirm", "focus_on_load", "max_selected_items"}),
    "conversations_select": frozenset(
        {
            "initial_conversation",
            "default_to_current_conversation",
            "filter",
            "response_url_enabled",
            "placeholder",
            "confirm",
            "focus_on_load",
        }
    ),
    "channels_select": frozenset(
        {"initial_channel", "response_url_enabled", "placeholder", "confirm", "focus_on_load"}
    ),
    "datetimepicker": frozenset({"initial_date_time", "confirm", "focus_on_load"}),
    "radio_buttons": frozenset({"options", "initial_option", "confirm", "focus_on_load"}),
    "checkboxes": frozenset({"options", "initial_options", "confirm", "focus_on_load"}),
    "overflow": frozenset({"options", "confirm"}),
}
MOST_OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "radio_buttons": 10, "checkboxes": 10}
INPUTS = frozenset(ELEMENTS) - {"button", "overflow"}
VIEW = frozenset(
    {
        "type",
        "title",
        "blocks",
        "submit",
        "close",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    }
)

_TOKEN = re.compile(r"<([^<>]*)>")
_INERT_TOKEN = re.compile(r"!date\^\d+\^[^|^]*(\^[^|]*)?\|.*|#C\w+(\|.*)?|https?://[^|\s]+(\|.*)?", re.DOTALL)
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")


MOST_OFFERED = 100


def wrong_markup(text: str, where: str) -> Iterator[str]:
    """In any place that is mrkdwn: what acts, and what was not escaped. Links are left to whoever owns the message."""
    for found in _TOKEN.finditer(text):
        if not _INERT_TOKEN.fullmatch(found[1]):
            yield f"{where}: <{found[1]}> acts, or is not escaped"
    rest = _TOKEN.sub("", text)
    if "<" in rest or ">" in rest or _BARE_AMPERSAND.search(rest):
        yield f"{where}: &, < or > is not escaped"


def length(text: Mapping[str, Any]) -> int:
    """As Slack counts a text object: after escaping."""
    words = str(text.get("text", ""))
    return len(words) if text.get("type") == "mrkdwn" else len(escape(words, quote=False))


def wrong_text(text: Any, where: str, longest: int = LONGEST_BLOCK_TEXT, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{where}: is no text object"
        return
    if plain and text["type"] != "plain_text":
        yield f"{where}: must be plain_text"
    allowed = {"type", "text", "emoji" if text["type"] == "plain_text" else "verbatim"}
    if unknown := set(text) - allowed:
        yield f"{where}: unknown {sorted(unknown)}"
    if not 1 <= length(text) <= longest:
        yield f"{where}: {length(text)} characters, 1 to {longest} are allowed"
    if text["type"] == "mrkdwn":
        yield from wrong_markup(text.get("text", ""), where)


def wrong_words(args: Json) -> Iterator[str]:
    """What any message must keep to, wherever it goes."""
    text = args.get("text") or args.get("initial_comment") or ""
    if len(text) > LONGEST_TEXT:
        yield f"text: {len(text)} characters, at most {LONGEST_TEXT}"
    yield from wrong_markup(text, "text")
    if args.get("link_names") or args.get("parse") == "full":
        yield "link_names and parse=full make words act"
    if args.get("blocks"):
        yield from wrong_blocks(args["blocks"])
        if not text:
            yield "blocks without text: screen readers read nothing"


def wrong_metadata(args: Json) -> Iterator[str]:
    metadata = args.get("metadata")
    if metadata is not None and set(metadata) != {"event_type", "event_payload"}:
        yield f"metadata: {sorted(metadata)}"


# blocks ---------------------------------------------------------------------------------------------------------


def wrong_blocks(blocks: Any, *, in_view: bool = False) -> Iterator[str]:
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        yield "blocks: not a list of blocks"
        return
    most = MOST_BLOCKS_OF_A_VIEW if in_view else MOST_BLOCKS
    if len(blocks) > most:
        yield f"blocks: {len(blocks)}, at most {most}"
    yield from _twice((block.get("block_id") for block in blocks), "block_id")
    for number, block in enumerate(blocks):
        yield from _wrong_block(block, f"block {number}", in_view=in_view)
    if not in_view and (total := sum(_lengths(blocks))) > LONGEST_OF_ALL_BLOCKS:
        yield f"blocks: {total} characters together, at most {LONGEST_OF_ALL_BLOCKS} (msg_blocks_too_long)"
    yield from _wrong_to_the_models(blocks)


def _wrong_to_the_models(blocks: list[Json]) -> Iterator[str]:
    for block in blocks:
        if wrong := _wrong_to_the_model(json.dumps(block)):
            yield wrong
            return


@lru_cache(4_096)
def _wrong_to_the_model(block: str) -> str:
    """Most blocks come again and again, in edits: making them of the SDK's models is the dearest check of all."""
    try:
        for parsed in Block.parse_all([json.loads(block)]):
            parsed.to_dict()
    except SlackObjectFormationError as error:
        return f"slack_sdk.models: {error}"
    return ""


def _wrong_block(block: Json, where: str, *, in_view: bool) -> Iterator[str]:
    kind = block.get("type", "")
    where = f"{where} ({kind})"
    if kind not in PROPERTIES:
        yield f"{where}: unknown kind of block"
        return
    if unknown := set(block) - PROPERTIES[kind] - {"type", "block_id"}:
        yield f"{where}: unknown {sorted(unknown)}"
    if len(block.get("block_id") or "") > 255:
        yield f"{where}: block_id over 255"
    if kind == "input":
        yield from _wrong_input(block, where, in_view=in_view)
    elif kind == "header":
        yield from wrong_text(block.get("text"), where, 150, plain=True)
    elif check := {
        "section": _wrong_section,
        "context": _wrong_context,
        "actions": _wrong_actions,
        "rich_text": _wrong_rich_text,
    }.get(kind):
        yield from check(block, where)


def _wrong_actions(block: Json, where: str) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 25:
        yield f"{where}: {len(elements)} elements, 1 to 25 are allowed"
    yield from _twice((element.get("action_id") for element in elements), f"{where}: action_id")
    for element in elements:
        yield from _wrong_element(element, where)


def _wrong_section(block: Json, where: str) -> Iterator[str]:
    if not block.get("text") and not block.get("fields"):
        yield f"{where}: neither text nor fields"
    if block.get("text"):
        yield from wrong_text(block["text"], where)
    fields = block.get("fields") or []
    if len(fields) > 10:
        yield f"{where}: {len(fields)} fields, at most 10"
    for field in fields:
        yield from wrong_text(field, f"{where} field", 2_000)
    if block.get("accessory"):
        yield from _wrong_element(block["accessory"], where)


def _wrong_context(block: Json, where: str) -> Iterator[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= 10:
        yield f"{where}: {len(elements)} elements, 1 to 10 are allowed"
    for element in elements:
        yield from wrong_text(element, where)


def _wrong_input(block: Json, where: str, *, in_view: bool) -> Iterator[str]:
    if not in_view:
        yield f"{where}: an input in a message"
    yield from wrong_text(block.get("label"), f"{where} label", 2_000, plain=True)
    if "hint" in block:
        yield from wrong_text(block["hint"], f"{where} hint", 2_000, plain=True)
    element = block.get("element") or {}
    if element.get("type") not in INPUTS:
        yield f"{where}: {element.get('type')} cannot be in an input"
    yield from _wrong_element(element, where)


def _wrong_rich_text(block: Json, where: str) -> Iterator[str]:
    for element in block.get("elements", []):
        if not str(element.get("type", "")).startswith("rich_text_"):
            yield f"{where}: unknown element {element.get('type')}"
        for part in _leaves(element):
            if part.get("type") not in _INERT_PARTS:
                yield f"{where}: a {part.get('type')} acts"
            elif missing := [name for name in _INERT_PARTS[part["type"]] if not part.get(name)]:
                yield f"{where}: a {part['type']} without {missing}"


_INERT_PARTS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "date": ("timestamp", "format", "fallback"),
    "channel": ("channel_id",),
}
"""Elements that notify nobody, and what each must have."""


def _leaves(element: Json) -> Iterator[Json]:
    for part in element.get("elements", []):
        if str(part.get("type", "")).startswith("rich_text_"):
            yield from _leaves(part)
        else:
            yield part


def _wrong_element(element: Any, where: str) -> Iterator[str]:
    kind = element.get("type", "") if isinstance(element, dict) else ""
    where = f"{where} {kind}"
    if kind not in ELEMENTS:
        yield f"{where}: unknown kind of element"
        return
    if unknown := set(element) - ELEMENTS[kind] - {"type", "action_id"}:
        yield f"{where}: unknown {sorted(unknown)}"
    if len(element.get("action_id") or "") > 255:
        yield f"{where}: action_id over 255"
    if "placeholder" in element:
        yield from wrong_text(element["placeholder"], f"{where} placeholder", 150, plain=True)
    if "confirm" in element:
        yield from _wrong_confirm(element["confirm"], f"{where} confirm")
    if kind == "button":
        yield from _wrong_button(element, where)
    if kind == "plain_text_input":
        yield from _wrong_text_input(element, where)
    if kind in MOST_OPTIONS:
        yield from _wrong_options(element, where, MOST_OPTIONS[kind])
    if kind.endswith("external_select"):
        yield from _wrong_external(element, where)


def _wrong_button(element: Json, where: str) -> Iterator[str]:
    yield from wrong_text(element.get("text"), where, 75, plain=True)
    if len(element.get("value") or "") > 2_000 or len(element.get("url") or "") > 3_000:
        yield f"{where}: value or url too long"
    if element.get("style") not in (None, "primary", "danger"):
        yield f"{where}: unknown style"


def _wrong_text_input(element: Json, where: str) -> Iterator[str]:
    longest = element.get("max_length", LONGEST_BLOCK_TEXT)
    if not 1 <= longest <= LONGEST_BLOCK_TEXT or not 0 <= element.get("min_length", 0) <= LONGEST_BLOCK_TEXT:
        yield f"{where}: max_length must be 1 to 3000, min_length at most 3000"
    if len(element.get("initial_value") or "") > longest:
        yield f"{where}: initial_value is longer than max_length"


def _wrong_external(element: Json, where: str) -> Iterator[str]:
    if element.get("initial_options") == []:
        yield f"{where}: no initial options at all are left out"
    for option in _chosen(element):
        yield from _wrong_option(option, where)


def _wrong_options(element: Json, where: str, most: int) -> Iterator[str]:
    groups = element.get("option_groups")
    options = element.get("options") or [option for group in groups or [] for option in group.get("options", [])]
    if not 1 <= len(options) <= most * (100 if groups else 1):
        yield f"{where}: {len(options)} options, 1 to {most} are allowed"
    for option in options:
        yield from _wrong_option(option, where)
    for option in _chosen(element):
        if option not in options:
            yield f"{where}: the initial option is none of the options"


def _chosen(element: Json) -> list[Json]:
    one = element.get("initial_option")
    return [*element.get("initial_options", ()), *([one] if one else ())]


def wrong_options(options: Sequence[Json]) -> Iterator[str]:
    """What an external select offers."""
    if len(options) > MOST_OFFERED:
        yield f"{len(options)} options, at most {MOST_OFFERED}"
    for option in options:
        yield from _wrong_option(option, "options")
    yield from _twice((option.get("value") for option in options), "options")


def _wrong_option(option: Json, where: str) -> Iterator[str]:
    yield from wrong_text(option.get("text"), f"{where} option", 75)
    if not 1 <= len(option.get("value") or "") <= 150:
        yield f"{where}: an option's value must have 1 to 150 characters"
    if "description" in option:
        yield from wrong_text(option["description"], f"{where} option", 75)
    if unknown := set(option) - {"text", "value", "description", "url"}:
        yield f"{where} option: unknown {sorted(unknown)}"


def _wrong_confirm(confirm: Json, where: str) -> Iterator[str]:
    yield from wrong_text(confirm.get("title"), where, 100, plain=True)
    yield from wrong_text(confirm.get("text"), where, 300)
    for name in ("confirm", "deny"):
        yield from wrong_text(confirm.get(name), where, 30, plain=True)


# views ----------------------------------------------------------------------------------------------------------


def wrong_view(view: Any) -> Iterator[str]:
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        yield "view: is no view"
        return
    if unknown := set(view) - VIEW:
        yield f"view: unknown {sorted(unknown)}"
    if view["type"] == "modal":
        yield from wrong_text(view.get("title"), "title", 24, plain=True)
    for name in ("submit", "close"):
        if name in view:
            yield from wrong_text(view[name], name, 24, plain=True)
    yield from _too_large(view)
    blocks = view.get("blocks", [])
    if any(block.get("type") == "input" for block in blocks) and "submit" not in view:
        yield "view: an input block without submit"
    yield from wrong_blocks(blocks, in_view=True)
    try:
        View(**view).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        yield f"slack_sdk.models: {error}"


def _too_large(view: Json) -> Iterator[str]:
    for name, longest in (("private_metadata", 3_000), ("callback_id", 255), ("external_id", 255)):
        if len(view.get(name) or "") > longest:
            yield f"view: {name} over {longest}"
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW:
        yield "view: over 250 kB (view_too_large)"


# walking --------------------------------------------------------------------------------------------------------


def texts_of(told: Any) -> Iterator[str]:
    """Every text anywhere in it: for finding words."""
    match told:
        case str():
            yield told
        case dict():
            for value in told.values():
                yield from texts_of(value)
        case list():
            for value in told:
                yield from texts_of(value)
        case _:
            pass


def _lengths(told: Any) -> Iterator[int]:
    match told:
        case {"type": "plain_text" | "mrkdwn", "text": str()}:
            yield length(told)
        case {"type": "text", "text": str() as text} | {"type": "date", "fallback": str() as text}:
            yield len(text)
        case dict():
            for value in told.values():
                yield from _lengths(value)
        case list():
            for value in told:
                yield from _lengths(value)
        case _:
            pass


def _twice(ids: Iterable[str | None], what: str) -> Iterator[str]:
    known = [id for id in ids if id]
    yield from (f"{what} {id!r} stands twice" for id in sorted({id for id in known if known.count(id) > 1}))
