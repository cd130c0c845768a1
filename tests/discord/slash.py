"""A command as people write it elsewhere, as a subcommand with options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.discord.hands import USER
from tests.discord.world import Json, World

_CODE = re.compile(r"R-\S+")
_PERSON = re.compile(r"@(\w+ \w+|\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slash:
    verb: str
    options: Mapping[str, str]
    code: str = ""  # of the round, where one is named
    rest: str = ""  # that no option takes
    is_typable: bool = True  # False: there is no such subcommand, or it needs more


def as_slash(world: World, text: str) -> Slash:
    verb, _, rest = text.partition(" ")
    code = _CODE.search(rest)
    named = code[0] if code else ""
    commands = [one for commands in world.commands.values() for one in commands if one["name"] == "coproduce"]
    assert commands, "the command is not registered"
    sub = next((one for one in commands[0]["options"] if one["name"] == verb), None)
    if sub is None:
        return Slash(verb=verb, options={}, code=named, rest=rest.replace(named, "", 1).strip(), is_typable=False)
    options, left = _typed(world, sub.get("options") or [], rest.strip())
    needs = [one["name"] for one in sub.get("options") or () if one.get("required") and one["name"] not in options]
    if needs:
        left = rest.replace(named, "", 1).strip()
    return Slash(verb=verb, options=options, code=named, rest=left, is_typable=not needs)


def _typed(world: World, known: list[Json], rest: str) -> tuple[dict[str, str], str]:
    typed = {}
    for number, one in enumerate(known):
        if one["name"] == "round":
            found = _CODE.match(rest)
        elif one["type"] == USER:
            found = _PERSON.match(rest)
        else:
            found = re.match(r".+" if number == len(known) - 1 else r"\S+", rest, re.DOTALL)
        if found is None:
            continue
        typed[one["name"]] = world.person_named(found[1]).id if one["type"] == USER else found[0]
        rest = rest[found.end() :].strip()
    return typed, rest
