"""How a person fills in Discord's boxes, and what the boxes leave no room for."""

from __future__ import annotations

from collections.abc import Sequence

from tests.discord import rules
from tests.discord.hands import untouched
from tests.discord.reading import boxes_of
from tests.discord.world import Form, Json, World

LONGEST = 3_000
"""Characters of the boxes for words."""

_LEFT_EMPTY = frozenset({"decided", "still_open", "contact", "time_zone"})


def fill(world: World, form: Form, name: str, values: Sequence[str]) -> None:
    """Values as people name them: names of people, roles and channels; words of a time."""
    box = boxes_of(form)[name]["component"]
    form.state[name] = _filled(world, box, [value for value in values if value])


def _filled(world: World, box: Json, values: list[str]) -> Json:
    match box["type"]:
        case rules.TEXT_INPUT:
            return {"value": values[0] if values else ""}
        case rules.STRING_SELECT:
            known = [one["value"] for one in box["options"]]
            assert set(values) <= set(known), f"{box['custom_id']} offers {known}"
            return {"values": values}
        case rules.CHANNEL_SELECT:
            return {"values": [world.channel_named(name).id for name in values]}
        case rules.USER_SELECT | rules.MENTIONABLE_SELECT | rules.ROLE_SELECT:
            return {"values": [mentionable(world, name) for name in values]}
        case 21:  # radio group
            return {"value": values[0] if values else None}
        case kind:
            raise AssertionError(f"nobody has filled in a {kind} yet")


def mentionable(world: World, name: str) -> str:
    """The id of a person or a role, by name."""
    role = next((one.id for one in world.roles.values() if one.name == name), None)
    return role or world.person_named(name).id


def lacks(form: Form) -> list[str]:
    """The boxes for which Discord's client would not send the form."""
    lacking = []
    for name, label in boxes_of(form).items():
        box = label["component"]
        told = form.state.get(name) or untouched(box)
        chosen = told["values"] if "values" in told else told["value"] or ""
        if box["type"] == rules.TEXT_INPUT:
            least, most = box.get("min_length") or 0, box.get("max_length") or 4_000
        else:
            least, most = box.get("min_values", 1), box.get("max_values", 1)
            least = 1 if least is None else least
        is_empty = not chosen
        if is_empty and not box.get("required", True):
            continue
        if is_empty or not least <= len(chosen) <= most:
            lacking.append(name)
    return lacking


def has_room_for(name: str, words: str | Sequence[str]) -> bool:
    """Can a person bring this into the box at all? Discord's client keeps people from some mistakes."""
    if not isinstance(words, str):
        return True
    if name in _LEFT_EMPTY:
        return len(words) <= LONGEST
    return 1 <= len(words) <= LONGEST  # a box that must be filled is not sent empty
