"""What a person reads in the double: content as it is shown, forms as sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.contract.chat import Sheet
from tests.discord import payloads, rules
from tests.discord.hands import untouched
from tests.discord.world import Form, Json, World
from tests.isolates import as_read

MARK = "⚠ "
"""Begins the description of a box that says what is wrong with it."""

UNSEEN = re.compile("[\u2060\ufe00-\ufe0f\u200b]")
_TIME = re.compile(r"<t:(-?\d+)(?::(\w))?>")
_STYLES = {"t": "%H:%M", "T": "%H:%M:%S", "d": "%d/%m/%Y", "D": "%d %B %Y", "F": "%A, %d %B %Y %H:%M"}
_CODE = re.compile(r"```(?:\w*\n)?(.*?)\n?```", re.DOTALL)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_BOLD = re.compile(r"(?<!\\)\*\*")


def read(world: World, content: str) -> str:
    """Markdown as it is shown; marks that nobody sees are left out."""
    text = _TIME.sub(_time, _CODE.sub(r"\1", UNSEEN.sub("", content)))
    text = re.sub(r"(?<!\\)<#(\d+)>", lambda found: f"#{_name(world, found[1])}", text)
    text = re.sub(r"(?<!\\)<@!?(\d+)>", lambda found: f"@{world.people[found[1]].name}", text)
    text = re.sub(r"deleted\\?_user\\?_\w+", lambda found: _closed(world, found[0]), text)
    text = re.sub(r"^(?:-# |#{1,3} |> )", "", text, flags=re.MULTILINE)
    return as_read(_ESCAPED.sub(r"\1", _BOLD.sub("", text)))


def _time(found: re.Match[str]) -> str:
    return datetime.fromtimestamp(int(found[1]), UTC).strftime(_STYLES.get(found[2], "%d %B %Y %H:%M"))


def _closed(world: World, username: str) -> str:
    """Of an account that is closed Discord tells only a number; people know who it was."""
    wanted = username.replace("\\", "")
    known = (one.name for one in world.people.values() if payloads.user(one)["username"] == wanted)
    return next(known, username)


def _name(world: World, id: str) -> str:
    """Each reader sees a channel under the name that it has now."""
    return world.channels[id].name if id in world.channels else "unknown"


def controls_of(components: Iterable[Json]) -> tuple[str, ...]:
    """Ids of buttons, and of the options of a menu that are such ids."""
    found: list[str] = []
    for one in rules.inside(components):
        if one["type"] == rules.BUTTON and one.get("custom_id") and not one.get("disabled"):
            found.append(one["custom_id"])
        if one["type"] == rules.STRING_SELECT:
            found += [option["value"] for option in one["options"] if option["value"].startswith("coproduce:")]
    return tuple(found)


def menu_of(components: Iterable[Json], value: str) -> str | None:
    """The id of the select that offers it."""
    for one in rules.inside(components):
        if one["type"] == rules.STRING_SELECT and value in [option["value"] for option in one["options"]]:
            return str(one["custom_id"])
    return None


# forms ----------------------------------------------------------------------------------------------------------


def boxes_of(form: Form) -> dict[str, Json]:
    """Name -> the Label around each box."""
    return {one["component"]["custom_id"]: one for one in form.body["components"] if one["type"] == rules.LABEL}


def sheet_of(world: World, form: Form) -> Sheet:
    boxes = boxes_of(form)
    told = {name: as_read(label.get("description") or "") for name, label in boxes.items()}
    return Sheet(
        title=as_read(form.body["title"]),
        notes="\n".join(
            read(world, one["content"]) for one in form.body["components"] if one["type"] == rules.TEXT_DISPLAY
        ),
        values={name: values_in(form, label["component"]) for name, label in boxes.items()},
        labels={name: as_read(label["label"]) for name, label in boxes.items()},
        errors={name: text.removeprefix(MARK) for name, text in told.items() if text.startswith(MARK)},
    )


def whole(cut: str, lines: Iterable[str]) -> str:
    """A box has room for the beginning of a sentence only; all of it stands in the panel."""
    begun = cut.removesuffix("…").rstrip()
    return next((line for line in lines if begun and line.startswith(begun)), cut)


def values_in(form: Form, box: Json) -> tuple[str, ...]:
    """What stands in a box: filled in, or as it was shown."""
    told = form.state.get(box["custom_id"]) or untouched(box)
    values = told["values"] if "values" in told else [told["value"]]
    return tuple(str(one) for one in values if one)
