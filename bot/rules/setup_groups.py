"""Pure: the groups of a set-up: who is named for each, and what each is called here."""

from __future__ import annotations

from collections.abc import Iterator

from bot import told
from bot.messages import Line, line
from bot.questions import words_of
from bot.reveal import plain_of
from bot.rounds import GROUPS, Group
from bot.setups import Fields, Setup

LONGEST_GROUP = 40
"""Characters of a group's name: it stands in labels and on buttons of every platform."""

OTHER = "group:"
"""Before the name of a group beside the three: its box."""

RESERVED = "everyone"
"""What all are called where no groups are shown."""


def named(fields: Fields) -> Iterator[tuple[str, Group, tuple[str, ...]]]:
    """Each box, its group, and the references in it, in reading order (leaders last); empty ones, too.

    A reference is a person, or what the platform expands to people: a user group, a role."""
    others = [name for name in fields if name.startswith(OTHER)]
    for box in (*GROUPS[:-1], *others, GROUPS[-1]):
        refs = tuple(dict.fromkeys(ref.strip() for ref in fields.get(box, ()) if ref.strip()))
        yield box, _group(fields, box), refs


def _group(fields: Fields, box: str) -> Group:
    if box not in GROUPS:
        return Group(name=box.removeprefix(OTHER))
    return Group(name=called(fields, box) or box, is_leaders=box == "leaders", asks_as=box)


def called(fields: Fields, kind: str) -> str:
    """The name that was typed for one of the three groups, on one line; empty where none was."""
    typed = fields.get(f"{kind}_name", ())
    return told.name(typed[0], "") if typed else ""


def groups(fields: Fields) -> tuple[Group, ...]:
    """Those for whom somebody is named."""
    return tuple(group for _, group, refs in named(fields) if refs)


def group_refs(fields: Fields) -> dict[str, tuple[str, ...]]:
    """Group -> the references named for it; empty groups are absent."""
    return {group.name: refs for _, group, refs in named(fields) if refs}


def mistakes(setup: Setup, language: str) -> dict[str, Line]:
    return {**_wrong_people(setup.fields), **_wrong_names(setup.fields, language)}


def _wrong_people(fields: Fields) -> dict[str, Line]:
    wrong: dict[str, Line] = {}
    has_others = any(refs and box not in GROUPS for box, _, refs in named(fields))
    seen: dict[str, str] = {}
    for box, group, refs in named(fields):
        if not refs and box in GROUPS and not has_others:
            wrong[box] = line("refused.empty.group", group=group.name)
        for ref in refs:
            if seen.setdefault(ref, group.name) != group.name:
                wrong[box] = line("refused.twice", group=group.name, other=seen[ref])
    return wrong


def _wrong_names(fields: Fields, language: str) -> dict[str, Line]:
    """No two groups by one name: neither by their own nor by the words of ours, which go on to name them."""
    wrong: dict[str, Line] = {}
    taken = {plain_of(word): kind for kind in (*GROUPS, RESERVED) for word in words_of(kind, language)}
    own: dict[str, str] = {}
    for box, group, _ in named(fields):
        field = f"{box}_name" if box in GROUPS else box
        plain = plain_of(group.name).casefold()  # a name is read out, and marks of voices are made of its letters
        if len(group.name) > LONGEST_GROUP and box in GROUPS:
            wrong[field] = line("refused.too_long", longest=LONGEST_GROUP, count=len(group.name))
        elif not any(sign.isalnum() for sign in group.name):
            wrong[field] = line("refused.group_name")
        elif taken.get(plain, group.asks_as) != group.asks_as or plain in own:
            wrong[field] = line("refused.group_name_taken", group=own.get(plain, taken.get(plain, group.name)))
        own.setdefault(plain, group.name)
    return wrong
