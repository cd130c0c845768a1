"""What Discord takes of messages, forms and commands beyond its own description. Pure: each yields what is wrong.

Sources: resources/message, components/reference, interactions/application-commands of docs.discord.com.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(1, 9)
TEXT_DISPLAY, LABEL = 10, 18
SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
LINK = 5  # style of a button

LONGEST_CONTENT = 2_000
MOST_COMPONENTS = 40
MOST_IN_A_FORM = 5
LONGEST_COMMAND = 8_000
SUPPRESS_EMBEDS, EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 2, 1 << 6, 1 << 7, 1 << 15

_RECEIPT = re.compile(r"(?<![0-9A-Z-])(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}(?![0-9A-Z-])")
_ACTS = re.compile(r"<@[!&]?\d+>|@everyone|@here")
_NAME = re.compile(r"[a-z0-9_-]{1,32}")


def inside(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, nested ones too."""
    for one in components:
        yield one
        yield from inside(one.get("components") or ())
        for nested in (one.get("component"), one.get("accessory")):
            if nested:
                yield nested


def wrong_message(told: Json, files: int = 0, *, is_edit: bool = False) -> Iterator[str]:
    content = told.get("content") or ""
    components: list[Json] = told.get("components") or []
    if len(content) > LONGEST_CONTENT:
        yield f"content of {len(content)} characters"
    if (told.get("flags") or 0) & COMPONENTS_V2:
        if content or told.get("embeds") or told.get("poll"):
            yield "content beside components v2"
        if sum(len(one["content"]) for one in inside(components) if one["type"] == TEXT_DISPLAY) > 4_000:
            yield "more than 4,000 characters in text displays"
    else:
        if any(one["type"] != ROW for one in components):
            yield "components v2 without their flag"
        if len(components) > 5:
            yield f"{len(components)} rows"
        if not is_edit and not content.strip() and not files and not told.get("embeds"):
            yield "an empty message"
    yield from _wrong_components(components)


def _wrong_components(components: Sequence[Json]) -> Iterator[str]:
    every = list(inside(components))
    if len(every) > MOST_COMPONENTS:
        yield f"{len(every)} components"
    yield from _wrong_ids(every)
    for row in (one for one in every if one["type"] == ROW):
        kinds = [one["type"] for one in row["components"]]
        if len(kinds) > 5 or (SELECTS & set(kinds) and len(kinds) > 1) or not kinds:
            yield f"a row of {kinds}"
    for one in every:
        if one["type"] == BUTTON:
            yield from _wrong_button(one)
        if one["type"] in SELECTS:
            yield from _wrong_select(one)


def _wrong_ids(every: Sequence[Json]) -> Iterator[str]:
    ids = [one["custom_id"] for one in every if one.get("custom_id")]
    if twice := {id for id in ids if ids.count(id) > 1}:
        yield f"custom_id twice: {sorted(twice)}"


def _wrong_button(button: Json) -> Iterator[str]:
    label = button.get("label") or ""
    if len(label) > 80 or not (label or button.get("emoji")):
        yield f"label of a button: {label!r}"
    if (button.get("style") == LINK) is bool(button.get("custom_id")):
        yield f"a button has an address or a custom_id: {label!r}"


def _wrong_select(select: Json) -> Iterator[str]:
    least, most = select.get("min_values"), select.get("max_values")
    options: Sequence[Json] = select.get("options") or ()
    if select["type"] == STRING_SELECT:
        values = [one["value"] for one in options]
        if not 1 <= len(options) <= 25 or len(set(values)) < len(values):
            yield f"options of a select: {values}"
        if most is not None and most > len(options):
            yield f"max_values {most} of {len(options)} options"
        if sum(bool(one.get("default")) for one in options) > (1 if most is None else most):
            yield "more defaults than max_values"
    elif len(select.get("default_values") or ()) > (1 if most is None else most):
        yield "more defaults than max_values"
    if least is not None and most is not None and least > most:
        yield f"min_values {least}, max_values {most}"


def wrong_form(form: Json) -> Iterator[str]:
    top: list[Json] = form["components"]
    if not 1 <= len(top) <= MOST_IN_A_FORM:
        yield f"{len(top)} parts in a form"
    every = list(inside(top))
    yield from _wrong_ids(every)
    for one in top:
        if one["type"] == ROW:
            yield "a row in a form"
    for one in every:
        if one.get("disabled"):
            yield "something disabled in a form"
        if one["type"] in SELECTS:
            yield from _wrong_select(one)
            if one.get("required", True) and one.get("min_values") == 0:
                yield f"{one['custom_id']}: required, and min_values 0"
        if one["type"] == TEXT_INPUT:
            yield from _wrong_input(one)


def _wrong_input(box: Json) -> Iterator[str]:
    value, most = box.get("value") or "", box.get("max_length") or 4_000
    least = box.get("min_length") or 0
    if value and not least <= len(value) <= most:
        yield f"{box['custom_id']}: value of {len(value)} characters, {least} to {most} fit"
    if box.get("label"):
        yield f"{box['custom_id']}: its label stands on the Label around it"


def wrong_manners(told: Json, *, is_private: bool) -> Iterator[str]:
    """What Discord would take, and this bot may not do."""
    content = told.get("content") or ""
    allowed = told.get("allowed_mentions")
    acts = allowed is None or allowed.get("parse") or allowed.get("users") or allowed.get("roles")
    if content and acts:
        yield "mentions in it may act: allowed_mentions"
    elif _ACTS.search(content) and acts:
        yield "a mention acts"
    if told.get("embeds"):
        yield "an embed: notifications preview it"
    if told.get("tts"):
        yield "spoken aloud"
    if not is_private and any(_RECEIPT.search(text) for text in texts_of(told)):
        yield "a receipt in a message that stays"


def receipts_in(text: str) -> list[str]:
    return _RECEIPT.findall(text)


def as_shown(told: Any) -> list[str]:
    """Its texts with backslashes taken out: words that are escaped are words all the same."""
    return [re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text) for text in texts_of(told)]


def texts_of(told: Any) -> Iterator[str]:
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


# commands -------------------------------------------------------------------------------------------------------


def wrong_commands(commands: Sequence[Json]) -> Iterator[str]:
    names = [one["name"] for one in commands]
    if len(names) > 100 or len(set(names)) < len(names):
        yield f"commands {names}"
    for command in commands:
        if command.get("type", 1) == 1:
            yield from _wrong_named(command)
        if (size := sum(len(text) for text in _counted(command))) > LONGEST_COMMAND:
            yield f"/{command['name']}: {size} characters"


def _counted(option: Json) -> Iterator[str]:
    yield option["name"]
    yield option.get("description", "")
    for choice in option.get("choices") or ():
        yield choice["name"]
        yield str(choice["value"])
    for nested in option.get("options") or ():
        yield from _counted(nested)


def _wrong_named(one: Json) -> Iterator[str]:
    options: Sequence[Json] = one.get("options") or ()
    if not _NAME.fullmatch(one["name"]):
        yield f"name {one['name']!r}"
    if not 1 <= len(one.get("description", "")) <= 100:
        yield f"{one['name']}: description of {len(one.get('description', ''))} characters"
    if len(options) > 25 or len(one.get("choices") or ()) > 25:
        yield f"{one['name']}: more than 25"
    for before, after in pairwise(options):
        if after.get("required") and not before.get("required") and after["type"] > 2:
            yield f"{one['name']}: {after['name']} is required and stands after one that is not"
    if one.get("choices") and one.get("autocomplete"):
        yield f"{one['name']}: choices and autocomplete"
    for option in options:
        yield from _wrong_named(option)
