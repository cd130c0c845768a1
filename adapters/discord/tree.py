"""Pure: the command with its subcommands and options, as Discord registers it; and the choices that it completes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bot.acts import Said
from bot.messages import Line, line
from bot.rounds import GROUPS
from bot.text import Texts

Json = dict[str, Any]

NAME: Final = "coproduce"

SUBCOMMAND, STRING, USER = 1, 3, 6
"""Types of an option. https://docs.discord.com/developers/interactions/application-commands"""

IN_SERVERS: Final = 0
"""Context of interaction: a round belongs to a server, so the command stands in servers only."""

MOST_CHOICES = 25
LONGEST_CHOICE = 100

ROUND: Final = "round"

VERBS: Mapping[str, tuple[str, ...]] = {
    "home": (),
    "new": ("?service",),
    "answer": ("?round",),
    "check": ("?round",),
    "list": (),
    "status": ("?round",),
    "remind": ("?round",),
    "extend": ("round", "when"),
    "close": ("round",),
    "cancel": ("round",),
    "add": ("round", "group", "people"),
    "remove": ("round", "person"),
    "share": ("round", "person"),
    "hide": ("round", "voice", "reason"),
    "export": ("round",),
    "help": (),
}
"""Subcommand -> its options in order; `?`: may be left out."""

PEOPLE: Final = frozenset({"people", "person"})
COMPLETED: Final = frozenset({ROUND, "group"})

ASKED: Final = frozenset({"answer", "check"})
"""Subcommands of those who are asked; the other rounds that `list` tells are offered to whoever runs them."""

_LONGEST: Mapping[str, int] = {"service": 100, "when": 150, "reason": 500}


def command(texts: Texts) -> Json:
    """What is registered. Permissions stay as each server's administrators set them."""
    return {
        "name": NAME,
        "type": 1,
        "description": texts.line(line("slash.command")),
        "contexts": [IN_SERVERS],
        "integration_types": [0],
        "default_member_permissions": None,
        "options": [_subcommand(verb, options, texts) for verb, options in VERBS.items()],
    }


def _subcommand(verb: str, options: Sequence[str], texts: Texts) -> Json:
    shown: Json = {"type": SUBCOMMAND, "name": verb, "description": texts.line(line(f"slash.verb.{verb}"))}
    return {**shown, "options": [_option(option, texts) for option in options]} if options else shown


def _option(option: str, texts: Texts) -> Json:
    name = option.removeprefix("?")
    shown: Json = {
        "type": USER if name in PEOPLE else STRING,
        "name": name,
        "description": texts.line(line(f"slash.option.{name}")),
        "required": not option.startswith("?"),
    }
    if name in COMPLETED:
        shown["autocomplete"] = True
    if name in _LONGEST:
        shown["max_length"] = _LONGEST[name]
    return shown


def is_same(registered: Sequence[Mapping[str, Any]], wanted: Json) -> bool:
    """Does Discord hold exactly this command? It adds fields of its own, and leaves out what is false or empty."""
    return len(registered) == 1 and _shape(registered[0]) == _shape(wanted)


def _shape(node: Mapping[str, Any]) -> Json:
    kept = ("name", "type", "description", "default_member_permissions", "required", "autocomplete", "max_length")
    shape: Json = {name: node[name] for name in kept if node.get(name)}
    shape |= {name: sorted(node[name]) for name in ("contexts", "integration_types") if node.get(name) is not None}
    if node.get("options"):
        shape["options"] = [_shape(option) for option in node["options"]]
    return shape


def rounds(listed: object, verb: str, typed: str) -> list[Json]:
    """The rounds that `list` tells this person, as far as they fit the verb and what was typed so far."""
    lines = [each for each in listed.content if isinstance(each, Line)] if isinstance(listed, Said) else []
    told = [each for each in lines if "code" in each.facts and _fits(each.key, verb)]
    found = ((str(each.facts["code"]), str(each.facts.get("service") or "")) for each in told)
    wanted = typed.casefold()
    return _choices(
        (f"{code} · {service}" if service else code, code)
        for code, service in found
        if wanted in f"{code} {service}".casefold()
    )


def named(listed: object, verb: str, typed: str) -> str | None:
    """The code of the one round of this name, or of this choice as it is shown. None: none, or several."""
    wanted = " ".join(typed.split()).casefold()
    found = {
        choice["value"]
        for choice in rounds(listed, verb, "")
        if wanted in (choice["name"].casefold(), choice["name"].partition(" · ")[2].casefold())
    }
    return found.pop() if len(found) == 1 else None


def groups(texts: Texts, typed: str, locale: str | None) -> list[Json]:
    """The three default groups; a group of another name is typed in full."""
    named = ((texts.line(line("slash.group", group=name), locale), name) for name in reversed(GROUPS))
    return _choices((label, name) for label, name in named if typed.casefold() in f"{label} {name}".casefold())


def _fits(key: str, verb: str) -> bool:
    role = key.rpartition(".")[2]
    return role in (("asked", "both") if verb in ASKED else ("organiser", "both"))


def _choices(found: Iterable[tuple[str, str]]) -> list[Json]:
    listed = [{"name": label[:LONGEST_CHOICE], "value": value} for label, value in found]
    return listed[:MOST_CHOICES]
